"""Addresses without a reverse DNS name, or with one that does not lead back, and the record that ends it.

A PTR record names what the server says in EHLO. Nobody is told to publish anything at a name that is not theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from monitor.model.dns import IpAddress, PtrOutcome, PtrResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named, special_word

WHO = "whoever hands out the address"


class Host(NamedTuple):
    """The name of the host at an address."""

    name: str
    leads_there: bool | None  # whether its A or AAAA records have the address; None where DNS did not say


def reverse_findings(
    ptrs: Sequence[PtrOutcome], hosts: Mapping[IpAddress, Host], *, nameless: bool = False
) -> Iterator[Finding]:
    """The findings about reverse DNS. `hosts` has the host at each address, as far as it is known.

    `nameless` is a server that says a name in EHLO which the internet cannot know.
    """
    for ptr in ptrs:
        host = hosts.get(ptr.client_ip)
        if ptr.result is PtrResult.MISSING:
            yield _missing(ptr, host, nameless=nameless)
        elif ptr.result is PtrResult.MISMATCH:
            yield _mismatch(ptr, host, nameless=nameless)
        elif ptr.result is PtrResult.TEMPERROR:
            yield _unknown(ptr)


def _missing(ptr: PtrOutcome, host: Host | None, *, nameless: bool) -> Finding:
    if not can_be_named(ptr.client_ip):
        why = f"It is {special_word(ptr.client_ip)}: receivers see another address, and what they see was not checked."
    elif ptr.client_ip.version == 6:
        why = "Nearly all large receivers refuse mail over IPv6 without it."
    else:
        why = "Several large receivers refuse mail without it."
    return Finding(
        code="ptr.missing",
        severity=_severity(ptr),
        message=f"{ptr.client_ip} has no reverse DNS name (PTR). {why}" + _way_back(ptr.client_ip, host),
        evidence={"client_ip": str(ptr.client_ip)},
        fix=_pointer(ptr.client_ip, host, nameless=nameless),
        reference="RFC 1912 section 2.1",
    )


def _mismatch(ptr: PtrOutcome, host: Host | None, *, nameless: bool) -> Finding:
    """Where it names the host itself, only the way back is missing, which is the owner's to publish."""
    own_name = host is not None and host.name in ptr.names and can_be_named(ptr.client_ip)
    return Finding(
        code="ptr.mismatch",
        severity=_severity(ptr),
        message=f"The reverse DNS name of {ptr.client_ip}, {', '.join(ptr.names)}, does not lead back to it."
        + ("" if own_name else _way_back(ptr.client_ip, host)),
        evidence={"client_ip": str(ptr.client_ip), "names": list(ptr.names)},
        fix=Fix(action=FixAction.PUBLISH, name=host.name, type=_forward_type(ptr.client_ip), value=str(ptr.client_ip))
        if host is not None and own_name
        else _pointer(ptr.client_ip, host, nameless=nameless),
        reference="RFC 8601 section 2.7.3",
    )


def _way_back(address: IpAddress, host: Host | None) -> str:
    """What a PTR record to that name needs to be of use: the name has to lead back (RFC 8601 section 2.7.3)."""
    if host is None or host.leads_there is not False or not can_be_named(address):
        return ""
    return f" {host.name} needs an {_forward_type(address)} record with this address as well: it has none yet."


def _unknown(ptr: PtrOutcome) -> Finding:
    """Reverse DNS that could not be asked, or a name of it whose address could not: neither missing nor wrong."""
    names = ", ".join(ptr.unanswered or ptr.names)  # a check of before has no `unanswered`
    several = len(ptr.unanswered or ptr.names) > 1
    return Finding(
        code="ptr.temperror",
        severity=Severity.UNKNOWN,
        message=(
            f"DNS gave no usable answer for the address of {names}, {'reverse DNS names' if several else 'a reverse DNS name'} of "
            f"{ptr.client_ip}, so whether {'they lead' if several else 'it leads'} back is not known now. "
            if names
            else f"DNS gave no usable answer for the reverse DNS name (PTR) of {ptr.client_ip}, so whether it has one is not "
            "known now. "
        )
        + "If that lasts, receivers that meet the same put the mail off or refuse it: ask "
        + (
            f"whoever runs the name servers of {'those names' if several else 'that name'}."
            if names
            else "whoever hands out the address."
        ),
        evidence={"client_ip": str(ptr.client_ip), "names": list(ptr.unanswered or ptr.names), "problem": ptr.problem},
        reference="RFC 8601 section 2.7.3",
    )


def _pointer(address: IpAddress, host: Host | None, *, nameless: bool) -> Fix:
    """The PTR record to ask for; where the host's name is not known, or the address not public, what to find out."""
    if not can_be_named(address):
        value = f"Which public address does the mail leave from? {address} is {special_word(address)}: nobody sees it."
        return Fix(action=FixAction.ASK, name="whoever runs the mail server", type="", value=value)
    if host is None and nameless:
        value = (
            "Give the server a name in EHLO that the internet knows first: what it says now is none. Then a PTR record for "
            f"{address} with that name, which needs an {_forward_type(address)} record with this address."
        )
        return Fix(action=FixAction.ASK, name="whoever runs the mail server", type="", value=value)
    if host is None:
        value = (
            f"A PTR record for {address} with the name that the server says in EHLO, which needs "
            f"an {_forward_type(address)} record with this address."
        )
        return Fix(action=FixAction.ASK, name=WHO, type="", value=value)
    return Fix(action=FixAction.ASK, name=WHO, type="PTR", value=f"{address.reverse_pointer}. PTR {host.name}.")


def _forward_type(address: IpAddress) -> str:
    return "AAAA" if address.version == 6 else "A"


def _severity(ptr: PtrOutcome) -> Severity:
    """Over IPv6 large receivers demand it."""
    return Severity.CRITICAL if ptr.client_ip.version == 6 else Severity.WARNING
