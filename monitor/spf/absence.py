"""Why there is no SPF record at a name: there is no such name, or a TXT record that is nearly one, or nothing. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.dns.answer import Answer
from monitor.inert import inert
from monitor.model.findings import Evidence, Finding, Fix, FixAction, Severity
from monitor.model.organisation import organisation
from monitor.phrase.phrase import Phrase, joined, say
from monitor.spf.near_misses import NearMiss, near_misses
from monitor.spf.record import spf_texts
from monitor.spf.tree import Node

NAMED: Final = 3  # near misses that are told of one name

_UNREACHABLE: Final = say(
    "It has no MX, A or AAAA record either: bounces lead nowhere, and many receivers refuse such a sender."
)
_REFUSED: Final = say("Receivers that demand SPF or DKIM refuse mail that carries neither.")


def why_none(node: Node) -> Phrase:
    """Why what stands at a name is no SPF record, of each that is nearly one; "" where there is nothing of the kind."""
    return joined(
        "; ",
        (
            say("the TXT record `{record}` is none, because {why}", record=inert(each.text), why=each.sentence)
            for each in near_misses(node.txt)[:NAMED]
        ),
    )


def near_miss_evidence(node: Node) -> Evidence:
    """The near misses there, with what is wrong with each."""
    misses = near_misses(node.txt)[:NAMED]
    if not misses:
        return {}
    return {
        "near_miss": [inert(each.text) for each in misses],
        "faults": [fault for each in misses for fault in each.faults],
    }


def meant_record(node: Node) -> str | None:
    """The one record that was probably meant at a name without any; None where there is none, or several."""
    meant = {each.mended for each in near_misses(node.txt)}
    return next(iter(meant)) if node.records == () and len(meant) == 1 else None


def with_record(heard: Mapping[tuple[str, str], Answer], domain: str) -> tuple[str, ...]:
    """Names of the domain's organisation that were asked for and have an SPF record: those next to where it belongs."""
    return tuple(
        name
        for (name, rrtype), answer in heard.items()
        if rrtype == "TXT" and name != domain and organisation(name) == organisation(domain) and spf_texts(answer.texts)
    )


def no_record(tree: Node, *, reachable: bool, elsewhere: Sequence[str] = ()) -> Finding:
    """The finding about the list's own domain, without an SPF record.

    `reachable`: it has hosts that take mail. `elsewhere`: names beside it that have a record.
    """
    if not tree.exists:
        return Finding(
            code="dns.no-such-domain",
            severity=Severity.CRITICAL,
            message=say(
                "{domain} does not exist in DNS (NXDOMAIN). Nothing can be sent back to an address there, and "
                "many receivers refuse every message with such a sender, whatever else it carries.",
                domain=tree.domain,
            ),
            evidence={"domain": tree.domain},
            fix=Fix(
                action=FixAction.ASK,
                name=say("whoever registers and publishes {domain}", domain=tree.domain),
                type="",
                value=say(
                    "is {domain} written right, is its registration paid, is it delegated? If it is to be new: give "
                    "it an MX record, so that bounces arrive, and an SPF record",
                    domain=tree.domain,
                ),
            ),
            reference="RFC 7208 section 4.3",
        )
    misses = near_misses(tree.txt)
    why, parts = why_none(tree), {"domain": tree.domain}
    nothing = (
        say("{domain} has no SPF record that receivers recognise: {why}.", why=why, **parts)
        if why
        else say("{domain} has no SPF record.", **parts)
    )
    beside_it = say("{name} has a record, which counts for that name alone.", name=elsewhere[0]) if elsewhere else ""
    return Finding(
        code="spf.none",
        severity=Severity.CRITICAL,
        message=joined(" ", (nothing, beside_it, _REFUSED, "" if reachable else _UNREACHABLE)),
        evidence={
            "domain": tree.domain,
            "reachable": reachable,
            "elsewhere": list(elsewhere),
            **near_miss_evidence(tree),
        },
        fix=_corrected(tree, misses[0]) if misses else None,
        reference="RFC 7208 section 4.5",
    )


def beside(tree: Node) -> tuple[Finding, ...]:
    """Near misses beside an SPF record: receivers pass over them. A record of Sender ID (RFC 4406) is none of them."""
    misses = [each for each in near_misses(tree.txt) if not each.sender_id][:NAMED] if tree.records else []
    return tuple(
        Finding(
            code="spf.near-miss",
            severity=Severity.INFO,
            message=say(
                "A second TXT record at {domain}, `{record}`, looks like SPF and is none, because {why}. "
                "Receivers pass over it.",
                domain=tree.domain,
                record=inert(each.text),
                why=each.sentence,
            ),
            evidence={"domain": tree.domain, "near_miss": [inert(each.text)], "faults": list(each.faults)},
            reference="RFC 7208 section 4.5",
        )
        for each in misses
    )


def _corrected(tree: Node, miss: NearMiss) -> Fix:
    """What to do where no record can be proposed that was seen to pass."""
    return Fix(
        action=FixAction.ASK,
        name=say("whoever publishes {domain}", domain=tree.domain),
        type="",
        value=say("correct the TXT record: {why}. It must begin with v=spf1 and a space", why=miss.sentence),
    )
