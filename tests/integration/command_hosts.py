"""The command `staysub` on the hosts of a probe's way: the list's with its MTA, and the receiver's; a real store beside them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.config.reload import SettingsSource
from monitor.operations.list_bounces import take_copy
from monitor.probe import life
from monitor.receiver.backend import TokenBackend, utc_now
from monitor.receiver.probe_notes import StoreProbeNotes
from monitor.store import Store, open_store
from monitor.wiring import assemble
from tests.integration.netns import Netns
from tests.integration.postfix import Postfix, postfix
from tests.integration.redis_server import redis_server
from tests.integration.two_hosts import DOMAIN, LIST_HOST, PROBE_HOST, two_hosts

CONFIGURATION = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[dns]
nameservers = ["[{dns}]:53"]
[receiver]
domain = "{domain}"
hostname = "receiver.example.org"
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "{list_host}"]
submission = "smtp://[{list_host}]:25"
owners = ["owner@example.org"]
"""


@dataclass(frozen=True)
class Hosts:
    """The two hosts, and how to run `staysub` on one of them."""

    hosts: dict[str, Netns]
    mta: Postfix
    store: Store
    config: Path
    run: Callable[..., subprocess.CompletedProcess[str]]  # host, then the arguments


@contextmanager
def command_hosts(folder: Path) -> Iterator[Hosts]:
    """Redis, NSD, Postfix and the receiver for the while of the block."""
    with redis_server() as redis:
        store = open_store(redis)

        def keep(arrival):
            store.outcomes.record_arrival(arrival)
            if arrival.probe_id is not None:
                store.probes.change(arrival.probe_id, lambda one: life.arrived(one, now=arrival.received_at))

        def submitted_at(probe_id):
            known = store.probes.get(probe_id)
            return known.submitted_at or known.scheduled_at

        config = folder / "staysub.toml"
        config.write_text(
            CONFIGURATION.format(folder=folder, redis=redis, dns=PROBE_HOST, domain=DOMAIN, list_host=LIST_HOST)
        )
        services = assemble(SettingsSource(config))
        desk = TokenBackend(
            key=store.signing_key(),
            list_ids=lambda: {"ipv6-ops"},
            find_submitted_at=submitted_at,
            keep=keep,
            notes=StoreProbeNotes(store),
            keep_copy=lambda arrival, content: take_copy(services, arrival, content),
        )
        copies, _ = desk.copies_address("ipv6-ops", DOMAIN)
        # A DSN is no new mail to Postfix, so that recipient_bcc_maps would not copy it; an alias does.
        aliases = f"inline:{{ {{ipv6-ops-bounces@lists.example.org = {copies}}} }}"
        with two_hosts(folder, desk, partial(postfix, virtual_alias_maps=aliases)) as (hosts, mta):

            def run(host, *args):
                store.heartbeats.beat("receiver", utc_now())
                return hosts[host].run(sys.executable, "-m", "monitor", "--config", config, *args, check=False)

            yield Hosts(hosts, mta, store, config, run)
