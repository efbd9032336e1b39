"""Who stands between the list and the recipient's domain, with the list's reverse-path (RFC 7208 appendix D).

A forwarder that keeps the reverse-path makes SPF fail at the next border, and nothing that the list publishes can mend
that. A relay that the list itself uses has to be authorised. Received fields tell one from the other where they name
the recipient (RFC 5321 section 4.4): a forwarder sends the mail on to another address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from monitor.trace.boundary import Path, admd_of_host, are_kin, keeps_reverse_paths
from monitor.trace.header import Header
from monitor.trace.received import FIELD_CHARS_MAX

# Fields of hosts that deliver or forward, with the address that the mail was then for: above their Received field …
_RECIPIENT_FIELDS: Final = frozenset(
    {"delivered-to", "x-original-to", "x-forwarded-to", "x-forwarded-for", "envelope-to"}
)
# … or anywhere, where they keep mail from being forwarded in circles.
_LOOP_FIELDS: Final = frozenset({"x-ms-exchange-forwardingloop", "x-ms-exchange-inbox-rules-loop", "x-loop"})
_FOR: Final = re.compile(r"\bfor <?[^\s<>@;]{1,64}@(?P<domain>[\w.-]{1,255})", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>@,;]{1,64}@(?P<domain>[\w.-]{1,255})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The domain from which the recipient's took the mail, which had it from another."""

    admd: str
    sends_on: bool  # to another address than it was given the mail for, or as a service that does nothing else
    keeps: bool  # keeps every reverse-path there
    senders: frozenset[str]  # domains that the mail had been through before
    own: frozenset[str]  # domains whose mail it was given: of a host for lists, the list's

    def role(self, domain: str) -> Literal["sender", "forwarder", "unclear"]:
        """What it is to a reverse-path of that domain.

        The sender is it to reverse-paths of its own, and of a list that it runs.
        """
        writer = admd_of_host(domain)
        if writer in self.own or are_kin(writer, self.admd):
            return "sender"
        return "forwarder" if self.keeps or (self.sends_on and writer in self.senders) else "unclear"


def who_is_between(path: Path, header: Header) -> Between | None:
    """Who gave the mail to the recipient's domain, where it is neither that nor where the mail comes from."""
    entry = path.entry
    if entry is None or entry.hop.n < 2 or entry.between_customers:
        return None
    last = path.hops[entry.hop.n - 2]
    visit = [each for each in path.visit_of(last.hop.n) if each.hop.n < entry.hop.n]
    first = visit[0]
    if not last.admd or not first.crossing or first.hop.with_protocol.endswith("A"):
        return None  # it comes from there: written there, or submitted by a user of its (RFC 3848: ESMTPA, ESMTPSA)
    before = path.hops[: first.hop.n - 1]
    senders = {each.admd for each in before} | {admd_of_host(each.hop.from_host) for each in (*before, first)}
    named = list(_recipient_domains(path, header))
    there = {domain for n, domain in named if first.hop.n <= n <= last.hop.n}
    here = {domain for n, domain in named if n == entry.hop.n}
    looped = last.admd in {domain for n, domain in named if n == _ANYWHERE}
    return Between(
        admd=last.admd,
        sends_on=last.admd in there or looped or bool(there and here and not there & here),
        keeps=entry.hop.client_ip is not None and keeps_reverse_paths(last.admd, entry.hop.client_ip),
        senders=frozenset(senders - {"", last.admd}),
        own=frozenset(there - {last.admd}),
    )


_ANYWHERE: Final = 0  # no number of a hop


def _recipient_domains(path: Path, header: Header) -> Iterator[tuple[int, str]]:
    """(number of a hop, domain that the mail was then for), as Received fields and others name their recipients."""
    n = len(path.hops) + 1
    for name, value in header:
        text = " ".join(value[:FIELD_CHARS_MAX].decode("utf-8", "replace").split())
        if name == "received":
            n = max(1, n - 1)
            yield from ((n, admd_of_host(found["domain"])) for found in _FOR.finditer(text))
        elif name in _RECIPIENT_FIELDS:
            yield from ((max(1, n - 1), admd_of_host(found["domain"])) for found in _ADDRESS.finditer(text))
        elif name in _LOOP_FIELDS:
            yield from ((_ANYWHERE, admd_of_host(found["domain"])) for found in _ADDRESS.finditer(text))
