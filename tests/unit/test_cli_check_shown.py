"""What a check says to people and to Nagios where DNS kept something from it: unknown, and for what."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from monitor.admission.rules import load_rules
from monitor.cli.check.document import document, plugin_line
from monitor.cli.check.shown import show
from monitor.evidence.checks.admission import admission_of_check
from monitor.model.findings import CheckStatus
from monitor.model.mail_facts import NOTHING_KNOWN
from tests.builders import DOMAIN, HELO, NOW, V4, V6, a_check

GOOD, OLD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all", "v=spf1 ip4:192.0.2.25 -all"
REVERSE = {(V6.reverse_pointer, "PTR"): "servfail"}
FORWARD = {(HELO, "AAAA"): "timeout"}
DKIM, PTR, BULK = "DKIM signature", "reverse DNS (PTR)", "subscribers by domain and its messages_per_day"


def checked(record, errors):
    outcome = a_check(record, at=NOW, errors=errors)
    return replace(outcome, admission=admission_of_check(outcome, load_rules(), mail=NOTHING_KNOWN, on=NOW.date()))


def shown(outcome):
    out = StringIO()
    show(Console(file=out, width=2000), outcome, trace=False)
    return out.getvalue()


@pytest.mark.parametrize("errors", [REVERSE, FORWARD], ids=["no PTR answer", "no address of its name"])
def test_reverse_dns_that_cannot_be_asked_is_unknown_to_everybody(errors):
    outcome = checked(GOOD, errors)
    assert outcome.status is CheckStatus.UNKNOWN
    line = plugin_line(outcome)
    assert line.startswith("STAYSUB UNKNOWN - ")
    assert "in order" not in line
    said = document(outcome, trace=False)
    assert [each["result"] for each in said["ptr"]] == ["pass", "temperror"]
    assert [(each["code"], each["severity"]) for each in said["findings"]] == [("ptr.temperror", "unknown")]
    assert "Nothing is wrong" not in shown(outcome)


@pytest.mark.parametrize(
    ("record", "errors", "named", "not_named"),
    [
        pytest.param(GOOD, REVERSE, PTR, DKIM, id="SPF passes: it hangs on the PTR, not on a signature"),
        pytest.param(OLD, {}, DKIM, PTR, id="SPF fails: it hangs on the signature"),
        pytest.param(GOOD, {}, BULK, "DNS gave no usable answer", id="nothing is open but whether it is bulk"),
    ],
)
def test_what_an_unknown_answer_hangs_on_is_what_is_named(record, errors, named, not_named):
    text = shown(checked(record, errors))
    footnotes = "\n".join(line for line in text.splitlines() if line.startswith("unknown: "))
    assert named in footnotes
    assert not_named not in footnotes


def test_a_record_that_is_not_there_is_not_called_unknown_for_other_trouble():
    """Only trouble at the record's own name makes the record unknown."""
    outcome = a_check("no SPF", at=NOW, errors=REVERSE)
    assert "record: none that can be used" in shown(outcome)
    assert "record: not known" in shown(a_check(GOOD, at=NOW, errors={(DOMAIN, "TXT"): "timeout"}))


def test_the_reverse_dns_of_ipv4_is_no_less_unknown():
    assert checked(GOOD, {(V4.reverse_pointer, "PTR"): "timeout"}).status is CheckStatus.UNKNOWN
