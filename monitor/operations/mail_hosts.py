"""Where subscribers' domains receive their mail: MX hosts, so that a domain of one's own is placed at its provider."""

from collections.abc import Mapping

from monitor.dns.answer import Resolver
from monitor.errors import DnsUnavailable
from monitor.risk.reach import receiver_of

DOMAINS_ASKED = 25  # a check: those with the most subscribers; the resolver keeps the answers for as long as they hold
HOSTS_KEPT = 5  # a domain: the best are enough to know its provider


def mail_hosts(resolver: Resolver, subscribers: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """The MX hosts, best first, of the domains that are not known by name; a domain without MX is its own host.

    RFC 5321 section 5.1. Ends early where DNS does not answer: the domains left out stay unplaced until the next check.
    """
    unknown = [
        domain for domain in sorted(subscribers, key=lambda d: (-subscribers[d], d)) if receiver_of(domain) is None
    ]
    found: dict[str, tuple[str, ...]] = {}
    for domain in unknown[:DOMAINS_ASKED]:
        if "." not in domain:
            continue
        try:
            answer = resolver.lookup(domain, "MX")
        except DnsUnavailable:
            break
        hosts = tuple(host.rstrip(".") for _, host in sorted(answer.exchanges)[:HOSTS_KEPT])
        found[domain] = hosts or ((domain,) if answer.rcode == "NOERROR" else ())
    return found
