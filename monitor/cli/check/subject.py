"""Whom `staysub check` asks about: a list of the configuration, or any domain, as the options would have it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from ipaddress import ip_address
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from monitor.cli.check.options import Options
from monitor.cli.lists import known_lists, searched_lists
from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable, UsageError
from monitor.model.dns import IpAddress
from monitor.model.lists import named
from monitor.operations.examine import Known
from monitor.operations.senders import senders_of
from monitor.spf.check import Subject
from monitor.spf.gate import distinct

if TYPE_CHECKING:  # imported where used: a domain needs no configuration
    from monitor.config.settings import Settings

HOSTS_MAX = 10  # mail servers whose names are tried for an address without a reverse name


def asked_about(
    settings: "Settings | None", target: str, options: Options, resolver: Resolver, *, now: datetime
) -> tuple[Subject, Known]:
    """A list, with what is recorded of it, or a domain. Raises UsageError where it is neither."""
    lists = () if settings is None else searched_lists(settings, target)
    listed = named(lists, target)
    if settings is None or listed is None:
        subject = of_domain(target, options, resolver, lists=[each.id for each in lists])
        others = () if settings is None else senders_of(subject.domain, lists, settings)
        return replace(subject, others=others), Known()
    from monitor.cli.check.recorded import of_list, recorded

    known = recorded(settings, listed, now=now)
    if options.elsewhere:  # what other servers say otherwise is no change
        known = replace(known, previous=None)
    return of_list(listed, known, options, known_lists(settings), settings), known


def of_domain(target: str, options: Options, resolver: Resolver, *, lists: Collection[str]) -> Subject:
    """The domain with the addresses named, else those of its own mail servers. Raises UsageError where it is none."""
    mail_from, helo = options.mail_from, options.helo
    null = mail_from in ("", "<>")  # then the name in EHLO is checked (RFC 7208 section 2.4)
    whose = (helo or target) if null else (mail_from or target)
    try:
        domain = a_label(whose.rpartition("@")[2])
    except InvalidName as error:
        raise UsageError(f"{target!r} is neither a list of the configuration nor a domain name.") from error
    if "." not in domain:
        near = get_close_matches(target, lists, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageError(
            f"{target!r} is neither a list of the configuration nor a domain name such as example.org.{hint}"
        )
    servers = _own_servers(resolver, domain, with_addresses=not options.ips)
    return Subject(
        list_id=None,
        domain=domain,
        reverse_path="" if null else (mail_from or f"postmaster@{domain}"),
        helo=helo or domain,
        outbound=options.ips or servers.addresses,
        hosts=() if helo else servers.hosts[:HOSTS_MAX],
        unanswered=None if options.ips else servers.unanswered,
    )


class _Servers(NamedTuple):
    """A domain's own mail servers, as far as DNS answers."""

    hosts: tuple[str, ...] = ()
    addresses: tuple[IpAddress, ...] = ()
    unanswered: str | None = None  # the first name that DNS gave no answer for


def _own_servers(resolver: Resolver, domain: str, *, with_addresses: bool) -> _Servers:
    """The domain's MX hosts, or the domain itself without one (RFC 5321 section 5.1), and their addresses."""
    try:
        exchanges = sorted(resolver.lookup(domain, "MX").exchanges)
    except DnsUnavailable:
        return _Servers((domain,), unanswered=domain)
    hosts = tuple(host for _, host in exchanges) or (domain,)
    found: list[IpAddress] = []
    silent: list[str] = []
    for host, rrtype in product(hosts if with_addresses else (), ("A", "AAAA")):
        try:
            found += [ip_address(str(address)) for address in resolver.lookup(host, rrtype).records]
        except DnsUnavailable:
            silent.append(host)
    return _Servers(hosts, tuple(distinct(found)), next(iter(silent), None))
