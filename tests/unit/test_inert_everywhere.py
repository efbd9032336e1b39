"""Text from outside forges no line: what each command and format prints of a hostile text has the lines of a tame one.

A line ends wherever a terminal, a pager or `splitlines()` ends one; what changes the direction of writing or steers a
terminal is shown as its escape.
"""

import json
import logging
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from monitor.admission.rules import load_rules
from monitor.cli import explain, incidents, notices, status
from monitor.cli.check import batch
from monitor.cli.check.document import document, plugin_line
from monitor.cli.check.shown import show, show_tree
from monitor.cli.doctor import command as doctor
from monitor.cli.doctor.examinations import Diagnosis
from monitor.cli.forecast import shown as forecast
from monitor.cli.main import cli, main
from monitor.cli.output import emit_json, print_paragraph, table, warn
from monitor.cli.output import inert as shown_inert
from monitor.cli.probe import shown as probe
from monitor.errors import UsageError
from monitor.evidence.checks.admission import admission_of_check
from monitor.journal import EventFormatter
from monitor.letters.letter import letters_on
from monitor.model.findings import CheckStatus
from monitor.model.incidents import NoticeState
from monitor.model.mail_facts import NOTHING_KNOWN
from monitor.model.risk import FailureRate
from monitor.mtas.parties import parties
from monitor.notify.formats import body
from monitor.notify.mail import compose
from monitor.spf.tree import build_tree
from monitor.trace.explain import explain as explained
from monitor.wording.receiver import words_of
from tests.builders import DOMAIN, NOW, a_change, a_check, a_finding, a_notice, a_probe, an_assessment, an_incident
from tests.fakes import ZoneResolver
from tests.sample_notices import assessment, notice

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
STEERING = "\t\x00\x07\x08\x1b\x7f\x9b\u200b\u202e\u2066\ufeff"
FORGED = "STAYSUB OK - all is well"
HOSTILE = "".join(f"x{char}{FORGED}" for char in BREAKS + STEERING)
TAME = HOSTILE.translate(dict.fromkeys(map(ord, BREAKS + STEERING), "_"))
RECORD = f"v=spf1 ip4:192.0.2.1 {HOSTILE} -all"


def held(printed, tame=None):
    """Nothing of the hostile text begins a line or steers a terminal; the lines are as many as a tame one's."""
    assert not [char for char in printed if not char.isprintable() and char != "\n"]
    assert not [line for line in printed.splitlines() if line.strip().startswith(FORGED)]
    assert "STAYSUB" in printed.replace("\n", ""), "the text is shown, not swallowed"
    if tame is not None:
        assert printed.count("\n") == tame.count("\n")


def checked(record):
    outcome = a_check(record, at=NOW)
    return replace(outcome, admission=admission_of_check(outcome, load_rules(), mail=NOTHING_KNOWN, on=NOW.date()))


def printed_check(record, console):
    out = StringIO()
    show(Console(file=out, highlight=False, emoji=False, **console), checked(record), trace=True)
    return out.getvalue()


PIPED = {"soft_wrap": True, "width": 2000}
TERMINAL = {"force_terminal": True, "color_system": None, "width": 60}


@pytest.mark.parametrize("record", [RECORD, f"\n{RECORD}", f'"{RECORD}"'], ids=["a record", "a near miss", "quoted"])
def test_check(record):
    held(printed_check(record, PIPED), printed_check(record.replace(HOSTILE, TAME), PIPED))


@pytest.mark.parametrize("width", range(40, 90, 7))
def test_what_is_folded_on_a_terminal_begins_no_line_of_its_own(width):
    """Spaces in a record are no line ends either, wherever the terminal folds it."""
    for offset in range(0, 60, 3):
        record = f"v=spf1 {'a' * offset} {FORGED} -all"
        lines = printed_check(record, {**TERMINAL, "width": width}).splitlines()
        assert not [line for line in lines if line.startswith(("STAYSUB", "OK -", "all is"))]


def test_check_as_one_line_and_as_json(capsys):
    outcome = checked(RECORD)
    held(plugin_line(outcome))
    assert len(plugin_line(outcome).splitlines()) == 1
    emit_json("check", document(outcome, trace=True))
    printed = capsys.readouterr().out
    held(printed)
    assert json.loads(printed)["record"] == outcome.record


def test_the_tree_of_a_check():
    out = StringIO()
    show_tree(Console(file=out, width=2000), build_tree(ZoneResolver({DOMAIN: {"TXT": [RECORD]}}), DOMAIN))
    held(out.getvalue())


def test_an_answer_of_a_batch_is_one_line():
    line = batch.encode({"domain": HOSTILE, "results": [], "line": 1, "error": HOSTILE})
    held(line)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["error"] == HOSTILE


BOUNCE = """\
From: MAILER-DAEMON@mx.example.net
To: ops-bounces@lists.example.org
Subject: failure
Received: from [EVIL] (EVIL) by mx.example.net with EVIL; Tue, 28 Apr 2026 07:12:29 +0000
Authentication-Results: mx.example.net; spf=fail reason="EVIL" smtp.mailfrom=lists.example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; EVIL

Final-Recipient: rfc822; EVIL@example.net
Action: failed
Status: 5.7.26
Remote-MTA: dns; EVIL
Diagnostic-Code: smtp; 550 5.7.26 EVIL

--b--
"""


def test_explain(capsys):
    """A line feed ends a header field, so that all else remains."""
    text = HOSTILE.replace("\n", "").replace("\r", "")
    explanation = explained(BOUNCE.replace("EVIL", text).encode(), load_rules(), now=NOW)
    assert explanation.bounces
    out = StringIO()
    explain.show(Console(file=out, **PIPED), explanation)
    held(out.getvalue())
    held(explain.plugin_line(explanation))
    explain.write_letters(letters_on(explanation.findings, load_rules()), explanation.kind, as_mail=False)
    letters = capsys.readouterr().out
    assert not [char for char in letters if not char.isprintable() and char != "\n"]
    assert not [line for line in letters.splitlines() if line.startswith(FORGED)]


def test_status(capsys):
    status._show([an_assessment(reason=HOSTILE)], NOW)
    held(capsys.readouterr().out)


def test_incidents(capsys):
    incidents._show_table([an_incident(history=(a_change(cause=HOSTILE),))], everything=True)
    held(capsys.readouterr().out)
    silence = SimpleNamespace(
        id="s", list_id=None, receiver=HOSTILE, finding=None, until=NOW, by=HOSTILE, reason=HOSTILE
    )
    incidents._show_silences([silence])
    held(capsys.readouterr().out)


def test_notices(capsys):
    notices._show([a_notice(target=HOSTILE, state=NoticeState.PENDING)])
    printed = capsys.readouterr().out
    assert not [char for char in printed if not char.isprintable() and char != "\n"]


def test_doctor(capsys):
    doctor._print(Diagnosis(subject=HOSTILE, status=CheckStatus.CRITICAL, sentence=HOSTILE, advice=HOSTILE))
    held(capsys.readouterr().out)


def test_an_address_in_brackets_is_no_markup_to_the_doctor(capsys):
    doctor._print(Diagnosis(subject="resolver [fe80::1]:53", status=CheckStatus.OK, sentence="answers"))
    assert "[fe80::1]:53" in capsys.readouterr().out


def test_probe(capsys):
    probe.show_table(probe.pending(a_probe(reply=HOSTILE)))
    held(capsys.readouterr().out)


def test_forecast():
    out = StringIO()
    rate = FailureRate(mean=1.0, low=0.9, high=1.0, evidence=(HOSTILE,))
    (one,) = (replace(each, receiver=HOSTILE, failure_rates={"6": rate}) for each in assessment().forecasts)
    machine, mta = parties("mailman3", "postfix", {})
    words = {one.receiver: words_of(one, machine=machine, mta=mta, now=NOW)}
    forecast._voices(Console(file=out, **PIPED), [one], words)
    held(out.getvalue())


def test_errors(capsys, monkeypatch):
    def fails(**_):
        raise UsageError(HOSTILE)

    monkeypatch.setattr(cli, "main", fails)
    with pytest.raises(SystemExit):
        main(["status"])
    warn(HOSTILE)
    printed = capsys.readouterr().err
    held(printed)
    assert printed.count("\n") == 2


def test_faults_of_our_own(capsys, monkeypatch):
    def fails(**_):
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr(cli, "main", fails)
    with pytest.raises(SystemExit):
        main(["status"])
    held(capsys.readouterr().err)


def logged(message, **fields):
    record = {"name": "monitor.spf", "levelname": "INFO", "msg": message, "created": 0.0, **fields}
    return EventFormatter().format(logging.makeLogRecord(record))


def test_the_journal():
    """Other people's programs log through it as well, with what they heard in the message itself."""
    for line in (logged(HOSTILE), logged("event", reply=HOSTILE)):
        held(line)
        assert len(line.splitlines()) == 1


def test_a_traceback_in_the_journal():
    error = ValueError(HOSTILE)
    printed = logged("failed", exc_info=(ValueError, error, None))
    assert not [char for char in printed if not char.isprintable() and char != "\n"]
    first, *others = printed.splitlines()
    assert first.startswith("1970-01-01")
    assert all(line.startswith("  ") for line in others)


def of_hostile():
    finding = a_finding("spf.none", message=HOSTILE, evidence={"near_miss": [HOSTILE]})
    return replace(assessment(assessment().level, finding), reason=HOSTILE, record=HOSTILE, suggested_record=HOSTILE)


def test_the_text_of_a_mail():
    text = compose(notice(of=of_hostile()), sender="staysub@example.org", now=NOW).get_body(("plain",)).get_content()
    assert not [char for char in text if not char.isprintable() and char != "\n"]
    assert not [line for line in text.splitlines() if line.startswith(FORGED)]


@pytest.mark.parametrize("kind", ["slack", "alertmanager"])
def test_what_other_programs_show_to_people(kind):
    one = notice("webhook", of=of_hostile())
    spoken = json.dumps(json.loads(body(one, kind)), ensure_ascii=False)
    assert FORGED in spoken
    assert not [char for char in spoken if not char.isprintable()]
    for char in ("\\r", "\\u001b", "\\u0000", f"\\n{FORGED}", f"\\t{FORGED}"):
        assert char not in spoken.replace("\\\\", "")


def test_a_paragraph_is_whole_where_nothing_folds_it():
    out = StringIO()
    print_paragraph(Console(file=out, **PIPED), shown_inert("word " * 500))
    assert out.getvalue().count("\n") == 1


def test_a_cell_of_any_table_is_inert_and_its_markup_is_none():
    """Whoever adds a column need not think of it."""

    def printed(text):
        out = StringIO()
        rows = table("name")
        rows.add_row(text)
        Console(file=out, width=4000).print(rows)
        return out.getvalue()

    held(printed(HOSTILE), printed(TAME))
    assert "[red]x[/]" in printed("[red]x[/] [link=https://evil.example]y[/link]")


def test_a_selector_of_a_signature(capsys):
    def printed(text):
        probe.show_table([(f"DKIM {text}", "pass")])
        return capsys.readouterr().out

    held(printed(HOSTILE), printed(TAME))


def test_incidents_and_notices_of_a_hostile_subject(capsys):
    """A condition of the installation is called by what it is about, which may come from DNS."""

    def printed(text):
        incidents._show_table([replace(an_incident(), list_id=f"@x:{text}")], everything=True)
        notices._show([replace(a_notice(), list_id=f"@x:{text}")])
        return capsys.readouterr().out

    held(printed(HOSTILE), printed(TAME))


def test_keys_and_the_name_of_a_configuration(tmp_path, capsys):
    def printed(text):
        path = tmp_path / text.replace("\x00", "").replace("/", "")
        path.write_text(f"{json.dumps(text.replace(chr(127), ''))} = 1\n", encoding="utf-8")
        with pytest.raises(SystemExit):
            main(["--config", str(path), "config", "check"])
        refused = capsys.readouterr().err
        path.write_text("")
        with pytest.raises(SystemExit):
            main(["--config", str(path), "config", "check"])
        return refused + capsys.readouterr().out

    short = HOSTILE[:40]
    held(printed(short), printed(short.translate(dict.fromkeys(map(ord, BREAKS + STEERING), "_"))))
