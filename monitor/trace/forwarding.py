"""Who stands between the list and the recipient's domain, with the list's reverse-path (RFC 7208 appendix D).

A forwarder that keeps the reverse-path makes SPF fail at the next border, and nothing that the list publishes can mend
that. A relay that the list itself uses has to be authorised. Received fields tell one from the other where they name
the recipient (RFC 5321 section 4.4): a forwarder sends the mail on to another address.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from monitor.trace.boundary import Path, PlacedHop, admd_of_host, are_kin, keeps_reverse_paths
from monitor.trace.header import Header

# Fields of hosts that deliver or forward, with the address that the mail was then for.
_RECIPIENT_FIELDS: Final = frozenset(
    {"delivered-to", "x-original-to", "x-forwarded-to", "x-forwarded-for", "envelope-to"}
)
_FOR: Final = re.compile(r"\bfor <?(?P<address>[^\s<>@;]{1,64}@[\w.-]{1,255})>?", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>@,;]{1,64}@[\w.-]{1,255}")


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
    recipients = _recipients(path, header)
    there = _addresses(recipients, visit)
    here = _addresses(recipients, path.hops[entry.hop.n - 1 :])
    changed = bool(there and here and not there & here)
    domains = frozenset(admd_of_host(each.rpartition("@")[2]) for each in there)
    return Between(
        admd=last.admd,
        sends_on=changed or last.admd in domains,
        keeps=entry.hop.client_ip is not None and keeps_reverse_paths(last.admd, entry.hop.client_ip),
        senders=frozenset(senders - {"", last.admd}),
        own=domains - {last.admd},
    )


def _addresses(recipients: Sequence[tuple[int, str]], hops: Sequence[PlacedHop]) -> set[str]:
    numbers = {each.hop.n for each in hops}
    return {address for n, address in recipients if n in numbers}


def _recipients(path: Path, header: Header) -> list[tuple[int, str]]:
    """(number of a hop, address that the mail was then for), lower case, as Received fields and others name them.

    A field stands above the Received field of the host that wrote it, or directly below.
    """
    return list(_named(path, header))


def _named(path: Path, header: Header) -> Iterator[tuple[int, str]]:
    n = len(path.hops) + 1
    for name, value in header:
        text = " ".join(value[:4096].decode("utf-8", "replace").split())
        if name == "received":
            n -= 1
            if n < 1:
                return
            for found in _FOR.finditer(text):
                yield n, found["address"].lower()
        elif name in _RECIPIENT_FIELDS:
            for found in _ADDRESS.finditer(text):
                yield max(1, n - 1), found[0].lower()
