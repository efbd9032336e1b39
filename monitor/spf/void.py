"""Which lookups found nothing, and why, in words: a name without an address of the family is no name that is missing.

RFC 7208 section 4.6.4 counts both as void. Pure.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Final

from monitor.dns.name import normal
from monitor.model.dns import DnsQuestion, SpfOutcome

NAMED: Final = 5  # names that are told of one reason
_ANSWERED: Final = {"NOERROR", "NXDOMAIN"}
_MISSING: Final = {  # (of one name, of several), by type
    "A": ("has no IPv4 address (A)", "have no IPv4 address (A)"),
    "AAAA": ("has no IPv6 address (AAAA)", "have no IPv6 address (AAAA)"),
    "PTR": ("has no name (PTR)", "have no name (PTR)"),
}


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


def why_void(lines: Sequence[DnsQuestion], denied: Container[str] = ()) -> str:
    """`a.example and b.example have no IPv6 address (AAAA); c.example does not exist`."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        if line.rcode == "NXDOMAIN" and line.name not in denied:
            reason = ("does not exist", "do not exist")
        else:
            record = f"no record of type {line.rrtype}"
            reason = _MISSING.get(line.rrtype, (f"has {record}", f"have {record}"))
        by_reason.setdefault(reason, []).append(line.name)
    return "; ".join(f"{_list(names)} {one if len(names) == 1 else more}" for (one, more), names in by_reason.items())


def void_evidence(lines: Sequence[DnsQuestion]) -> list[str]:
    """Each such lookup: `AAAA h1.example NOERROR`."""
    return [f"{line.rrtype} {line.name} {line.rcode}" for line in lines]


def _list(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
