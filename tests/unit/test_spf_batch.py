"""Many requests in order, also with identities that have no domain and no addresses at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity
from monitor.spf.batch import Request, Verdicts, evaluate_many
from monitor.spf.plan import plan
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_requests_are_answered_in_order():
    resolver = ZoneResolver({"a.example": {"TXT": ["v=spf1 +all"]}, "b.example": {"TXT": ["v=spf1 -all"]}})
    client = ip_address("192.0.2.1")
    requests = [
        Request(reverse_path="x@b.example", helo="a.example", client_ips=[client], identities=tuple(Identity)),
        Request(reverse_path="", helo="localhost", client_ips=[client]),
        Request(reverse_path="x@a.example", helo="a.example", client_ips=[]),
    ]
    outcomes = list(evaluate_many(resolver, iter(requests), now=NOW))
    assert [[str(one.result) for one in group] for group in outcomes] == [["fail", "pass"], ["none"], []]


def test_a_verdict_holds_until_the_first_of_its_answers_is_out_of_date():
    verdicts, client = Verdicts(), ip_address("192.0.2.1")
    (outcome,), *_ = evaluate_many(
        ZoneResolver({"a.example": {"TXT": ["v=spf1 +all"]}}),
        [Request(reverse_path="x@a.example", helo="a.example", client_ips=[client])],
        now=NOW,
    )
    case = ("x@a.example", "a.example", Identity.MAILFROM, client)
    verdicts.put(case, outcome, 100.0)
    later = NOW + timedelta(minutes=1)
    assert verdicts.get(case, 99.0, later) == replace(outcome, evaluated_at=later)
    assert verdicts.get(case, 100.0, later) is None
    assert verdicts.get((*case[:3], ip_address("192.0.2.2")), 99.0, later) is None


@pytest.mark.parametrize(
    ("record", "most", "questions"),
    [
        pytest.param("v=spf1 a:x.example mx -all", 10, [("x.example", "A"), ("own.example", "MX")], id="all of them"),
        pytest.param("v=spf1 a ip4:192.0.2.0/24 mx -all", 10, [("own.example", "A")], id="up to the match"),
        pytest.param(
            "v=spf1 a ip4:10.0.0.0/8 mx -all", 10, [("own.example", "A"), ("own.example", "MX")], id="no match"
        ),
        pytest.param("v=spf1 a all mx", 10, [("own.example", "A")], id="nothing behind all §5.1"),
        pytest.param(
            "v=spf1 " + "exists:x.example " * 30, 3, [("x.example", "A")] * 3, id="no more than are left §4.6.4"
        ),
        pytest.param("v=spf1 exists:%{i}.x.example ptr redirect=r.example", 10, [("r.example", "TXT")], id="no macros"),
    ],
)
def test_what_is_asked_in_advance(record, most, questions):
    client = ip_address("192.0.2.1")
    assert list(plan(record, 4).foreseen(int(client), "own.example", "A", most)) == questions
