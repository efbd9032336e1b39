"""The command `staysub` on the hosts of a probe: the list's with its MTA, and the receiver's; a real store."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.clock import now
from monitor.config.reload import SettingsSource
from monitor.store import Store, open_store
from monitor.wiring import assemble, receiver_backend
from tests.configured import LIST, STORE
from tests.integration.netns import Netns
from tests.integration.postfix import Postfix, postfix
from tests.integration.redis_server import redis_server
from tests.integration.two_hosts import DOMAIN, LIST_HOST, PROBE_HOST, two_hosts

CONFIGURATION = f"""
{STORE}
[dns]
nameservers = ["[{PROBE_HOST}]:53"]
[receiver]
domain = "{DOMAIN}"
hostname = "receiver.example.org"
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
{LIST}
submission = "smtp://[{LIST_HOST}]:25"
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

        config = folder / "staysub.toml"
        config.write_text(CONFIGURATION.format(folder=folder, redis=redis))
        backend = receiver_backend(assemble(SettingsSource(config)))
        copies, _ = backend.addresses.copies_address("ipv6-ops", DOMAIN)
        # A DSN is no new mail to Postfix, so that recipient_bcc_maps would not copy it; an alias does.
        aliases = f"inline:{{ {{ipv6-ops-bounces@lists.example.org = {copies}}} }}"
        with two_hosts(folder, backend, partial(postfix, virtual_alias_maps=aliases)) as (hosts, mta):

            def run(host, *args):
                store.heartbeats.beat("receiver", now())
                return hosts[host].run(sys.executable, "-m", "monitor", "--config", config, *args, check=False)

            yield Hosts(hosts, mta, store, config, run)
