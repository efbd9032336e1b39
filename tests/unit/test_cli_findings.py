"""`staysub findings` tells what the pages tell, without a configuration."""

import json

import pytest
from click.testing import CliRunner

from monitor.cli.findings import Code
from monitor.cli.main import cli
from monitor.errors import UsageError
from monitor.wording.plain import explained, subjects
from tests.builders import NOW, a_check
from tests.unit.test_cli_check_shown import shown

CODES = [one.code for subject in subjects() for one in subject.findings]


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*args):
    return CliRunner().invoke(cli, ["findings", *args], standalone_mode=False)


@pytest.mark.parametrize("code", ["spf.ipv6-not-covered", "ptr.missing", "bounce.policy"])
def test_a_code_is_told_whole(code):
    said, one = " ".join(run(code).output.split()), explained(code)
    for text in (one.title, one.code, one.sentence, one.means, one.otherwise, *one.people, one.do, one.see, one.exact):
        assert text in said
    for word, meaning in one.words:
        assert f"{word} {meaning}" in said


def test_how_soon_it_is_to_be_mended_is_said_in_the_words_of_every_surface():
    assert "mend now for IPv6" in run("ptr.missing").output
    assert "mend soon for IPv4" in run("ptr.missing").output


def test_without_a_code_each_is_listed():
    said = run().output
    assert [code for code in CODES if f"{code} " not in said] == []


def test_the_document_has_them_all_or_the_one():
    every = json.loads(run("--json").output)
    assert every["schema"] == "staysub.findings/1"
    assert [each["code"] for each in every["findings"]] == CODES
    (one,) = json.loads(run("ptr.missing", "--json").output)["findings"]
    assert one["severities"] == {"critical": "for IPv6", "warning": "for IPv4"}
    assert one["page"] == "/findings/ptr.missing"
    assert one in every["findings"]


@pytest.mark.parametrize(
    ("code", "hint"), [("spf.nown", "Did you mean spf.none"), ("?", "`staysub findings` lists them all")]
)
def test_a_code_that_nobody_knows_ends_in_one_sentence(code, hint):
    ended = run(code)
    assert isinstance(ended.exception, UsageError)
    assert hint in str(ended.exception)


def test_a_check_says_where_its_findings_are_told_in_plain_words():
    said = shown(a_check("v=spf1 ip4:192.0.2.25 -all", at=NOW))
    assert "`staysub findings spf.ipv6-not-covered` says in plain words" in said
    well = a_check("v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all", at=NOW)
    assert ("staysub findings" in shown(well)) == bool(well.findings)


def test_a_shell_completes_the_code():
    offered = Code().shell_complete(None, None, "spf.void")
    assert [each.value for each in offered] == ["spf.void-limit", "spf.void-over-ipv6-only"]
