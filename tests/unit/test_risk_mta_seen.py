"""How the MTA really behaves, by its log: how long its queue keeps what is put off, and which family it takes first."""

from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.entry import Entry, Reply
from monitor.evidence.ledger import EMPTY
from monitor.evidence.replies.counted import Heard, Row, RowKey
from monitor.evidence.sketch import digest
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import AdmissionAction
from monitor.model.reach import Reach, Ways
from monitor.mtas.parties import mta_of
from monitor.risk.facts import facts_of
from monitor.risk.mta_seen import mta_as_seen
from tests.builders import NOW, a_ledger, a_list

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACCEPT, DEFER, REJECT = AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT
BOTH = Reach(by_receiver={"gmail": 9}, ways={"gmail": Ways(both=9)})
IPV4_THERE = Reach(by_receiver={"gmail": 9}, ways={"gmail": Ways(ipv4=9)})


def given_up(ago, after, *, source="log"):
    at = NOW - ago
    reply = Reply(
        at=at,
        told_at=at + after,
        receiver="gmail",
        family=6,
        action=DEFER,
        post=digest(f"{ago}"),
        members=(1,),
    )
    return Entry(source=source, at=at, replies=(reply,))


def row(attempts, *, family=6, action=ACCEPT):
    key = RowKey(day=NOW.date(), receiver="gmail", family=family, action=action, kind="", rule="", code="")
    return key, Row(attempts=attempts, recipients=attempts, first=NOW, last=NOW, sample="")


def seen(*entries, rows=(), there=BOTH, over_ipv6=True):
    ledger = a_ledger(*sorted(entries, key=lambda each: each.at)) if entries else EMPTY
    return mta_as_seen(rows, ledger, there, over_ipv6=over_ipv6)


def test_the_queue_lifetime_is_that_of_what_was_given_up():
    """Two days instead of Postfix's five: what is put off bounces then."""
    found = seen(*(given_up(n * DAY, 2 * DAY + n * timedelta(minutes=2)) for n in range(4, 8)))
    assert found == {"mta.queue_lifetime": f"{2 * 86_400 + 600}s"}
    assert mta_of("postfix", found).queue_lifetime_s == 2 * 86_400 + 600


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([given_up(4 * DAY, 2 * DAY)], id="one may have been ended by hand"),
        pytest.param([given_up(n * DAY, timedelta(minutes=2)) for n in (4, 5, 6)], id="at once is no lifetime"),
        pytest.param([given_up(n * DAY, 2 * DAY, source="bounce") for n in (4, 5)], id="a bounce may be told late"),
        pytest.param([], id="nothing"),
    ],
)
def test_too_little_changes_nothing(entries):
    assert seen(*entries) == {}


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        pytest.param([row(60, family=4)], "ipv4-only", id="never over IPv6"),
        pytest.param([row(30, family=4), row(30)], "any", id="by chance"),
        pytest.param([row(3, family=4), row(97)], "ipv6-first", id="nearly always"),
        pytest.param([row(60, family=4), row(60, action=REJECT)], "any", id="what was refused went over IPv6 too"),
        pytest.param([row(20, family=4)], None, id="too few"),
    ],
)
def test_the_order_of_families_is_that_of_what_was_tried(rows, order):
    assert seen(rows=rows).get("mta.order") == order


def test_who_takes_mail_over_ipv4_alone_says_nothing_of_the_order():
    """Nor does a list without an IPv6 address."""
    assert seen(rows=[row(60, family=4)], there=IPV4_THERE) == {}
    assert seen(rows=[row(60, family=4)], over_ipv6=False) == {}


def test_what_the_configuration_says_goes_before():
    """And what was seen before the defaults."""
    ledger = a_ledger(*(given_up(n * DAY, 2 * DAY) for n in (7, 6, 5)))

    def policy(**bounce_policy):
        listed = a_list(bounce_policy=bounce_policy)
        evidence = ListEvidence(
            listed=listed, rules=load_rules(), now=NOW, reports={}, ledger=ledger, heard=Heard(rows=())
        )
        return mta_of("postfix", facts_of(evidence).bounce_policy).queue_lifetime_s

    assert policy() == 2 * 86_400
    assert policy(**{"mta.queue_lifetime": "3d"}) == 3 * 86_400
