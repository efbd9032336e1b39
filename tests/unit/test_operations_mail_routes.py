"""A turn of looking up where subscribers' domains receive their mail: our own want of time is nobody's fault."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from monitor.dns.answer import unanswered
from monitor.operations import mail_routes
from monitor.operations.mail_routes import look_up_routes
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PROVIDER = "mx.provider.example"
ZONES = {
    "quick.example": {"MX": [(10, PROVIDER)]},
    PROVIDER: {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
}


class Silence(ZoneResolver):
    """Name servers of `silent.example` never answer: asking takes all the time that there is."""

    def lookup(self, name, rrtype, *, timeout_s=None):
        if name == "silent.example":
            time.sleep(timeout_s)
            raise unanswered(name, rrtype, "timeout")
        return super().lookup(name, rrtype, timeout_s=timeout_s)


class Kept:
    """The store's part, in memory."""

    def __init__(self):
        self.routes, self.servers = {}, {}

    def hosts(self, names, _now):
        return {name: self.servers[name] for name in names if name in self.servers}

    def keep_hosts(self, hosts, _now):
        self.servers |= hosts

    def of(self, domains):
        return {each: self.routes[each] for each in domains if each in self.routes}

    def keep(self, routes):
        self.routes |= routes

    def end_turn(self, next_at):
        pass


def turn(*domains):
    kept, resolver = Kept(), Silence(ZONES)
    services = SimpleNamespace(store=SimpleNamespace(mail_routes=kept), now=lambda: NOW, resolver=lambda: resolver)
    look_up_routes(services, domains)
    return kept


def test_silent_name_servers_do_not_make_a_provider_silent(monkeypatch):
    """All domains behind the provider would be told for an hour that its mail servers are not known."""
    monkeypatch.setattr(mail_routes, "WITHIN", timedelta(seconds=0.2))
    kept = turn("silent.example", "quick.example")
    assert kept.servers == {}
    assert list(kept.routes) == ["silent.example"]
    assert kept.routes["silent.example"].problem == "timeout"


def test_where_there_is_time_all_are_looked_up():
    kept = turn("quick.example")
    assert kept.servers[PROVIDER].ipv6
    assert kept.routes["quick.example"].ipv6
