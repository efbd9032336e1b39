"""For whom the mail was at each hop, as far as fields tell: domains alone, for addresses are nobody's business here."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from monitor.model.evidence import Hop
from monitor.trace.authentication import RESULTS, SPF, read_field
from monitor.trace.boundary import admd_of_host
from monitor.trace.gateway import is_internal_address
from monitor.trace.header import Header
from monitor.trace.received import FIELD_CHARS_MAX

ANYWHERE: Final = 0  # no number of a hop
ADDRESSES_CHARS_MAX: Final = 1024  # three addresses at their longest (RFC 5321 section 4.5.3.1)
NEWEST_FIELDS_MAX: Final = 16  # with results about the newest hops: more of them no receiver writes

# Fields of hosts that deliver or forward, with the address that the mail was then for: above their Received field …
_ABOVE: Final = frozenset({"delivered-to", "x-original-to", "x-forwarded-to", "x-forwarded-for", "envelope-to"})
# … or anywhere, where they keep mail from being forwarded in circles.
_ANYWHERE: Final = frozenset({"x-ms-exchange-forwardingloop", "x-ms-exchange-inbox-rules-loop", "x-loop"})
_FOR: Final = re.compile(r"\bfor <?[^\s<>@;]{1,64}@(?P<domain>[\w.-]{1,255})", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>@,;]{1,64}@(?P<domain>[\w.-]{1,255})")


def recipient_domains(header: Header, hops: int) -> Iterator[tuple[int, str]]:
    """(number of a hop or ANYWHERE, domain of a recipient there) of a message with so many hops, newest first."""
    n = hops + 1
    for name, value in header:
        if name == "received":
            n = max(1, n - 1)
            yield from ((n, domain) for domain in _domains(_FOR, value[:FIELD_CHARS_MAX]))
        elif name in _ABOVE:
            yield from ((max(1, n - 1), domain) for domain in _domains(_ADDRESS, value[:ADDRESSES_CHARS_MAX]))
        elif name in _ANYWHERE:
            yield from ((ANYWHERE, domain) for domain in _domains(_ADDRESS, value[:ADDRESSES_CHARS_MAX]))


def _domains(named: re.Pattern[str], value: bytes) -> Iterator[str]:
    text = " ".join(value.decode("utf-8", "replace").split())
    return (found["domain"] for found in named.finditer(text))


def unnamed_receiver(header: Header, hops: Sequence[Hop]) -> str | None:
    """The recipient's domain in place of hosts that give themselves no name in the DNS, as containers often do.

    Only where they judged an address inside: otherwise a bare word is a host of the domain that it had the mail from.
    """
    unnamed = list(takewhile(lambda hop: not admd_of_host(hop.by_host), reversed(hops)))
    inside = {hop.client_ip for hop in unnamed if hop.client_ip is not None and is_internal_address(hop.client_ip)}
    if not inside:
        return None
    fields = islice((field for field in header if field[0] in {SPF, RESULTS}), NEWEST_FIELDS_MAX)
    results = (each for name, value in fields for each in read_field(name, value))
    if not any(each.method == "spf" and each.client_ip in inside for each in results):
        return None
    return next((domain for n, domain in recipient_domains(header, len(hops)) if n >= unnamed[-1].n), None)
