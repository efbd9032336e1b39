"""Addresses without a reverse DNS name, or with one that does not lead back, and the record that ends it.

A PTR record names what the server says in EHLO. Nobody is told to publish anything at a name that is not theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from monitor.model.dns import IpAddress, PtrOutcome, PtrResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named, special_word
from monitor.phrase.phrase import Phrase, joined, listed, plural, say
from monitor.spf.special_words import special_kind

WHO = say("whoever hands out the address")


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
        why = say(
            "It is {kind}: receivers see another address, and what they see was not checked.",
            kind=special_kind(special_word(ptr.client_ip)),
        )
    elif ptr.client_ip.version == 6:
        why = say("Nearly all large receivers refuse mail over IPv6 without it.")
    else:
        why = say("Several large receivers refuse mail without it.")
    missing = say("{address} has no reverse DNS name (PTR).", address=ptr.client_ip)
    return Finding(
        code="ptr.missing",
        severity=_severity(ptr),
        message=joined(" ", (missing, why, _way_back(ptr.client_ip, host))),
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
        message=joined(
            " ",
            (
                say(
                    "The reverse DNS name of {address}, {names}, does not lead back to it.",
                    address=ptr.client_ip,
                    names=listed(ptr.names, "comma"),
                ),
                "" if own_name else _way_back(ptr.client_ip, host),
            ),
        ),
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
    return say(
        "{name} needs an {type} record with this address as well: it has none yet.",
        name=host.name,
        type=_forward_type(address),
    )


def _unknown(ptr: PtrOutcome) -> Finding:
    """Reverse DNS that could not be asked, or a name of it whose address could not: neither missing nor wrong."""
    names = ptr.unanswered or ptr.names  # a check of before has no `unanswered`
    return Finding(
        code="ptr.temperror",
        severity=Severity.UNKNOWN,
        message=_not_known(ptr, names),
        evidence={"client_ip": str(ptr.client_ip), "names": list(names), "problem": ptr.problem},
        reference="RFC 8601 section 2.7.3",
    )


def _not_known(ptr: PtrOutcome, names: Sequence[str]) -> Phrase:
    if not names:
        return say(
            "DNS gave no usable answer for the reverse DNS name (PTR) of {address}, so whether it has one is not known now. "
            "If that lasts, receivers that meet the same put the mail off or refuse it: ask whoever hands out the address.",
            address=ptr.client_ip,
        )
    return plural(
        "DNS gave no usable answer for the address of {names}, a reverse DNS name of {address}, so whether it leads back is "
        "not known now. If that lasts, receivers that meet the same put the mail off or refuse it: ask whoever runs the "
        "name servers of that name.",
        "DNS gave no usable answer for the address of {names}, reverse DNS names of {address}, so whether they lead back is "
        "not known now. If that lasts, receivers that meet the same put the mail off or refuse it: ask whoever runs the "
        "name servers of those names.",
        len(names),
        names=listed(names, "comma"),
        address=ptr.client_ip,
    )


def _pointer(address: IpAddress, host: Host | None, *, nameless: bool) -> Fix:
    """The PTR record to ask for; where the host's name is not known, or the address not public, what to find out."""
    if not can_be_named(address):
        value = say(
            "Which public address does the mail leave from? {address} is {kind}: nobody sees it.",
            address=address,
            kind=special_kind(special_word(address)),
        )
        return Fix(action=FixAction.ASK, name=say("whoever runs the mail server"), type="", value=value)
    if host is None and nameless:
        value = say(
            "Give the server a name in EHLO that the internet knows first: what it says now is none. Then a PTR record for "
            "{address} with that name, which needs an {type} record with this address.",
            address=address,
            type=_forward_type(address),
        )
        return Fix(action=FixAction.ASK, name=say("whoever runs the mail server"), type="", value=value)
    if host is None:
        value = say(
            "A PTR record for {address} with the name that the server says in EHLO, which needs an {type} record with "
            "this address.",
            address=address,
            type=_forward_type(address),
        )
        return Fix(action=FixAction.ASK, name=WHO, type="", value=value)
    return Fix(action=FixAction.ASK, name=WHO, type="PTR", value=f"{address.reverse_pointer}. PTR {host.name}.")


def _forward_type(address: IpAddress) -> str:
    return "AAAA" if address.version == 6 else "A"


def _severity(ptr: PtrOutcome) -> Severity:
    """Over IPv6 large receivers demand it."""
    return Severity.CRITICAL if ptr.client_ip.version == 6 else Severity.WARNING
