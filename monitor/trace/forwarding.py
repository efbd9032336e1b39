"""Who stands between the list and the recipient's domain, with the list's reverse-path (RFC 7208 appendix D).

A forwarder that keeps the reverse-path makes SPF fail at the next border, and nothing that the list publishes can mend
that. A relay that the list itself uses has to be authorised. Received fields tell one from the other where they name
the recipient (RFC 5321 section 4.4): a forwarder sends the mail on to another address.
"""

from dataclasses import dataclass
from typing import Literal

from monitor.trace.boundary import Path, admd_of_host, are_kin, keeps_reverse_paths
from monitor.trace.header import Header
from monitor.trace.recipients import ANYWHERE, recipient_domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The domain from which the recipient's took the mail, which had it from another."""

    admd: str
    sends_on: bool  # to another address than it was given the mail for, or as a service that does nothing else
    keeps: bool  # keeps every reverse-path there
    senders: frozenset[str]  # domains that the mail had been through before
    own: frozenset[str]  # domains whose mail it was given: of a host for lists, the list's

    def role(self, domain: str | None) -> Literal["sender", "forwarder", "unclear"]:
        """What it is to a reverse-path of that domain, None where nobody tells which.

        The sender is it to reverse-paths of its own, and of a list that it runs.
        """
        writer = admd_of_host(domain or "")
        if writer and (writer in self.own or are_kin(writer, self.admd)):
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
    named = [(n, admd_of_host(domain)) for n, domain in recipient_domains(header, len(path.hops))]
    there = {domain for n, domain in named if first.hop.n <= n <= last.hop.n}
    here = {domain for n, domain in named if n == entry.hop.n}
    looped = last.admd in {domain for n, domain in named if n == ANYWHERE}
    return Between(
        admd=last.admd,
        sends_on=last.admd in there or looped or bool(there and here and not there & here),
        keeps=entry.hop.client_ip is not None and keeps_reverse_paths(last.admd, entry.hop.client_ip),
        senders=frozenset(senders - {"", last.admd}),
        own=frozenset(there - {last.admd}),
    )
