"""Asking DNS about a list's domain: MX, addresses, reverse names, SPF; side by side, and never for long."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Thread
from typing import Final, TypeVar

from monitor.admission.data import RuleSet
from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.deadline import DeadlineResolver
from monitor.dns.mail_route import exchanges_of, is_host
from monitor.dns.ptr import reverse
from monitor.model.dns import Identity, IpAddress, SpfResult
from monitor.proposal.found import Arrival, Found, Host
from monitor.proposal.providers import provider_of
from monitor.spf.check_host import check_host

K = TypeVar("K")
V = TypeVar("V")
WITHIN: Final = timedelta(seconds=20)  # for all questions together: somebody waits at a terminal


def look(domain: str, resolver: Resolver, rules: RuleSet, *, now: datetime, within: timedelta = WITHIN) -> Found:
    """What DNS tells of that domain; what it does not tell is silent or missing in it. `domain` is in A-labels."""
    asked = DeadlineResolver(resolver, within)
    try:
        exchanges = exchanges_of(domain, asked)
    except Unanswered as error:
        return Found(domain=domain, arrival=Arrival.SILENT, problem=str(error))
    if not exchanges.hosts:
        return Found(domain=domain, arrival=Arrival.NULL_MX if exchanges.null_mx else Arrival.NO_DOMAIN)
    names = [name for _, name in exchanges.hosts]
    asked_of = together((name for name in names if is_host(name)), lambda name: _host(name, asked, rules))
    hosts = tuple(asked_of.get(name, Host(name=name)) for name in names)
    implicit = names == [domain]
    if implicit and not hosts[0].addresses:
        silent = hosts[0].problem
        return Found(domain=domain, arrival=Arrival.SILENT if silent else Arrival.NOWHERE, problem=silent)
    found = Found(domain=domain, arrival=Arrival.DOMAIN if implicit else Arrival.MX, hosts=hosts)
    public = found.public
    records = together([domain], lambda name: _spf(name, asked))[domain]
    found = replace(found, spf=records, reverse=together(public, lambda each: reverse(asked, each)))
    if not records:
        return found
    helo = next(iter(found.names), domain)
    return replace(found, verdicts=together(public, lambda each: _verdict(domain, helo, each, asked, now)))


def together(keys: Iterable[K], ask: Callable[[K], V]) -> dict[K, V]:
    """What `ask` gives for each key, in their order. In threads that hold nobody up who does not want to wait."""
    asked: dict[K, Future[V]] = {}
    for key in keys:
        asked[key] = Future()
        Thread(target=_settle, args=(asked[key], ask, key), daemon=True, name="look").start()
    return {key: future.result() for key, future in asked.items()}


def _settle(future: Future[V], ask: Callable[[K], V], key: K) -> None:
    try:
        future.set_result(ask(key))
    except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
        future.set_exception(error)


def _host(name: str, resolver: Resolver, rules: RuleSet) -> Host:
    found: list[IpAddress] = []
    problem = ""
    for rrtype in ("A", "AAAA"):
        try:
            found += [ip_address(each) for each in resolver.lookup(name, rrtype).strings]
        except Unanswered as error:
            problem = problem or str(error)
    return Host(name=name, addresses=tuple(found), provider=provider_of(name, rules), problem=problem)


def _spf(domain: str, resolver: Resolver) -> tuple[str, ...] | None:
    """Its records (RFC 7208 section 4.5); None where DNS does not tell."""
    try:
        texts = resolver.lookup(domain, "TXT").texts
    except Unanswered:
        return None
    begins = [text.decode("utf-8", "backslashreplace") for text in texts]
    return tuple(text for text in begins if text.lower().split(" ", 1)[0] == "v=spf1")


def _verdict(domain: str, helo: str, address: IpAddress, resolver: Resolver, now: datetime) -> SpfResult:
    path = f"postmaster@{domain}"
    return check_host(
        resolver, client_ip=address, reverse_path=path, helo=helo, identity=Identity.MAILFROM, now=now
    ).result
