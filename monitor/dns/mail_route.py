"""Where a domain's mail arrives: its MX hosts and their addresses (RFC 5321 section 5.1, RFC 7505).

Decided here, since the standards leave it open or senders do otherwise: an MX that names an alias is followed, though
RFC 2181 section 10.3 forbids it, as Postfix, Exim and Sendmail follow it; one that names an address literal or
`localhost` is no host; addresses that no sender on the internet can reach (private, loopback …) are none. Mail can
arrive over a family where any host has an address of it; whether only hosts of a worse preference have is told apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from monitor.dns.answer import Answer, Resolver, Unanswered
from monitor.dns.name import InvalidName, a_label, is_valid, normal
from monitor.model.mail_route import MailHost, MailRoute
from monitor.model.special_addresses import can_be_named

HOSTS_MOST: Final = 5  # of a domain, the best: who has more has them at one provider
# How long an answer holds: its TTL, but no less, as many a TTL is of seconds and nobody needs to know so soon; and no
# more, so that a provider that turns IPv6 on tonight is found tomorrow.
HOLDS_LEAST: Final = timedelta(hours=6)
HOLDS_MOST: Final = timedelta(hours=24)
AGAIN: Final = timedelta(hours=1)  # after DNS did not tell
STANDS: Final = timedelta(days=7)  # so long what was known stands while DNS does not tell
LOCAL: Final = frozenset({"localhost", "localhost.localdomain"})  # RFC 6761 section 6.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """A domain's mail servers as (preference, host), best first; none where it takes no mail."""

    hosts: tuple[tuple[int, str], ...] = ()
    null_mx: bool = False
    ttl_s: int | None = None


def mail_domain(text: str) -> str | None:
    """A subscribers' domain as it is asked for: A-labels, lower case; None for what is no domain."""
    try:
        name = a_label(text)
    except InvalidName:
        return None
    return name if "." in name and not name.rpartition(".")[2].isdigit() else None


def exchanges_of(domain: str, resolver: Resolver) -> Exchanges:
    """Its mail servers, the domain itself where it has no MX. Raises Unanswered."""
    answer = resolver.lookup(domain, "MX")
    ttl_s = answer.question.ttl_s
    if not answer.exchanges:
        implicit = answer.rcode == "NOERROR"  # RFC 5321 section 5.1
        return Exchanges(hosts=((0, domain),) if implicit else (), ttl_s=ttl_s)
    named = sorted((preference, normal(host)) for preference, host in answer.exchanges)
    hosts = tuple((preference, host) for preference, host in named if host)
    return Exchanges(hosts=_different(hosts)[:HOSTS_MOST], null_mx=not hosts, ttl_s=ttl_s)


def _different(hosts: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    """Each host once, at its best preference."""
    best: dict[str, int] = {}
    for preference, host in hosts:
        best.setdefault(host, preference)
    return tuple((preference, host) for host, preference in best.items())


def is_host(name: str) -> bool:
    """Whether a mail server may have that name: no address literal, not our own machine."""
    return (
        is_valid(name) and name not in LOCAL and not name.strip("[]").rpartition(".")[2].isdigit() and ":" not in name
    )


def host_of(name: str, resolver: Resolver, *, now: datetime, chance: float) -> MailHost:
    """Which families the host has addresses of. `chance` as in `holds`."""
    if not is_host(name):
        return MailHost(ipv4=False, ipv6=False, holds_until=now + HOLDS_MOST)
    found: dict[str, bool | None] = {}
    ttls: list[int | None] = []
    problem = ""
    for rrtype in ("A", "AAAA"):
        try:
            answer = resolver.lookup(name, rrtype)
        except Unanswered as error:
            found[rrtype], problem = None, error.reason
        else:
            found[rrtype] = _reachable(answer)
            ttls.append(answer.question.ttl_s)
    until = now + (AGAIN if problem else holds(ttls, chance=chance))
    return MailHost(ipv4=found["A"], ipv6=found["AAAA"], holds_until=until, problem=problem)


def _reachable(answer: Answer) -> bool:
    """Whether any of the addresses can be reached from the internet; those that DNS64 made up are not among them."""
    return any(can_be_named(ip_address(each)) for each in answer.strings)


def holds(ttls_s: list[int | None], *, chance: float) -> timedelta:
    """How long answers of these TTLs hold; `chance` in [0, 1) takes up to a tenth off, so that domains drift apart."""
    ttl = timedelta(seconds=min((each for each in ttls_s if each is not None), default=0))
    return min(max(ttl, HOLDS_LEAST), HOLDS_MOST) * (1 - chance / 10)


def route_of(
    exchanges: Exchanges, hosts: Mapping[str, MailHost], before: MailRoute | None, *, now: datetime, chance: float
) -> MailRoute:
    """The route by these answers; where DNS did not tell of a host what was known before stands. Pure."""
    if exchanges.null_mx or not exchanges.hosts:
        until = now + holds([exchanges.ttl_s], chance=chance)
        return MailRoute(ipv4=False, ipv6=False, null_mx=exchanges.null_mx, looked_up_at=now, holds_until=until)
    each = [hosts[name] for _, name in exchanges.hosts]
    best = min(preference for preference, _ in exchanges.hosts)
    first = [hosts[name] for preference, name in exchanges.hosts if preference == best]
    ipv4, ipv6 = _any(each, lambda host: host.ipv4), _any(each, lambda host: host.ipv6)
    problem = next((host.problem for host in each if host.problem), "")
    soonest = min(host.holds_until for host in each)
    until = min(now + holds([exchanges.ttl_s], chance=chance), max(soonest, now + AGAIN))
    made = MailRoute(
        hosts=tuple(name for _, name in exchanges.hosts),
        ipv4=ipv4,
        ipv6=ipv6,
        ipv6_later=ipv6 is True and _any(first, lambda host: host.ipv6) is False,
        looked_up_at=now,
        holds_until=until,
        problem=problem,
    )
    return _with_before(made, before, now=now)


def unanswered_route(before: MailRoute | None, problem: str, *, now: datetime) -> MailRoute:
    """The route where DNS did not tell: as it was known, until that is too old. Pure."""
    if before is None or before.looked_up_at is None or now - before.looked_up_at > STANDS:
        return MailRoute(holds_until=now + AGAIN, problem=problem)
    return replace(before, holds_until=now + AGAIN, problem=problem)


def _with_before(made: MailRoute, before: MailRoute | None, *, now: datetime) -> MailRoute:
    """What one host's silence hides stands as it was; and since when there is IPv6, where there was none."""
    if before is None or not before.known:
        return made
    elsewhere = set(made.hosts).isdisjoint(before.hosts)  # moved: of the new hosts nothing is known from before
    if made.problem and not elsewhere and before.looked_up_at is not None and now - before.looked_up_at <= STANDS:
        six = before.ipv6 if made.ipv6 is None else made.ipv6
        four = before.ipv4 if made.ipv4 is None else made.ipv4
        at = before.looked_up_at if None in (made.ipv4, made.ipv6) else now
        made = replace(made, ipv4=four, ipv6=six, looked_up_at=at)
    if made.ipv6 is not True:
        return made
    if before.ipv6 is False:
        return replace(made, ipv6_since=None if before.no_mail else now)
    return replace(made, ipv6_since=before.ipv6_since)


def _any(hosts: list[MailHost], of: Callable[[MailHost], bool | None]) -> bool | None:
    """Whether any host is known to have it; None where some may."""
    said = {of(each) for each in hosts}
    return True if True in said else None if None in said else False
