"""Which findings of a check are ended by a record, and by which: one record for all of them, let through by the gate.

Where there is none that may be shown, a finding says what to find out instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

from monitor.dns.memory import Overlay
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.special_addresses import special_word
from monitor.phrase.phrase import Phrase, joined, say
from monitor.spf.absence import meant_record
from monitor.spf.draft import drafts, strict
from monitor.spf.draft import joined as record_of
from monitor.spf.facts import SpfFacts
from monitor.spf.faults import ERRORS_SHOWN
from monitor.spf.fix import leads_nowhere, proposals
from monitor.spf.gate import Gate, sound
from monitor.spf.left_out import unreadable, unusable
from monitor.spf.misspelt import as_meant, faults
from monitor.spf.record import VERSION, is_spf, parse
from monitor.spf.run_together import with_spaces
from monitor.spf.special_words import special_address
from monitor.spf.tree import Node, build_tree

# Mail is refused, or soon will be: the record suggested for the domain is there for these.
ENDED_BY_SUGGESTION: Final = frozenset(
    {
        "spf.none",
        "spf.multiple",
        "spf.syntax",
        "spf.lookup-limit",
        "spf.mx-limit",
        "spf.void-limit",
        "spf.void-over-ipv6-only",
        "spf.include-without-record",
        "spf.loop",
        "spf.address-not-authorised",
        "spf.ipv6-not-covered",
        "spf.family-divergence",
        "spf.verifier-disagreement",
    }
)
# What only the owner's own record can be blamed for; it ends these too, where it is theirs.
ENDED_IN_OWN_RECORD: Final = frozenset(
    {"spf.syntax", "spf.ptr", "spf.pass-all", "spf.neutral-all", "spf.no-all", "spf.after-all", "spf.duplicate-term"}
)


class Repaired(NamedTuple):
    """Findings with their fixes, and the record suggested for the domain: None where mail is not refused for it."""

    findings: tuple[Finding, ...]
    suggested: str | None


def repaired(found: Sequence[Finding], facts: SpfFacts, tree: Node, gate: Gate) -> Repaired:
    """The findings, each with the record that ends it, or with what is to be found out.

    Whoever made a finding: no record stays that the gate does not let through.
    """
    made = _repaired(found, facts, tree, gate)
    shown = (one if one.fix is None or gate.lets_through(one.fix) else replace(one, fix=None) for one in made.findings)
    return Repaired(tuple(shown), made.suggested)


def _repaired(found: Sequence[Finding], facts: SpfFacts, tree: Node, gate: Gate) -> Repaired:
    refused = facts.records is not None and (bool(facts.refused) or not sound(tree))
    if facts.records is None or not tree.exists or not (refused or any(_in_own_record(one, facts) for one in found)):
        return Repaired(tuple(found), None)
    below = _mended_below(tree, gate)
    if below:
        mended = (replace(one, fix=_about(one, below)) if _is_ended(one, facts) else one for one in found)
        return Repaired(tuple(mended), None)
    record = gate.first(_proposed(facts, tree, gate))
    lost = _lost(tree)
    ended = tuple(_ended(one, record, facts, tree, gate, lost=lost) for one in found)
    return Repaired(ended, record if refused and record != facts.record else None)


def _proposed(facts: SpfFacts, tree: Node, gate: Gate) -> Iterator[str]:
    """Records to try: of what is published; where nothing is, of what was meant to be, or is under the old type SPF."""
    meant = with_spaces(tree) or meant_record(tree)
    abandoned = tuple(text for text in facts.type99 if is_spf(text.encode("ascii", "replace")))
    published = (meant,) if meant is not None else facts.records or abandoned
    made = drafts(published)
    refused = gate.refused()
    for text in made.texts:
        changed = Overlay(gate.resolver, {(facts.domain, "TXT"): [text]})
        grown = tree if text == facts.record else build_tree(changed, facts.domain)
        if text != made.texts[-1] and leads_nowhere(grown):
            continue  # a redirect that is dead is no reason to take out the `all` beside it
        yield from proposals(grown, refused, made.moved)


def _mended_below(tree: Node, gate: Gate) -> dict[str, Fix]:
    """The owner's broken records below the domain, each mended, by name; none where that does not end all."""
    broken = {node.domain: node for node in tree.walk() if node is not tree and _is_unusable(node)}
    meant = ((name, _meant_at(node)) for name, node in broken.items() if name.endswith(f".{tree.domain}"))
    texts = {name: text for name, text in meant if text is not None}
    if not texts or len(texts) < len(broken) or not gate.admits_together(texts):
        return {}
    return {name: _change(name, text) for name, text in texts.items()}


def _is_unusable(node: Node) -> bool:
    """Whether there is not one record there, or one that cannot be read; DNS trouble and circles apart."""
    return node.records is not None and (node.record is None or bool(node.record.errors))


def _meant_at(node: Node) -> str | None:
    """The one record that was meant at a name, of one that is broken, several, or one that is none; None if unknown."""
    if any(fault.guess is None for text in node.records or () for fault in faults(parse(text))):
        return None
    if node.record is not None:
        return as_meant(node.record)
    return drafts(node.records).texts[0] if node.records else meant_record(node)


def _about(finding: Finding, fixes: Mapping[str, Fix]) -> Fix:
    """The one that mends what the finding is about; the first where it is about all of them."""
    names = (str(finding.evidence.get(key)) for key in ("target", "domain"))
    return next((fixes[name] for name in names if name in fixes), next(iter(fixes.values())))


def _change(name: str, record: str) -> Fix:
    return Fix(action=FixAction.CHANGE, name=name, type="TXT", value=record)


def _in_own_record(finding: Finding, facts: SpfFacts) -> bool:
    """Whether it is about what the owner's own record says."""
    return finding.code in ENDED_IN_OWN_RECORD and finding.evidence.get("domain", facts.domain) == facts.domain


def _is_ended(finding: Finding, facts: SpfFacts) -> bool:
    return finding.code in ENDED_BY_SUGGESTION or _in_own_record(finding, facts)


def _ended(
    finding: Finding, record: str | None, facts: SpfFacts, tree: Node, gate: Gate, *, lost: Collection[int]
) -> Finding:
    """The finding with that record, made stricter where it is about its end; else with what to find out."""
    if not _is_ended(finding, facts):
        return finding
    if record is not None and finding.code == "spf.neutral-all":
        record = gate.record(strict(record))
    if record is None or record == facts.record:
        return finding if record is not None else _to_find_out(finding, facts, gate)
    without = _done_without(finding, record, facts, tree, gate, lost=lost)
    finding = replace(finding, message=joined(" ", (finding.message, without))) if without else finding
    action = FixAction.CHANGE if facts.records or "near_miss" in finding.evidence else FixAction.PUBLISH
    return replace(finding, fix=Fix(action=action, name=facts.domain, type="TXT", value=record))


def _lost(tree: Node) -> frozenset[int]:
    """The positions, from 1, of what was meant to be something that nobody can tell; of those that are shown."""
    shown = () if tree.record is None else islice(faults(tree.record), ERRORS_SHOWN)
    return frozenset(fault.position + 1 for fault in shown if fault.guess is None)


def _done_without(
    finding: Finding, record: str, facts: SpfFacts, tree: Node, gate: Gate, *, lost: Collection[int]
) -> Phrase | None:
    """What the record to publish does without, of what cannot be mended here; None where it says all that was meant."""
    at, published = str(finding.evidence.get("domain", facts.domain)), facts.records or ()
    if finding.code in {"spf.syntax", "spf.multiple"} and at != facts.domain:
        return say(
            "Ask who publishes {domain} to mend that. Until that is mended, the record to publish does without it.",
            domain=at,
        )
    if finding.code == "spf.syntax" and finding.evidence.get("position") in lost:
        return say("Find out what it was meant to be: the record to publish leaves it out.")
    if finding.code == "spf.multiple":
        unused = unusable(gate.resolver, facts.domain, published, record)
        return joined(" ", (unreadable(published, record), unused))
    if finding.code == "spf.after-all":  # what stands in front of the `all` has findings of its own
        redirects = [record_of(VERSION, term.text) for text in published for term in parse(text).named("redirect")]
        return unusable(gate.resolver, facts.domain, redirects, record)
    if finding.code == "spf.none" and "near_miss" in finding.evidence:
        meant = meant_record(tree)
        if meant is None:
            return say("Find out what it was meant to say: the record to publish leaves out what cannot be told of it.")
        return unusable(gate.resolver, facts.domain, (meant,), record)
    return None


def _to_find_out(finding: Finding, facts: SpfFacts, gate: Gate) -> Finding:
    """The finding with what to find out, where no record can be shown for it."""
    if gate.hidden:
        return replace(finding, fix=_hidden(gate))
    if finding.fix is not None or finding.severity is Severity.INFO:
        return finding
    if not gate.senders:
        fix = Fix(
            action=FixAction.ASK,
            name=say("whoever knows where mail of {domain} leaves from", domain=facts.domain),
            type="",
            value=say("Which addresses are they, of IPv4 and of IPv6? The record has to name them."),
        )
    else:
        fix = Fix(
            action=FixAction.ASK,
            name=say("who publishes {domain}", domain=facts.domain),
            type="",
            value=say(
                "Which terms of the record are still needed, and for which hosts? No record made of them as they are "
                "lets the mail pass."
            ),
        )
    return replace(finding, fix=fix)


def _hidden(gate: Gate) -> Fix:
    """What to find out where mail is said to leave from an address that no receiver can see."""
    address = gate.hidden[0]
    return Fix(
        action=FixAction.ASK,
        name=say("whoever runs the mail server"),
        type="",
        value=say(
            "Which public address does the mail leave from? {address} is {kind}, which no receiver on the internet sees; "
            "name the public one instead.",
            address=address,
            kind=special_address(special_word(address)),
        ),
    )
