"""What a check asks about a list beside SPF: its keys, DMARC, mail hosts, the names that its mail leaves from."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from monitor.dkim.key_check import key_findings, key_outcomes
from monitor.dmarc.evaluate import alignment
from monitor.dmarc.facts import dmarc_facts
from monitor.dns.answer import Resolver
from monitor.dns.changes import compared
from monitor.dns.facts import Watched, facts, ptr_facts
from monitor.dns.name import normal
from monitor.evidence.signing import believed
from monitor.model.dns import About, read_address
from monitor.model.evidence import CheckOutcome
from monitor.model.signing import DkimKey, SignedAs
from monitor.spf.check import Subject, with_findings


def with_dns_facts(
    outcome: CheckOutcome,
    resolver: Resolver,
    subject: Subject,
    previous: CheckOutcome | None,
    *,
    signed: Sequence[SignedAs],
    stated: SignedAs | None,
    keys: Sequence[DkimKey],
) -> CheckOutcome:
    """The outcome with the facts, what has changed in them since the check before, and the keys judged.

    Where we ourselves cannot see nobody is asked, and all is as the check before knew it.
    """
    watched, domains = tuple(_watched(subject, keys)), _domains(subject)
    asked = [(each.name, each.rrtype) for each in watched] + [(each, "TXT") for each in domains]
    asked += [(str(each.client_ip), "PTR") for each in outcome.ptrs]
    seen = (
        () if outcome.ours else (*ptr_facts(outcome.ptrs), *facts(resolver, watched), *dmarc_facts(resolver, domains))
    )
    since = None if previous is None else previous.evaluated_at
    now = outcome.evaluated_at
    kept, changes = compared(() if previous is None else previous.facts, seen, asked, since=since or now, at=now)
    known = key_outcomes(keys, kept, () if previous is None else previous.keys, since=since)
    signed = tuple(_aligned(each, resolver) for each in believed(signed, stated, known))
    found = () if outcome.ours else key_findings(known, signed, kept)
    outcome = replace(outcome, facts=kept, keys=known, signed=signed)
    return with_findings(outcome, chain(changes, found))


def _aligned(one: SignedAs, resolver: Resolver) -> SignedAs:
    """With whether its domain aligns, where a message or report has shown who stands in From."""
    if one.key is None or one.author_domain is None:
        return one
    return replace(one, aligned=alignment(one.author_domain, one.key.domain, resolver))


def _watched(subject: Subject, keys: Sequence[DkimKey]) -> Iterator[Watched]:
    for key in keys:
        yield Watched(About.DKIM, normal(key.name), "TXT")
    for domain in _domains(subject, authors=False):
        yield Watched(About.MX, domain, "MX")
    for host in dict.fromkeys(normal(each) for each in (subject.helo, *subject.names) if _is_host(each)):
        for rrtype in ("A", "AAAA"):
            yield Watched(About.ADDRESS, host, rrtype)


def _is_host(name: str) -> bool:
    """Whether it is a name that DNS can be asked for: no address, no bare word."""
    return "." in name and read_address(name) is None


def _domains(subject: Subject, *, authors: bool = True) -> tuple[str, ...]:
    """Those of the list's reverse-path and of its own address; and of its authors."""
    own = (subject.domain, subject.posts_to or subject.domain)
    return tuple(dict.fromkeys(map(normal, (*own, *(subject.author_domains if authors else ())))))
