"""Probes sent through a list's MTA on hosts of their own, with what a worker does and a store in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.clock import now
from monitor.errors import StoreUnavailable
from monitor.probe.message import compose, make_message_id
from monitor.probe.token import TokenKind, issue, make_probe_id
from monitor.smtp.submission import submit
from tests.harness import wait_for
from tests.integration.house import House, probe_as
from tests.integration.two_hosts import DOMAIN, KEY, LIST_HOST, two_hosts

PATIENCE_S = 40.0


class Store(House):
    """Where arrivals go; it can be away for a while."""

    def __init__(self):
        super().__init__(clock=now)
        self.refusals_left = 0

    def submitted_at(self, _probe_id):
        return now() - timedelta(seconds=3)

    def record(self, arrival):
        if self.refusals_left:
            self.refusals_left -= 1
            raise StoreUnavailable("Redis is away.", reason="connect")
        super().record(arrival)


class World:
    """The two hosts, and what a worker on the probe's host does."""

    def __init__(self, hosts, mta, store):
        self.hosts, self.mta, self.store = hosts, mta, store

    def probe_as(self, slot, rule, *, refusals, reverse_path=None):
        asked = probe_as(rule, slot)
        self.store.probes[asked.id] = asked
        self.probe(slot, reverse_path=reverse_path, kind=TokenKind.AS_RULE, rule=rule, refusals=refusals)
        return asked.id

    def probe(self, slot, *, domain="lists.example.org", key=KEY, reverse_path=None, **asked):
        probe_id = make_probe_id(KEY, "ipv6-ops", slot)
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        to = issue(key, list_id="ipv6-ops", probe_id=probe_id, expires_at=expires_at, **asked) + "@" + DOMAIN
        message = compose(
            list_address=f"ipv6-ops@{domain}",
            forward_path=to,
            probe_id=probe_id,
            message_id=make_message_id(probe_id, DOMAIN),
            contact="postmaster@probe.example.org",
            at=datetime.now(UTC),
        )
        with self.hosts["probe"].entered():
            return submit(
                f"smtp://[{LIST_HOST}]:25",
                reverse_path=reverse_path or f"ipv6-ops-bounces@{domain}",
                forward_path=to,
                message=message,
                helo="receiver.example.org",
            )

    def wait_for(self, condition):
        wait_for(condition, within_s=PATIENCE_S, said=self.mta.log)


@contextmanager
def world_with(mta, folder, *, also=False) -> Iterator[World]:
    """The two hosts, that MTA (`postfix`, `exim`) on the list's; with `also` the receiver has two addresses."""
    store = Store()
    with two_hosts(folder, store, mta, also=also) as (hosts, running):
        yield World(hosts, running, store)
