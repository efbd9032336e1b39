"""Lists of Mailman 3 behind Postfix, receivers that refuse them over IPv6, and Staysub, all on one shifted clock.

The hosts: `list` (Postfix, Mailman), `receivers` (those of the subscribers), `watch` (NSD, Staysub's receiver).
"""

import json
import os
import smtplib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from monitor.config.reload import SettingsSource
from monitor.operations.check import check_all
from monitor.operations.services import Services
from monitor.wiring import assemble
from tests.harness import STAYSUB, TOP, started, wait_for
from tests.integration.mailman import PASSWORD, Mailman, Member, mailman
from tests.integration.netns import Netns, network
from tests.integration.postfix import Postfix, postfix
from tests.integration.receivers import Receivers, receivers
from tests.integration.redis_server import redis_server
from tests.integration.shifted_clock import ShiftedClock, shifted_clock
from tests.servers import nsd, zone_text

DOMAIN: Final = "lists.example.org"
LIST_HOST, RECEIVERS_HOST, WATCH_HOST = "2001:db8:25::25", "2001:db8:99::25", "2001:db8:53::53"
EXCHANGERS: Final = {
    "gmail.com": "gmail-smtp-in.l.google.com",
    "microsoft.com": "microsoft-com.mail.protection.outlook.com",
    "example.net": "mx.example.net",
    "archive.example.org": "mx.example.net",
}
ZONES: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    DOMAIN: {"TXT": [f"v=spf1 ip6:{LIST_HOST} -all"], "MX": [(10, f"mail.{DOMAIN}")]},
    f"mail.{DOMAIN}": {"AAAA": [LIST_HOST], "TXT": ["v=spf1 a -all"]},
    ip_address(LIST_HOST).reverse_pointer: {"PTR": [f"mail.{DOMAIN}"]},
    "v6.probe.example.org": {"MX": [(10, "receiver.example.org")]},
    "receiver.example.org": {"AAAA": [WATCH_HOST]},
    **{domain: {"MX": [(10, host)]} for domain, host in EXCHANGERS.items()},
    **{host: {"AAAA": [RECEIVERS_HOST]} for host in EXCHANGERS.values()},
}
QUEUE_LIFETIME: Final = timedelta(days=1)  # Postfix' own is five days: a story would be longer, and no other
POST_AT, AGAIN_AT, SAID_AT = timedelta(hours=10), timedelta(hours=16), timedelta(hours=18)
PATIENCE_S: Final = 60.0

CONFIGURATION: Final = f"""
data_dir = "{{folder}}"
[redis]
url = "{{redis}}"
[dns]
nameservers = ["[{WATCH_HOST}]:53"]
[receiver]
domain = "v6.probe.example.org"
hostname = "receiver.example.org"
listen = "[::]:25"
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
"""
LIST: Final = f"""
[[list]]
id = "{{name}}"
address = "{{name}}@{DOMAIN}"
reverse_path = "{{name}}-bounces@{DOMAIN}"
helo = "mail.{DOMAIN}"
outbound = ["{LIST_HOST}"]
owners = ["owner@example.org"]
manager = "mailman3"
mta = "postfix"
bounce_policy = {{{{"mta.queue_lifetime" = "1d"}}}}
"""


@dataclass(frozen=True)
class Evening:
    """What was the case at the end of a day: as Mailman has it, and as Staysub says it."""

    at: datetime
    members: Mapping[str, Mapping[str, Member]]  # by list and address
    rosters: Mapping[str, Any]  # by list, what `staysub import mailman3 --json` asked
    status: Mapping[str, Any]  # by list, what `staysub status --json` has of it
    forecasts: Mapping[str, Any]  # by list, what `staysub forecast LIST --json` says

    def disabled(self, name: str) -> set[str]:
        """Whom of a list Mailman has disabled for bounces."""
        return {each.email for each in self.members[name].values() if each.disabled}


@dataclass
class World:
    """The hosts, and a day on them."""

    hosts: Mapping[str, Netns]
    clock: ShiftedClock
    begin: datetime  # midnight before the first day
    mta: Postfix
    manager: Mailman
    receivers: Receivers
    services: Services
    config: Path
    evenings: list[Evening] = field(default_factory=list)
    _deferred: AbstractSet[str] = frozenset()  # what Postfix had deferred at noon

    @property
    def lists(self) -> list[str]:
        """The ids of all lists."""
        return [each.id for each in self.services.lists()]

    def staysub(self, host: str, *words: str, **environ: str) -> Any:
        """The document of a command, as its own process on one of the hosts says it."""
        command = self.hosts[host].command(*STAYSUB, "--config", self.config, *words, "--json")
        env = {**os.environ, **self.clock.environ, **environ}
        ended = subprocess.run(command, env=env, cwd=TOP, capture_output=True, text=True, check=False)
        assert ended.stdout, f"{words}: {ended.stderr}"
        return json.loads(ended.stdout)

    def live_a_day(self, *, says: bool, forecasts: Sequence[str] = ()) -> Evening:
        """A post to each list in the morning; in the evening all that comes of it has been counted.

        Staysub is asked only where it `says` something that evening, and for `forecasts` of these lists.
        """
        midnight = self.begin + timedelta(days=len(self.evenings))
        self.clock.go_to(midnight + POST_AT)
        for name in self.lists:
            self._post(name)
        self._settle()
        overdue, self._deferred = self._deferred, self.mta.deferred()
        self.clock.go_to(midnight + AGAIN_AT)
        self._settle(gone=overdue)  # what was deferred on the day before is given up
        self.clock.go_to(midnight + SAID_AT)
        self._settle()
        evening = self._evening(says=says, forecasts=forecasts)
        self.evenings.append(evening)
        return evening

    def _evening(self, *, says: bool, forecasts: Sequence[str]) -> Evening:
        rosters, levels = [], []
        if says:
            rosters = self.staysub("list", "import", "mailman3", MAILMAN_REST_PASSWORD=PASSWORD)["lists"]
        with self.hosts["watch"].entered():
            check_all(self.services, [(name, int(self.clock.now().timestamp())) for name in self.lists])
        if says:
            levels = self.staysub("watch", "status")["lists"]
        return Evening(
            at=self.clock.now(),
            members={name: self.manager.members(f"{name}@{DOMAIN}") for name in self.lists},
            rosters={each["list"]: each for each in rosters},
            status={each["list_id"]: each for each in levels},
            forecasts={name: self.staysub("watch", "forecast", name) for name in forecasts},
        )

    def _post(self, name: str) -> None:
        now = self.clock.now()
        text = (
            f"From: author@example.org\r\nTo: {name}@{DOMAIN}\r\nSubject: a post\r\nDate: {format_datetime(now)}\r\n"
            f"Message-ID: <{name}.{now:%d}@example.org>\r\n\r\nText.\r\n"
        )
        with self.hosts["watch"].entered(), smtplib.SMTP(LIST_HOST, 25, timeout=30) as session:
            session.sendmail("author@example.org", [f"{name}@{DOMAIN}"], text)

    def _settle(self, gone: AbstractSet[str] = frozenset()) -> None:
        """Until nothing is left to do in Mailman and Postfix; what is deferred may wait, but `gone` has to be gone.

        A message is at its next place before it leaves the last; what Mailman makes of a bounce goes round once more.
        """

        def idle() -> bool:
            return self.manager.is_idle() and not self.mta.deferred() & gone and self.mta.is_idle()

        wait_for(lambda: idle() and idle(), "end of the day's work", within_s=PATIENCE_S, said=self.said)

    def said(self) -> str:
        """What a reader of a failure wants to see."""
        return f"{self.mta.log()[-6000:]}\n{self.manager.log()}"


@contextmanager
def mailman_world(
    lists: Mapping[str, Sequence[str]], begin: datetime, settings: Mapping[str, Mapping[str, object]]
) -> Iterator[World]:
    """The hosts with those lists and their members; all is up when the block begins, on the morning of the first day.

    `settings` are lists' own, by names of Mailman's REST interface, over its defaults.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="staysub-world-")))
        folder.chmod(0o755)  # Postfix' unprivileged processes read the clock there
        clock = stack.enter_context(shifted_clock(folder))
        clock.go_to(begin + timedelta(hours=6))
        redis = stack.enter_context(redis_server(environ=clock.environ))  # all parts go by its time
        config = folder / "staysub.toml"
        text = CONFIGURATION + "".join(LIST.replace("{name}", name) for name in lists)
        config.write_text(text.format(folder=folder, redis=redis))
        addresses = {"list": [LIST_HOST], "receivers": [RECEIVERS_HOST], "watch": [WATCH_HOST]}
        hosts = stack.enter_context(network(addresses, nameserver=WATCH_HOST))
        with hosts["watch"].entered():
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(ZONES)}, port=53, hosts=(WATCH_HOST,)))
        taking = stack.enter_context(receivers(hosts["receivers"]))
        env = {**os.environ, **clock.environ}
        receiver = hosts["watch"].command(*STAYSUB, "--config", config, "receiver")
        stack.enter_context(
            started(receiver, log=folder / "receiver.log", env=env, cwd=TOP, ready=hosts["watch"].greets)
        )
        manager = stack.enter_context(mailman(hosts["list"], clock.environ, domain=DOMAIN))
        services = replace(assemble(SettingsSource(config)), now=clock.now)
        mta = stack.enter_context(
            postfix(
                hosts["list"],
                hostname=f"mail.{DOMAIN}",
                environ=clock.environ,
                virtual_alias_maps=f"regexp:{_copies(folder, hosts['watch'], config, env, lists)}",
                minimal_backoff_time="300s",  # its own, since its hours pass in seconds
                maximal_backoff_time="4000s",
                maximal_queue_lifetime=f"{QUEUE_LIFETIME.total_seconds():.0f}s",
                **manager.postfix_settings,
            )
        )
        for name, members in lists.items():
            manager.add_list(f"{name}@{DOMAIN}", members, **settings.get(name, {}))
        yield World(hosts, clock, begin, mta, manager, taking, services, config)


def _copies(folder: Path, host: Netns, config: Path, env: Mapping[str, str], lists: Mapping[str, object]) -> Path:
    """The table by which Postfix copies bounces to Staysub, as documented, and here to a mailbox as well."""
    lines = []
    for name in lists:
        command = host.command(*STAYSUB, "--config", config, "receiver", "--bounces", name)
        address = subprocess.run(command, env=env, cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()
        bounces = rf"^({name}-bounces(\+[^@]*)?@{DOMAIN.replace('.', chr(92) + '.')})$"
        lines.append(f"/{bounces}/   $1, {address}, {name}@archive.example.org\n")
    path = folder / "copies"
    path.write_text("".join(lines))
    path.chmod(0o644)
    return path
