"""Whom mail can reach over IPv6, in one voice; each empty state says what is missing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.model.reach import Reach, ReachDay, ReachRecord, Ways
from monitor.operations.reach import with_today
from monitor.risk.facts import there_of
from monitor.risk.reach import reach, title_of
from monitor.risk.reach_findings import reach_findings
from monitor.web.views.reach import reach_shown
from monitor.wording.reach import beside, document_of, reached, turning_points
from tests.builders import a_list, a_route

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
COUNTED = Reach(
    by_receiver={"gmail": 3120, "generic": 1000},
    ways={"gmail": Ways(both=3120), "generic": Ways(ipv4=980, unknown=20)},
    elsewhere=98,
    no_mail=12,
    asked=4230,
    looked_up=4112,
    unanswered=118,
)


@pytest.mark.parametrize(
    ("there", "said", "more"),
    [
        pytest.param(
            COUNTED,
            "3120 of 4230 subscribers can be reached over IPv6 today.",
            "980 over IPv4 alone, 12 not at all, as their domains take no mail, of 118 it is not known.",
            id="all looked up",
        ),
        pytest.param(
            Reach(
                by_receiver={"gmail": 600}, ways={"gmail": Ways(both=600)}, elsewhere=3630, asked=4230, looked_up=612
            ),
            "600 of 4230 subscribers can be reached over IPv6 today (612 of 4230 looked up so far).",
            "Of 3630 it is not known.",
            id="under way",
        ),
        pytest.param(
            reach({"example.org": 4230}),
            "Whom mail can reach over IPv6 is not known yet: none of 4230 subscribers looked up so far.",
            "",
            id="not begun",
        ),
        pytest.param(
            reach({}),
            "Subscribers are not counted: give their numbers by domain as `subscribers` in the list's settings, or take "
            "them from Mailman 3 with `staysub import mailman3`.",
            "",
            id="not counted",
        ),
        pytest.param(
            reach({"gmail": 1}),
            "1 of 1 subscriber can be reached over IPv6 today.",
            "",
            id="counted by receiver, which no DNS tells",
        ),
        pytest.param(
            reach({"x.example": 5}, {"x.example": a_route("a.example", "b.example", ipv6=True, ipv6_later=True)}),
            "5 of 5 subscribers can be reached over IPv6 today.",
            "5 of those over IPv6 only at mail servers that are tried after others.",
            id="at the backup alone",
        ),
    ],
)
def test_it_is_said_in_one_voice(there, said, more):
    assert (reached(there), beside(there)) == (said, more)
    assert document_of(there)["about"] == " ".join(filter(None, (said, more)))


def came(number, *, of=1000, since=NOW - timedelta(days=1)):
    """The findings where of so many subscribers mail to that number can arrive over IPv6 since lately."""
    routes = {
        "a.example": a_route("mta5.am0.yahoodns.net", ipv6=True, ipv6_since=since),
        "b.example": a_route("mta5.am0.yahoodns.net", ipv6=True),
    }
    return list(reach_findings(reach({"a.example": number, "b.example": of - number}, routes, now=NOW)))


def test_a_provider_that_turned_ipv6_on_is_told():
    (found,) = came(1090, of=4230)
    assert (found.code, found.severity) == ("reach.ipv6-grown", "info")
    assert (
        found.message == f"Since 27 November 2026 mail to 1090 subscribers at {title_of('yahoo')} can arrive over IPv6."
    )
    assert found.evidence["subscribers"] == 1090


def test_what_is_little_or_long_ago_is_not_told():
    assert came(49) == []
    assert len(came(50)) == 1
    assert came(1000, since=NOW - timedelta(days=15)) == []
    assert came(1000, since=None) == []


def test_one_count_a_day_is_kept_for_a_quarter_of_a_year():
    days = ()
    for hours in range(0, 24 * 100, 6):
        there = Reach(by_receiver={"gmail": 10}, ways={"gmail": Ways(both=hours % 11)})
        days = with_today(days, there, now=NOW + timedelta(hours=hours))
    assert len(days) == 91
    assert [each.day for each in days] == sorted({each.day for each in days})
    assert days[-1].over_ipv6 == there.over_ipv6, "the newest of a day"


def test_the_days_on_which_something_changed_are_shown():
    days = [
        ReachDay(day=date(2026, 11, 1) + timedelta(days=n), over_ipv6=number, total=10, looked_up=10)
        for n, number in enumerate((3, 3, 3, 7, 7, 3))
    ]
    assert [each.day.day for each in turning_points(days, 9)] == [6, 4, 1]
    assert [each.day.day for each in turning_points(days, 2)] == [6, 4]


def test_a_row_begins_as_a_row_does():
    assert [name for name, _ in reach_shown(COUNTED, ()).rows] == ["Gmail", "Other receivers"]


def test_who_was_entered_since_nobody_was_counted_is_not_asked_for_again():
    nobody = ReachRecord(reach=Reach(), counted_at=NOW, wanted_at=NOW)
    there = there_of(a_list(id="ops", subscribers={"gmail.com": 10}), None, nobody)
    assert reached(there) == "Whom mail can reach over IPv6 is not known yet: none of 10 subscribers looked up so far."
