"""The hosts: DNS, Postfix with its queue in memory, receivers that count; started and ended together."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.delivered.receiving import HOSTS, LIST_HOST_V4, LIST_HOST_V6, NSD_HOST, zones
from tests.harness import STAYSUB, TOP, greeted, started
from tests.integration.netns import Netns, network
from tests.integration.postfix import Postfix, postfix
from tests.servers import nsd, zone_text

HOSTNAME: Final = "mail.lists.example.org"
HEALTHY: Final = next(host for host in HOSTS if host.listens and not host.answers)
# Postfix's master(8) logs that it reloads, and stands still for ever where the queue of its postlogd(8) is full, which
# it has just ended and is to start again: 10 lines by default.
LOG_LINES_WAITING: Final = 20_000
SETTINGS: Final = {
    "smtp_address_preference": "any",
    "smtp_tls_security_level": "none",
    "smtpd_tls_security_level": "none",
    "smtpd_authorized_verp_clients": "[2001:db8::]/32",
    "minimal_backoff_time": "2s",
    "maximal_backoff_time": "8s",
    "queue_run_delay": "2s",
    "default_process_limit": "60",
    "qmgr_message_active_limit": "20000",
    "qmgr_message_recipient_limit": "20000",
    "in_flow_delay": "0",
    "smtpd_soft_error_limit": "1000",
    "smtpd_client_connection_count_limit": "0",
    "smtp_destination_recipient_limit": "4",  # a post to more of one domain is several deliveries
    "smtp_connect_timeout": "5s",
    "local_header_rewrite_clients": "",
}


@dataclass
class World:
    """All of them."""

    hosts: dict[str, Netns]
    mta: Postfix
    counted: Path
    sink: Any

    def resets(self) -> int:
        """How many connections the host that listens nowhere refused: each of them costs one reset (RFC 9293)."""
        said = self.hosts["closed"].run("cat", "/proc/net/snmp").stdout.splitlines()
        names, values = (line.split() for line in said if line.startswith("Tcp:"))
        return int(dict(zip(names, values, strict=True))["OutRsts"])

    def truth(self) -> dict[str, Any]:
        """What the receivers counted; they end by that."""
        self.sink.terminate()
        self.sink.wait(60)
        found: dict[str, Any] = json.loads(self.counted.read_text())
        return found


@contextmanager
def world(folder: Path, seed: int, lifetime_s: int) -> Iterator[World]:
    """Postfix takes mail when the block begins."""
    with ExitStack() as stack:
        addresses = {
            "list": [LIST_HOST_V6, LIST_HOST_V4],
            "sink": [address for host in HOSTS if host.listens for address in host.addresses.values()],
            "closed": [address for host in HOSTS if not host.listens for address in host.addresses.values()],
            "watch": [NSD_HOST],
        }
        hosts = stack.enter_context(network(addresses, nameserver=NSD_HOST))
        with hosts["watch"].entered():
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones())}, port=53, hosts=(NSD_HOST,)))
        counted = folder / "counted.json"
        command = hosts["sink"].command(STAYSUB[0], "-m", "tests.delivered.sink", str(seed), counted)
        sink = stack.enter_context(started(command, log=folder / "sink.log", cwd=TOP, ready=lambda: _greets(hosts)))
        hosts["list"].run("sh", "-c", f"echo {LOG_LINES_WAITING} > /proc/sys/net/unix/max_dgram_qlen")
        mta = stack.enter_context(
            postfix(hosts["list"], hostname=HOSTNAME, under=folder, **_settings(seed, lifetime_s))
        )
        yield World(hosts, mta, counted, sink)


def _greets(hosts: dict[str, Netns]) -> bool:
    with hosts["sink"].entered():
        return greeted(HEALTHY.addresses[6], 25)


def _settings(seed: int, lifetime_s: int) -> dict[str, str]:
    """Of Postfix; queue ids are long ones by turns, since short ones come again soon."""
    lifetime = dict.fromkeys(("maximal_queue_lifetime", "bounce_queue_lifetime"), f"{lifetime_s}s")
    return SETTINGS | lifetime | {"enable_long_queue_ids": "no" if seed % 2 else "yes"}
