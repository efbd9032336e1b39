"""What `staysub doctor` looks at: each examination gives sentences, and what to do where something is wrong."""

import platform
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.admission.rules import RuleSet
from monitor.config.advice import advice_on
from monitor.config.endpoints import split_endpoint
from monitor.config.exposed import exposed
from monitor.config.load import Loaded
from monitor.config.refused_targets import refused_targets
from monitor.config.settings import NoticeSettings, Settings
from monitor.dns.answer import Resolver
from monitor.dns.left_out import made_up
from monitor.dns.resolver import SystemResolver
from monitor.errors import DnsUnavailable, StaysubError, Unavailable
from monitor.incident.clocks import CLOCK, told_now
from monitor.incident.signs_of_life import command_of, living, silent, worker_of
from monitor.model.clocks import Jump, MachineClock
from monitor.model.findings import CheckStatus, Severity
from monitor.model.lists import Lists
from monitor.model.secret import Secret
from monitor.model.vantage import Vantage
from monitor.operations.own_outbound import examine_own_outbound, faults_of, refused_from
from monitor.operations.own_returns import returns_of
from monitor.operations.queues import QUEUES
from monitor.probe.token import issue, make_probe_id
from monitor.processes.ports import is_here
from monitor.receiver.selfcheck import domain_faults, knock
from monitor.receiver.sockets import bind
from monitor.smtp.rehearsal import greeting_trouble
from monitor.smtp.submission import parse_relay
from monitor.store import Store
from monitor.store.disk import disk_full, disk_soon_full
from monitor.store.wrong_types import wrong_types

_HOSTS_AT_A_TIME = 16
NO_PROBES = worker_of("probe")  # not needed where there is no receiver
_TOKEN_LIFE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing examined: how it is, and what to do about it."""

    subject: str
    status: CheckStatus
    sentence: str
    advice: str = ""


def well(subject: str, sentence: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis(subject=subject, status=CheckStatus.OK, sentence=sentence)


def unwell(subject: str, sentence: str, advice: str = "") -> Diagnosis:
    """It works, but."""
    return Diagnosis(subject=subject, status=CheckStatus.WARNING, sentence=sentence, advice=advice)


def ill(subject: str, sentence: str, advice: str = "") -> Diagnosis:
    """It does not work."""
    return Diagnosis(subject=subject, status=CheckStatus.CRITICAL, sentence=sentence, advice=advice)


def configuration(path: Path, loaded: Loaded) -> Iterator[Diagnosis]:
    """The file, and what it leaves undone."""
    settings = loaded.settings
    yield well(
        "configuration",
        f"{path} is good: {len(settings.file_lists)} list{'' if len(settings.file_lists) == 1 else 's'}.",
    )
    for place, sentence in refused_targets(settings):
        yield ill("configuration", f"{loaded.places(place)} {sentence}.")
    for note in advice_on(settings):
        yield unwell("configuration", f"{loaded.places(note.place)} {note.message}.")


def secrets(loaded: Loaded) -> Iterator[Diagnosis]:
    """Who can read the secrets of the configuration; nothing where its owner alone can."""
    for note in exposed(loaded):
        yield unwell("secrets", f"{note.place} {note.message}.")


def data_dir(settings: Settings) -> Iterator[Diagnosis]:
    """The directory of our own data is there and ours alone."""
    path = settings.data_dir
    if not path.exists():
        yield well("data_dir", f"{path} will be made at the first start.")
    elif not path.is_dir():
        yield ill("data_dir", f"{path} is not a directory.", "Give data_dir another path.")
    elif path.stat().st_mode & 0o077:
        yield unwell("data_dir", f"{path} can be entered by other users.", f"chmod 700 {path}")
    elif full := disk_full(path):
        yield ill("data_dir", full)
    elif soon := disk_soon_full(path):
        yield unwell("data_dir", soon, "Free some of it before the store stops.")
    else:
        yield well("data_dir", f"{path} is there and closed to others.")


def redis(open_store: Callable[[], Store], now: datetime, *, receivers: Sequence[Vantage]) -> Iterator[Diagnosis]:
    """The store answers and forgets nothing; the parts have been seen in it."""
    try:
        store = open_store()
        store.ping()
        asked = {name: _config(store, name) for name in ("maxmemory-policy", "appendonly")}
        seen = store.heartbeats.all()
        away, (machines, jump) = store.clocks.ahead(now), store.clocks.known()
        refusal = store.writable.refusal()
        itself = store.identity.look(count=False)
    except StaysubError as error:
        yield ill("redis", str(error), "Without a Redis of your own, `staysub run` brings one.")
        return
    if refusal:
        yield ill("redis", refusal)
    else:
        yield well("redis", "Redis answers, and takes what is written.")
    if asked["maxmemory-policy"] not in (None, "noeviction"):
        yield unwell(
            "redis", f"maxmemory-policy is {asked['maxmemory-policy']}.", "Set it to noeviction, or outcomes vanish."
        )
    if asked["appendonly"] == "no":
        yield unwell(
            "redis", "Redis keeps no append-only file.", "Set appendonly yes, or a crash forgets what was sent."
        )
    yield from clocks([one for one in machines if one.host != platform.node()], jump, away, now)
    upset = None if itself is None else itself.upheaval_told(now)
    if upset is not None:
        yield unwell("redis", upset.sentence, "The runbook says what to do after a lost store.")
    for name in ("worker", "beat", "web", *(each.part for each in receivers)):
        yield part(name, seen.get(name), now - away)  # by the time that the parts go by
    queues = [name for name in map(worker_of, QUEUES) if receivers or name != NO_PROBES]
    by_queue = [part(name, seen.get(name), now - away) for name in queues]
    if any(each.status is CheckStatus.OK for each in by_queue):  # else there is none, which is told above
        yield from (each for each in by_queue if each.status is not CheckStatus.OK)


def clocks(machines: Sequence[MachineClock], jump: Jump | None, away: timedelta, now: datetime) -> Iterator[Diagnosis]:
    """Whether the clock of this machine (`away` from the store's by so much) and of the others are right. Pure."""
    there = now - away
    here = MachineClock(host="this machine", looked_at=there, ahead=away, since=there)
    told = told_now((here, *machines), jump, there)
    for sentence in told:
        yield unwell(CLOCK, sentence)
    if not told:
        yield well(CLOCK, "The clocks of this machine, of Redis and of all parts agree.")


def keys_of_others(open_store: Callable[[], Store], lists: Lists) -> Iterator[Diagnosis]:
    """Keys of ours that somebody else wrote, by their types; nothing where there are none, or Redis is away."""
    with suppress(StaysubError):
        for key, found, wanted in wrong_types(open_store().client, [each.id for each in lists]):
            sentence = f"The key {key} is a {found} and must be a {wanted}: another program has written it."
            yield ill(
                "redis", sentence, f"Look at it, then delete it (DEL {key}), and give Staysub a Redis of its own."
            )


def part(name: str, seen: datetime | None, now: datetime) -> Diagnosis:
    """Whether a part of ours has lived lately. Pure."""
    if seen is None:
        return unwell(name, "It has never been seen.", f"Start it: {command_of(name)}")
    ago = max(now - seen, timedelta())
    if silent(seen, now):
        return ill(name, f"It was last seen on {seen:%Y-%m-%d %H:%M:%S} UTC.", f"Start it again: {command_of(name)}")
    return well(name, f"It was seen {ago.total_seconds():.0f} s ago.")


def resolver(asked: Resolver, lists: Lists) -> Iterator[Diagnosis]:
    """A name server answers."""
    name = lists[0].reverse_path.rpartition("@")[2] if lists else "example.org"
    try:
        answer = asked.lookup(name, "TXT")
    except DnsUnavailable as error:
        yield ill("resolver", str(error), "Mend dns.nameservers or /etc/resolv.conf; lists are unknown until then.")
        return
    yield well("resolver", f"It answers: {name} TXT, {answer.rcode}, {len(answer.records)} records.")
    for server, prefixes in asked.synthesising().items() if isinstance(asked, SystemResolver) else ():
        yield unwell(
            "resolver",
            f"{made_up([str(server)])} Its prefixes: {', '.join(map(str, prefixes))}.",
            "Name a server without DNS64 in dns.nameservers if there is one; the checks are right without it too.",
        )


def receivers(
    several: Sequence[Vantage], lists: Lists, asked: Resolver, open_store: Callable[[], Store], now: datetime
) -> Iterator[Diagnosis]:
    """Each receiver takes a probe of ours, or could listen; its certificate fits; DNS leads to it over IPv6 alone.

    Of several, one that lives knocks at itself before it says so, and one whose address is not here is another
    machine's.
    """
    elsewhere: list[Vantage] = []
    if len(several) > 1:
        elsewhere = [each for each in several if not is_here(each.listen)]
        with suppress(StaysubError):
            elsewhere += living(several, open_store().heartbeats.all(), now)
    for each in several:
        if each not in elsewhere:
            yield from _listening(each, lists, open_store, now)
        yield from _found(each, asked)


def _listening(ours: Vantage, lists: Lists, open_store: Callable[[], Store], now: datetime) -> Iterator[Diagnosis]:
    try:
        bind(split_endpoint(ours.listen)).close()
        yield unwell(ours.part, f"Nobody listens on {ours.listen}.", f"Start it: {command_of(ours.part)}")
    except Unavailable as error:
        if error.reason == "in-use":
            yield _knocked(ours, lists, open_store, now, taken=str(error))
        else:
            yield ill(ours.part, str(error), "Without it no list is probed; checks go on.")
    if ours.tls_certificate is not None and ours.tls_key is not None:
        yield _certificate(ours.part, ours.tls_certificate, ours.tls_key)


def _found(ours: Vantage, asked: Resolver) -> Iterator[Diagnosis]:
    try:
        faults = domain_faults(ours, asked)
    except DnsUnavailable as error:
        yield unwell("probe domain", str(error), "Whether mail for it comes to us could not be found out.")
        return
    for fault in faults:
        yield ill("probe domain", fault, "Publish what `staysub receiver --dns` prints.")
    if not faults:
        yield well("probe domain", f"{ours.domain} leads to {ours.hostname}, over IPv6 alone.")


def _knocked(ours: Vantage, lists: Lists, open_store: Callable[[], Store], now: datetime, *, taken: str) -> Diagnosis:
    """Whether it is our receiver that holds the port: it must know a token of ours."""
    try:
        watched = lists[0].id if lists else "doctor"
        key = open_store().signing_key()
        token = issue(key, list_id=watched, probe_id=make_probe_id(key, watched, 0), expires_at=now + _TOKEN_LIFE)
        knock(ours, forward_path=f"{token}@{ours.domain}")
    except Unavailable as error:
        advice = "See who holds the port; if it is our receiver, start it again."
        return ill(ours.part, f"{taken} {error}", advice)
    return well(ours.part, f"It listens on {ours.listen} and takes probes of ours.")


def servers(notices: NoticeSettings, lists: Lists) -> Iterator[Diagnosis]:
    """Each MTA that we hand mail to can be reached and greets us: connection and EHLO, nothing more."""
    wanted: dict[str, tuple[str, Secret]] = {}
    for one in lists:
        if one.submission is not None:
            wanted.setdefault(one.submission.reveal(), (f"submission of {one.id}", one.submission))
    for name, relay in (("relay of notices", notices.relay), ("other relay", notices.other_relay)):
        if relay is not None:
            wanted[relay.reveal()] = (name, relay)
    with ThreadPoolExecutor(_HOSTS_AT_A_TIME) as pool:
        yield from pool.map(lambda one: greeting(*one), wanted.values())


def notices_way(
    settings: Settings, lists: Lists, asked: Resolver, rules: RuleSet, now: datetime
) -> Iterator[Diagnosis]:
    """Whether receivers would take our notices from where they leave; nothing where that is not configured."""
    outcome = examine_own_outbound(settings, lists, asked, now=now)
    if outcome is None:
        return
    refused = refused_from(outcome, rules)
    found = faults_of(outcome)
    for finding in found:
        advice = "" if finding.fix is None else finding.fix.sentence
        yield (ill if refused else unwell)("way of notices", finding.message, advice)
    unknown = [finding for finding in outcome.findings if finding.severity is Severity.UNKNOWN]
    for finding in unknown:
        yield unwell("way of notices", f"Whether our notices are taken is not known now. {finding.message}")
    if not found and not unknown:
        yield well(
            "way of notices", f"Receivers take mail of {settings.notices.sender} from every address of the relay's."
        )


def returns(settings: Settings, asked: Resolver, now: datetime) -> Iterator[Diagnosis]:
    """Whether a notice that bounces is noticed by itself; nothing where there is no receiver to notice it."""
    if not settings.receivers or settings.notices.relay is None:
        return
    found = returns_of(settings, asked, now=now)
    subject, notices = "bounces of notices", settings.notices
    if found.domain:
        yield well(subject, f"They come back to the receiver, which notes them. {found.why}")
        return
    said = f"They go to {notices.sender}, where nobody here notices them. {found.why}"
    pipe = "or pipe that mailbox to `staysub notices bounced -`."
    if found.advice and notices.relay_outbound:
        yield unwell(subject, said, f"{found.advice.rstrip('.')}; {pipe}")
    else:
        yield well(subject, f"{said} That mailbox can be piped to `staysub notices bounced -`.")


def greeting(subject: str, url: Secret) -> Diagnosis:
    """Whether an SMTP server can be reached and answers EHLO, under TLS where the URL says so.

    Sends no mail, no password.
    """
    relay = parse_relay(url)
    where = f"{relay.host} port {relay.port}"
    why = greeting_trouble(relay)
    if why is not None:
        return ill(subject, f"{where}: {why}", "See that it runs and takes connections from here.")
    return well(subject, f"{where} greets us.")


def _certificate(subject: str, certificate: Path, key: Path) -> Diagnosis:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or error
        return ill(subject, f"The certificate {certificate} with {key} cannot be used: {why}.", "Give a matching pair.")
    return well(subject, f"The certificate {certificate} can be used.")


def _config(store: Store, name: str) -> str | None:
    """A setting of Redis; None where it does not tell, as hosted ones do not."""
    with suppress(Exception):  # whatever a server says to a command that it forbids
        answer: Mapping[object, object] = store.client.config_get(name)
        for value in answer.values():
            return value.decode() if isinstance(value, bytes) else str(value)
    return None
