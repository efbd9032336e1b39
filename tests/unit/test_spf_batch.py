"""Many requests in order, also with identities that have no domain and no addresses at all."""

from datetime import UTC, datetime
from ipaddress import ip_address

from monitor.model import Identity
from monitor.spf.batch import Request, evaluate_many
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
