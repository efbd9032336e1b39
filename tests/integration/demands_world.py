"""A real list as big receivers see it: Mailman 3 and Sympa, OpenDKIM, Postfix, Staysub's canary, and a judge.

The hosts: `list` (Postfix, OpenDKIM, list managers), `judge` (OpenDKIM, OpenDMARC), `watch` (NSD, Staysub's receiver).
"""

import smtplib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import dkim
import trustme
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from monitor.clock import now
from monitor.config.reload import SettingsSource
from monitor.evidence.canary.source import CANARY
from monitor.model.evidence import Admission, Arrival
from monitor.model.mail_facts import MailFacts
from monitor.operations.check import check_all
from monitor.operations.known import known_of
from monitor.operations.services import Services
from monitor.wiring import assemble, receiver_backend
from tests.harness import wait_for
from tests.integration.demands_plan import (
    AUTHORS,
    CONFIGURATION,
    COUNTS,
    DOMAIN,
    FROM,
    HELO,
    JUDGE,
    JUDGE_HOST,
    LIST_HOST,
    MAILMAN,
    NAMELESS,
    SYMPA,
    UNCOVERED,
    VANTAGE,
    WATCH_HOST,
    WAYS,
    Subject,
    Way,
    configured,
    private,
    subjects,
    zones,
)
from tests.integration.judge import Judge, Verdict, judge
from tests.integration.mailman import Mailman, mailman
from tests.integration.netns import Netns, network
from tests.integration.opendkim import SELECTOR, signer
from tests.integration.postfix import Postfix, postfix
from tests.integration.redis_server import redis_server
from tests.integration.sympa import Sympa, sympa, sympa_unpacked
from tests.receiver_thread import in_thread
from tests.servers import nsd, zone_text

T = TypeVar("T")

PATIENCE_S: Final = 90.0  # for nine posts through all of Mailman's runners
# What lists do that want RFC 8058, since Mailman 3.3.10 knows the mailto form alone: Postfix adds the rest, before
# milters see it.
ONE_CLICK: Final = rf"""
/^List-Unsubscribe:[[:space:]]*<(mailto:[^>]*-leave@[^>]*)>/ REPLACE List-Unsubscribe: <https://{DOMAIN}/leave?$1>, <$1>
/^List-Subscribe:[[:space:]]*<mailto:[^>]*-join@/ PREPEND List-Unsubscribe-Post: List-Unsubscribe=One-Click
"""
OPENDKIM: Final[Mapping[str, Mapping[str, str]]] = {"usual": {}, "all": {"SignHeaders": "*,+List-Unsubscribe-Post"}}


@dataclass(frozen=True)
class Seen:
    """What came of one post, as it is stored, and what is said of the list with it as its newest."""

    arrival: Arrival
    verdict: Verdict
    facts: MailFacts
    admission: Mapping[tuple[str, str], Admission]  # by bulk (a key of COUNTS) and receiver


@dataclass
class World:
    """The hosts, and what came of each way."""

    hosts: Mapping[str, Netns]
    mta: Postfix
    mailman: Mailman
    sympa: Sympa | None  # None: Sympa is not here
    judge: Judge
    services: Services
    keys: Mapping[str, bytes]  # by author, what it signs with
    milters: Mapping[str, str]  # by Way.signed
    config: Path
    set_up: str  # the configuration without its lists
    seen: dict[tuple[Way, Subject], Seen] = field(default_factory=dict)
    slot: int = 0  # of the last checks

    @property
    def lists(self) -> list[Subject]:
        """All that there are."""
        return subjects(MAILMAN) if self.sympa is None else subjects(MAILMAN, SYMPA)

    def send(self, way: Way) -> None:
        """A post to each list, which then goes that way to the canary and, the same octets, to the judge."""
        self.mta.reload(
            smtpd_milters=self.milters.get(way.signed, ""),
            smtp_tls_security_level="may" if way.tls else "none",
            smtp_bind_address6=way.source,
        )
        wanted = {each: self._post(way, each) for each in subjects(WAYS[way])}
        arrivals = {each: self._wait(lambda each=each: self._stored(each, wanted[each]), way) for each in wanted}
        self._wait(lambda: self.judge.verdicts().keys() >= set(wanted.values()), way)
        verdicts = self.judge.verdicts()
        said = {bulk: self._said(bulk, way, list(wanted)) for bulk in COUNTS}
        store, rules = self.services.store, self.services.rules
        for each, ident in wanted.items():
            listed = self.services.watched(each.name)
            known = known_of(listed, store, rules, now=now(), every=timedelta(minutes=15))
            self.seen[way, each] = Seen(
                arrival=arrivals[each],
                verdict=verdicts[ident],
                facts=known.mail,
                admission={(bulk, receiver): one for bulk in COUNTS for receiver, one in said[bulk][each].items()},
            )

    def _wait(self, holds: Callable[[], T], way: Way) -> T:
        return wait_for(holds, f"posts by {way}", within_s=PATIENCE_S, said=self.said)

    def _stored(self, subject: Subject, message_id: str) -> Arrival | None:
        newest = self.services.store.evidence.read(CANARY, subject.name)
        return next((each for each in newest if each.message_id == message_id), None)

    def _said(self, bulk: str, way: Way, asked: Sequence[Subject]) -> Mapping[Subject, Mapping[str, Admission]]:
        """By list and receiver what is said of mail by that way, after a check with those counts."""
        self.config.write_text(self.set_up + configured(self.lists, bulk=bulk))
        assert {bool(each.subscribers) for each in self.services.lists()} == {COUNTS[bulk] is not None}, "not taken up"
        with self.hosts["watch"].entered():
            for lists in (self.lists, asked):  # all write what they send; what others send is known from then on
                self.slot += 1
                check_all(self.services, [(each.name, self.slot) for each in lists])
        found = {each: self.services.store.outcomes.assessment(each.name) for each in asked}
        client_ip = ip_address(way.source)
        return {
            each: {one.receiver: one for one in assessed.admission if one.client_ip == client_ip}
            for each, assessed in found.items()
            if assessed is not None
        }

    def _post(self, way: Way, to: Subject) -> str:
        """One signed by its author, as most are; gives its Message-ID."""
        ident = f"<{to.name}.{way.name}@example.org>"
        text = (
            f"From: Jo <jo@{to.author}.example>\r\nTo: {to.name}@{DOMAIN}\r\nSubject: a post\r\n"
            f"Date: {format_datetime(now())}\r\nMessage-ID: {ident}\r\n\r\nText.\r\n"
        ).encode()
        signature = dkim.sign(text, b"author", f"{to.author}.example".encode(), self.keys[to.author])
        with self.hosts["watch"].entered(), smtplib.SMTP(LIST_HOST, 25, timeout=30) as session:
            session.sendmail(f"jo@{to.author}.example", [f"{to.name}@{DOMAIN}"], signature + text)
        return ident

    def said(self) -> str:
        """What a reader of a failure wants to see."""
        return f"{self.mta.log()[-6000:]}\n{self.mailman.log()}\n{self.sympa.log() if self.sympa else ''}"


@contextmanager
def demands_world() -> Iterator[World]:
    """The hosts with their lists; all is up when the block begins, and nothing was sent."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="staysub-demands-")))
        folder.chmod(0o755)
        keys = {each: generate_private_key(65537, 2048) for each in ("list", *AUTHORS)}
        key = folder / "list.pem"
        key.write_bytes(private(keys["list"]))
        certificate = trustme.CA().issue_cert("receiver.example.org")
        certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        config = folder / "staysub.toml"
        set_up = CONFIGURATION.format(folder=folder, redis=stack.enter_context(redis_server()))
        lists = subjects(MAILMAN) if sympa_unpacked() is None else subjects(MAILMAN, SYMPA)
        config.write_text(set_up + configured(lists))
        addresses = {"list": [LIST_HOST, UNCOVERED, NAMELESS], "judge": [JUDGE_HOST], "watch": [WATCH_HOST]}
        hosts = stack.enter_context(network(addresses, nameserver=WATCH_HOST))
        services = assemble(SettingsSource(config), now=now)
        backend = receiver_backend(services)
        canaries = {each: backend.addresses.canary_address(each.name, VANTAGE)[0] for each in lists}
        with hosts["watch"].entered():  # what is started here lives there
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones(keys))}, port=53, hosts=(WATCH_HOST,)))
            vantage = services.settings().receivers[0]
            stack.enter_context(in_thread(vantage, backend=backend, resolver=services.resolver()))
        judging = stack.enter_context(judge(hosts["judge"], folder / "judge", domain=JUDGE, nameserver=WATCH_HOST))
        host = hosts["list"]
        milters = {
            each: stack.enter_context(signer(host, folder / each, domain=DOMAIN, key=key, **settings))
            for each, settings in OPENDKIM.items()
        }
        first = stack.enter_context(mailman(host, {}, domain=DOMAIN))
        second = None
        if len(lists) > len(subjects(MAILMAN)):
            second = stack.enter_context(sympa(host, domain=DOMAIN, selector=SELECTOR, key=key))
        mta = stack.enter_context(postfix(host, hostname=HELO, **_settings(folder, canaries, first)))
        if second is not None:
            mta.add_service(second.service)
        for each in lists:
            of_mailman, of_sympa = FROM[each.treated]
            if each.manager == MAILMAN:
                first.add_list(f"{each.name}@{DOMAIN}", [canaries[each]], **of_mailman)
            elif second is not None:
                second.add_list(each.name, canaries[each], mode=of_sympa)
        signing = {each: private(keys[each]) for each in AUTHORS}
        yield World(hosts, mta, first, second, judging, services, signing, milters, config, set_up)


def _settings(folder: Path, canaries: Mapping[Subject, str], manager: Mailman) -> Mapping[str, str]:
    """Postfix' own: the way into the managers; what goes to a canary goes to the judge too, the same octets."""
    own = manager.postfix_settings
    tables = {
        "copies": "".join(f"{canary} {canary}, {each.name}@{JUDGE}\n" for each, canary in canaries.items()),
        "transport": rf"/^{SYMPA}-[^+]*@{DOMAIN}$/ sympa:" + "\n",
        "one-click": ONE_CLICK,
    }
    for name, text in tables.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return {
        **own,
        "transport_maps": f"{own['transport_maps']}, regexp:{folder}/transport",
        "virtual_alias_maps": f"texthash:{folder}/copies",
        "header_checks": f"regexp:{folder}/one-click",
        "sympa_destination_recipient_limit": "1",
    }
