"""The DMARC record that holds for a domain, as a fact that is looked at for changes."""

from collections.abc import Iterable, Iterator

from monitor.dmarc.policy import organizational_domain, walk
from monitor.dns.answer import Resolver
from monitor.dns.facts import bounded
from monitor.dns.name import InvalidName, a_label
from monitor.errors import DnsUnavailable
from monitor.model.dns import About, DnsFact


def dmarc_facts(resolver: Resolver, domains: Iterable[str]) -> Iterator[DnsFact]:
    """One for each domain: `lists.example.org` has `example.org: v=DMARC1; p=none` where its organisation's holds.

    A domain whose tree walk (RFC 9989 section 4.10) nobody answered is left out.
    """
    for domain in dict.fromkeys(domains):
        try:
            name = a_label(domain)
            records = walk(resolver, name)
        except (DnsUnavailable, InvalidName):
            continue
        holding = next((each for each in records if each.domain == name), None) or next(
            (each for each in records if each.domain == organizational_domain(name, records)), None
        )
        answers = () if holding is None else bounded([f"{holding.domain}: {holding.text}"])
        yield DnsFact(about=About.DMARC, name=name, rrtype="TXT", answers=answers)
