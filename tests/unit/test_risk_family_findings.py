"""The two address families of one receiver, by every try: what differs by more than chance, since when."""

from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.replies.counted import Row, RowKey
from monitor.model.evidence import AdmissionAction
from monitor.model.findings import Severity
from monitor.risk.family_findings import family_findings
from tests.builders import NOW

DAY = timedelta(days=1)
ACCEPT, DEFER, REJECT = AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT
SAMPLE = "450 4.7.26 This mail has been blocked because the sender is unauthenticated."


def row(attempts, action=ACCEPT, *, family=6, ago=0, receiver="microsoft-365", kind=None, rule=""):
    at = NOW - ago * DAY
    key = RowKey(
        day=at.date(),
        receiver=receiver,
        family=family,
        action=action,
        kind=kind or ("" if action is ACCEPT else "policy"),
        rule=rule,
        code="",
    )
    return key, Row(attempts=attempts, recipients=attempts, first=at, last=at, sample=SAMPLE)


def found(*rows):
    return tuple(family_findings(rows, load_rules(), now=NOW))


def test_the_difference_is_told_with_its_counts_and_its_begin():
    """212 of 2,310 over IPv6, none over IPv4; what was before the day on which it began is not counted."""
    rows = [row(1049, ago=1), row(106, DEFER, ago=1), row(1049), row(106, DEFER)]
    (one,) = found(*rows, row(1890, family=4), row(700, ago=3), row(500, family=4, ago=3))
    assert (one.code, one.severity) == ("replies.family-difference", Severity.WARNING)
    assert one.message.startswith("Microsoft 365")
    assert "put off 212 of 2310 tries over IPv6, none of 1890 over IPv4, since 22 November 2026" in one.message
    assert one.evidence["since"] == (NOW - DAY).isoformat()
    assert (one.evidence["tried"], one.evidence["refused"], one.evidence["other_family_tried"]) == (2310, 212, 1890)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(100), row(2, DEFER), row(100, family=4)], id="two are chance"),
        pytest.param([row(50), row(50, DEFER)], id="one family alone is no difference"),
        pytest.param([row(50), row(50, DEFER), row(2, family=4)], id="two tries over the other say nothing"),
        pytest.param([row(50), row(50, DEFER), row(50, family=4), row(45, DEFER, family=4)], id="both alike"),
        pytest.param([row(100), row(40, REJECT, kind="address"), row(100, family=4)], id="about recipients"),
        pytest.param([row(50), row(50, DEFER, receiver="generic"), row(90, family=4, receiver="generic")], id="nobody"),
        pytest.param([row(50, ago=40), row(50, DEFER, ago=40), row(90, family=4, ago=40)], id="of long ago"),
        pytest.param([], id="nothing"),
    ],
)
def test_nothing_is_told_without_a_difference(rows):
    assert found(*rows) == ()


def test_it_ends_with_a_day_on_which_all_was_taken():
    """Refusals of last week that no day since has seen are counted from their own begin only while they go on."""
    (one,) = found(row(80), row(20, DEFER), row(90, ago=1), row(40, DEFER, ago=2), row(300, family=4), row(9, family=4))
    assert one.evidence["refused"] == 20


def test_ipv4_may_be_the_worse_one():
    (one,) = found(row(300), row(200, family=4), row(60, REJECT, family=4))
    assert "refused 60 of 260 tries over IPv4, none of 300 over IPv6" in one.message


def test_both_families_with_some_are_told_with_both_counts():
    (one,) = found(row(200), row(100, DEFER), row(400, family=4), row(2, DEFER, family=4))
    assert "put off 100 of 300 tries over IPv6, but 2 of 402 over IPv4" in one.message


def test_what_is_not_about_how_mail_is_sent_is_a_note():
    (one,) = found(row(200), row(100, DEFER, kind="transient"), row(400, family=4))
    assert one.severity is Severity.INFO
