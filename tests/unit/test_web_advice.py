"""Advice in every format: a record whole and ready to be pasted, and in words what cannot be."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from monitor.admission.rules import load_rules
from monitor.cli.check.shown import show
from monitor.letters.letter import letters_on
from monitor.model.findings import Fix, FixAction
from monitor.notify.formats import body
from monitor.tongue.voice import Voice
from monitor.web.pages.templating import environment
from tests.builders import a_finding
from tests.sample_notices import NOT_COVERED, assessment, notice
from tests.unit.test_notify_mail import composed
from tests.unit.test_spf_check import BOTH, DOMAIN, HELO, V6, outcome

ASKED = Fix(action=FixAction.ASK, name="who publishes lists.example.org", type="", value="Which records are right?")
POINTER = f"{V6.reverse_pointer}. PTR {HELO}."


def page_of(fix):
    macros = environment(load_rules()).get_template("macros.html").make_module({"voice": Voice()})
    return str(macros.fix(fix))


def terminal_of(found, width=60):
    out = Console(file=StringIO(), width=width, highlight=False, emoji=False)
    show(out, found, trace=False)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("fix", "copied"),
    [
        (Fix(action=FixAction.CHANGE, name=DOMAIN, type="TXT", value=f"v=spf1 {BOTH} -all"), True),
        (Fix(action=FixAction.ASK, name="whoever hands out the address", type="PTR", value=POINTER), True),
        (Fix(action=FixAction.PUBLISH, name=HELO, type="AAAA", value=str(V6)), True),
        (ASKED, False),
        (Fix(action=FixAction.REMOVE, name="every record of type SPF", type="", value="Keep the TXT record."), False),
    ],
    ids=["SPF", "PTR", "AAAA", "question", "removal"],
)
def test_a_copy_button_stands_only_beside_what_can_be_pasted(fix, copied):
    page = page_of(fix)
    assert ("data-copy" in page) is copied
    assert fix.value in page
    assert fix.name in page


@pytest.mark.parametrize(
    ("records", "said"),
    [
        pytest.param(f"v=spf1 ip4:{'192.0.2.25'} -all", f"Publish this TXT record at {DOMAIN} instead:", id="one"),
        pytest.param(["v=spf1 -all", "v=spf1 a -all"], "instead of both SPF records there:", id="two"),
        pytest.param(["v=spf1 -all", "v=spf1 a -all", "v=spf1 mx"], "instead of all 3 SPF records there:", id="three"),
        pytest.param([], f"Publish this TXT record at {DOMAIN}:", id="none"),
    ],
)
def test_a_terminal_says_what_the_record_takes_the_place_of(records, said):
    found = outcome(records)
    text = terminal_of(found, width=200)
    assert said in text
    assert f"  {found.suggested_record}\n" in text


def test_what_somebody_elses_domain_has_too_many_of_is_not_what_the_record_takes_the_place_of():
    several = {"two.example": {"TXT": ["v=spf1 a -all", "v=spf1 mx -all"]}}
    text = terminal_of(outcome("v=spf1 include:two.example -all", several), width=200)
    assert f"Publish this TXT record at {DOMAIN} instead:" in text


def test_a_terminal_shows_each_name_that_the_same_record_belongs_at():
    record = f"v=spf1 {BOTH} -all"
    broken = {f"_{name}.{DOMAIN}": {"TXT": [f"v=spf1 {BOTH}, -all"]} for name in "ab"}
    found = outcome(f"v=spf1 include:_a.{DOMAIN} include:_b.{DOMAIN} -all", broken)
    text = terminal_of(found, width=400)
    assert f"Publish this TXT record at _a.{DOMAIN} instead:\n  {record}\n" in text
    assert text.count(record) == 2
    assert {each.fix.name for each in found.findings if each.fix is not None} == {f"_a.{DOMAIN}", f"_b.{DOMAIN}"}


def test_a_terminal_shows_the_record_also_where_no_mail_is_refused():
    """Once, in one line however narrow the terminal is: it is there to be copied."""
    found = outcome(f"v=spf1 {BOTH} {BOTH} ip4:203.0.113.0/24 +all")
    assert found.suggested_record is None
    text = terminal_of(found, width=40)
    assert text.count(f"  v=spf1 {BOTH} ip4:203.0.113.0/24 -all\n") == 1


def test_a_terminal_asks_in_words_where_there_is_no_record():
    found = replace(outcome(f"v=spf1 {BOTH} -all"), findings=(replace(NOT_COVERED, fix=ASKED),))
    assert "→ Ask who publishes lists.example.org: Which records are right?" in terminal_of(found, width=200)


def test_a_mail_asks_in_words_where_there_is_no_record():
    finding = replace(NOT_COVERED, fix=ASKED)
    one = notice(of=replace(assessment(assessment().level, finding), suggested_record=None))
    _, text, html = composed(one)
    assert "1. Ask who publishes lists.example.org: Which records are right?" in text
    assert "PUBLISH" not in text
    assert "<pre>Which" not in html


def test_a_record_at_another_name_is_not_said_to_replace_that_of_the_domain():
    below = Fix(action=FixAction.CHANGE, name=f"_spf.{DOMAIN}", type="TXT", value=f"v=spf1 {BOTH} -all")
    one = notice(of=replace(assessment(assessment().level, replace(NOT_COVERED, fix=below)), suggested_record=None))
    _, text, _ = composed(one)
    assert f"at _spf.{DOMAIN}" in text
    assert below.value in text.splitlines()
    assert "It replaces" not in text


def test_a_letter_never_cuts_a_record():
    long = " ".join(["v=spf1", *(f"ip4:198.51.100.{n}" for n in range(90)), "-all"])
    fix = Fix(action=FixAction.CHANGE, name=DOMAIN, type="TXT", value=long)
    (letter,) = letters_on([a_finding("spf.ipv6-not-covered", fix=fix)], load_rules())
    assert any(line.endswith(long) for line in letter.text.splitlines())
    (letter,) = letters_on([a_finding("spf.multiple", fix=ASKED)], load_rules())
    assert "Ask who publishes lists.example.org: Which records are right?" in letter.text


def test_slack_shows_a_record_whole_or_not_at_all():
    one = notice()
    fenced = json.loads(one.payload) | {"suggested_record": "v=spf1 exists:a```b.example -all"}
    blocks = json.loads(body(replace(one, payload=json.dumps(fenced)), "slack"))["blocks"]
    assert "exists" not in json.dumps(blocks)
    assert json.loads(one.payload)["suggested_record"] in json.dumps(json.loads(body(one, "slack"))["blocks"])
