"""Which lookups found nothing, and why, in words: a name without an address of the family is no name that is missing.

RFC 7208 section 4.6.4 counts both as void. Pure.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Final

from monitor.dns.name import normal
from monitor.model.dns import DnsQuestion, SpfOutcome
from monitor.phrase.phrase import Phrase, joined, listed, plural, say

NAMED: Final = 5  # names that are told of one reason
_ANSWERED: Final = {"NOERROR", "NXDOMAIN"}
_NO_NAME: Final = "NXDOMAIN"  # in place of a type: there is no such name


def void_questions(outcomes: Iterable[SpfOutcome]) -> tuple[DnsQuestion, ...]:
    """The questions of these evaluations that found nothing; the one for the domain's own record counts for none."""
    found = {
        (line.name, line.rrtype): line
        for outcome in outcomes
        for line in outcome.trace
        if line.rcode in _ANSWERED and not line.answers and (line.name, line.rrtype) != (normal(outcome.domain), "TXT")
    }
    return tuple(found.values())


def only_without_ipv6(lines: Sequence[DnsQuestion], denied: Container[str] = ()) -> bool:
    """Whether nothing was missing but IPv6 addresses of hosts that exist; `denied` do, whatever their server says."""
    return bool(lines) and all(
        line.rrtype == "AAAA" and (line.rcode == "NOERROR" or line.name in denied) for line in lines
    )


def why_void(lines: Sequence[DnsQuestion], denied: Container[str] = ()) -> Phrase:
    """`a.example and b.example have no IPv6 address (AAAA); c.example does not exist`."""
    missing: dict[str, list[str]] = {}  # names by what is missing
    for line in lines:
        absent = line.rcode == "NXDOMAIN" and line.name not in denied
        missing.setdefault(_NO_NAME if absent else line.rrtype, []).append(line.name)
    return joined("; ", (_missing(what, names) for what, names in missing.items()))


def _missing(what: str, names: Sequence[str]) -> Phrase:
    number, said = len(names), _list(names)
    if what == _NO_NAME:
        return plural("{names} does not exist", "{names} do not exist", number, names=said)
    if what == "A":
        return plural("{names} has no IPv4 address (A)", "{names} have no IPv4 address (A)", number, names=said)
    if what == "AAAA":
        return plural("{names} has no IPv6 address (AAAA)", "{names} have no IPv6 address (AAAA)", number, names=said)
    if what == "PTR":
        return plural("{names} has no name (PTR)", "{names} have no name (PTR)", number, names=said)
    return plural(
        "{names} has no record of type {type}", "{names} have no record of type {type}", number, names=said, type=what
    )


def void_evidence(lines: Sequence[DnsQuestion]) -> list[str]:
    """Each such lookup: `AAAA h1.example NOERROR`."""
    return [f"{line.rrtype} {line.name} {line.rcode}" for line in lines]


def _list(names: Sequence[str]) -> Phrase:
    if len(names) > NAMED:
        return say("{names} and {n} more", names=listed(names[:NAMED], "comma"), n=len(names) - NAMED)
    return listed(names)
