"""Whom `staysub check` asks about: a list of the configuration, or any domain, as the options would have it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from ipaddress import ip_address
from typing import TYPE_CHECKING

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
    hosts = _own_servers(resolver, domain)
    return Subject(
        list_id=None,
        domain=domain,
        reverse_path="" if null else (mail_from or f"postmaster@{domain}"),
        helo=helo or domain,
        outbound=options.ips or _addresses(resolver, hosts),
        hosts=() if helo else hosts[:HOSTS_MAX],
    )


def _own_servers(resolver: Resolver, domain: str) -> tuple[str, ...]:
    """The domain's MX hosts, or the domain itself without one (RFC 5321 section 5.1); none in DNS trouble."""
    try:
        exchanges = sorted(resolver.lookup(domain, "MX").exchanges)
    except DnsUnavailable:
        return ()  # the check itself says that DNS does not answer
    return tuple(host for _, host in exchanges) or (domain,)


def _addresses(resolver: Resolver, hosts: Iterable[str]) -> tuple[IpAddress, ...]:
    """Their addresses, as far as DNS answers."""
    found: list[IpAddress] = []
    try:
        for host in hosts:
            for rrtype in ("A", "AAAA"):
                found += [ip_address(str(address)) for address in resolver.lookup(host, rrtype).records]
    except DnsUnavailable:
        pass  # the check itself says that DNS does not answer
    return tuple(dict.fromkeys(found))
