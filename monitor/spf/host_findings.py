"""What is wrong beside the record: with the name in EHLO, the addresses that mail leaves from, old records. Pure."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network
from typing import Final

from monitor.model.dns import Identity, IpAddress, SpfOutcome, SpfResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import can_be_named
from monitor.phrase.phrase import Phrase, listed, say
from monitor.spf.facts import SpfFacts

PREFIX_OF_A_HOST: Final = 64  # bits; one link, so one host or its neighbours (RFC 4291 section 2.5.4)


def helo_findings(facts: SpfFacts) -> Iterator[Finding]:
    """HELO names whose own SPF record refuses the host that says them; without a record there is nothing to say."""
    others = [each for each in facts.of(Identity.HELO) if each.domain != facts.domain]  # that was said above
    unknown = [each for each in others if each.result is SpfResult.TEMPERROR]
    if unknown:
        yield Finding(
            code="dns.temperror",
            severity=Severity.UNKNOWN,
            message=say(
                "DNS did not answer while the SPF record of {helo}, the name in EHLO, was followed for {addresses}. "
                "A receiver that meets the same may put the mail off.",
                helo=unknown[0].domain,
                addresses=addresses(unknown),
            ),
            evidence={"helo": unknown[0].domain, "addresses": texts(unknown), "problem": unknown[0].problem},
            reference="RFC 7208 section 2.3",
        )
    broken = [each for each in others if each.result is SpfResult.PERMERROR]
    refused = [each for each in others if each.result is SpfResult.FAIL]
    if broken:
        why = say(
            "The server greets as {helo}, whose own SPF record cannot be used: {problem}. "
            "Bounces, which have no sender, are checked by it.",
            helo=broken[0].domain,
            problem=broken[0].problem,
        )
        yield _helo_refused(broken, why, say("Mend the SPF record of that name."))
    if refused:
        why = say(
            "The server greets as {helo}, but that name's own SPF record does not let {addresses} use it. "
            "Bounces, which have no sender, are checked by it.",
            helo=refused[0].domain,
            addresses=addresses(refused),
        )
        named = [each for each in refused if can_be_named(each.client_ip)]
        what = say("Name {addresses} in the SPF record of that name.", addresses=addresses(named)) if named else None
        yield _helo_refused(refused, why, what)


def _helo_refused(outcomes: Sequence[SpfOutcome], message: Phrase, what: Phrase | None) -> Finding:
    helo = outcomes[0].domain
    return Finding(
        code="helo.not-authorised",
        severity=Severity.WARNING,
        message=message,
        evidence={"helo": helo, "addresses": texts(outcomes), "result": outcomes[0].result.value},
        fix=None
        if what is None
        else Fix(action=FixAction.ASK, name=say("who publishes {domain}", domain=helo), type="", value=what),
        reference="RFC 7208 section 2.3",
    )


def outbound_findings(facts: SpfFacts) -> Iterator[Finding]:
    """Where the addresses that the receiver saw are not those that the configuration declares."""
    networks = {
        IPv6Network((int(each), PREFIX_OF_A_HOST), strict=False): each for each in facts.declared if each.version == 6
    }
    for address in facts.observed:
        if address in facts.declared:
            continue
        kin = next((each for network, each in networks.items() if address in network), None)
        yield Finding(
            code="outbound.undeclared",
            severity=Severity.WARNING,
            message=say(
                "The list's mail also leaves from {address}, which is not among its declared addresses. "
                "It lies in the same /64 as {kin}: the server changes its address. Give it a fixed one for mail.",
                address=address,
                kin=kin,
            )
            if kin
            else say(
                "The list's mail also leaves from {address}, which is not among its declared addresses. "
                "Declare it, so that it is checked, or find out who sends there.",
                address=address,
            ),
            evidence={"client_ip": str(address), "same_network_as": None if kin is None else str(kin)},
            fix=_declare(address, kin),
            reference="RFC 8981 section 3" if kin else "RFC 7208 section 2.5",
        )
    unused = [each for each in facts.declared if each.version == 6 and each not in facts.observed]
    if facts.observed and unused:
        yield Finding(
            code="outbound.unused",
            severity=Severity.INFO,
            message=say(
                "No probe left from {addresses} lately, though the configuration declares it.",
                addresses=listed(map(str, unused), "comma"),
            ),
            evidence={"addresses": [str(each) for each in unused]},
            reference="RFC 7208 section 2.5",
        )


def _declare(address: IpAddress, kin: IpAddress | None) -> Fix:
    """A fixed address for a host that changes its own; else the declaration."""
    if kin is not None:
        value = say(
            "Let it send from {address} always, not from an address that it makes up (a temporary or stable-privacy one).",
            address=kin,
        )
        return Fix(action=FixAction.CHANGE, name=say("the mail server's address"), type="", value=value)
    value = say(
        "If {address} sends the list's mail, add it to `outbound`; if not, find out who sends from there.",
        address=address,
    )
    return Fix(action=FixAction.CHANGE, name=say("the list's configuration"), type="", value=value)


def given_up_findings(facts: SpfFacts) -> Iterator[Finding]:
    """Records under the type SPF."""
    if facts.type99:
        yield Finding(
            code="spf.type-99",
            severity=Severity.INFO,
            message=_given_up(facts),
            evidence={"records": list(facts.type99)},
            fix=Fix(
                action=FixAction.REMOVE,
                name=say("every record of type SPF at {domain}", domain=facts.domain),
                type="",
                value=say("Keep the TXT record only.")
                if facts.records
                else say("What it says has to stand in a TXT record."),
            ),
            reference="RFC 7208 section 3.1",
        )


def _given_up(facts: SpfFacts) -> Phrase:
    """What is published under the type that nobody asks for."""
    if facts.records == ():
        return say(
            "{domain} publishes its record only under the DNS type SPF, which was given up and is not asked for.",
            domain=facts.domain,
        )
    if facts.records and set(facts.type99) != set(facts.records):
        return say(
            "{domain} also publishes its record under the DNS type SPF, which was given up and is not asked for, and which "
            "says something else than the TXT record.",
            domain=facts.domain,
        )
    return say(
        "{domain} also publishes its record under the DNS type SPF, which was given up and is not asked for.",
        domain=facts.domain,
    )


def texts(outcomes: Sequence[SpfOutcome]) -> list[str]:
    """The addresses as evidence."""
    return [str(each.client_ip) for each in outcomes]


def addresses(outcomes: Sequence[SpfOutcome]) -> Phrase:
    """The addresses in a sentence."""
    return listed(texts(outcomes))
