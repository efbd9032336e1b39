"""What a check says of the keys that sign a list's mail, by what DNS gave at their names. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitor.dkim.key_record import KEY_BITS_RECOMMENDED, judge_key, without_testing
from monitor.model.dns import About, DnsFact
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.signing import DkimKey, KeyOutcome, KeyState, SignedAs
from monitor.phrase.phrase import Phrase, joined, say

_SIGNER: Final = say("the signing of the list's mail")
_NEWER: Final = say(
    "If another key signs by now, show a newer post with `staysub learn`, or state that key in the list's `dkim`."
)
_CODES: Final = {  # why nobody can rely on signatures by a key
    KeyState.MISSING: "dkim.key-missing",
    KeyState.REVOKED: "dkim.key-revoked",
    KeyState.UNUSABLE: "dkim.key-unusable",
    KeyState.SHORT: "dkim.key-short",
    KeyState.SEVERAL: "dkim.key-unusable",
}
_REFERENCES: Final = {
    KeyState.MISSING: "RFC 6376 section 6.1.2",
    KeyState.REVOKED: "RFC 6376 section 3.6.1",
    KeyState.UNUSABLE: "RFC 6376 section 3.6.1",
    KeyState.SHORT: "RFC 8301 section 3.2",
    KeyState.SEVERAL: "RFC 6376 section 3.6.2.2",
}


def key_outcomes(
    keys: Iterable[DkimKey], facts: Iterable[DnsFact], before: Sequence[KeyOutcome], *, since: datetime | None
) -> tuple[KeyOutcome, ...]:
    """Each key by its record. One whose record nobody answered for is unknown, with what the check before knew.

    `since` is when that was.
    """
    answered = {each.name: each for each in facts if each.about is About.DKIM and each.seen_at is None}
    former = {each.key: each for each in before}
    return tuple(_outcome(key, answered, former.get(key), since) for key in keys)


def _outcome(
    key: DkimKey, answered: Mapping[str, DnsFact], before: KeyOutcome | None, since: datetime | None
) -> KeyOutcome:
    fact = answered.get(key.name)
    if fact is not None:
        return judge_key(key, [each.encode("latin-1") for each in fact.answers])
    if before is not None and before.state is KeyState.UNKNOWN:
        return before
    unknown = KeyOutcome(key=key, state=KeyState.UNKNOWN, problem=say("DNS gave no usable answer for it"))
    return unknown if before is None else replace(unknown, last=before.state, last_at=since)


def key_findings(
    outcomes: Iterable[KeyOutcome], signed: Iterable[SignedAs], facts: Iterable[DnsFact]
) -> Iterator[Finding]:
    """What is to be mended in the records of the keys that sign now. The record of one that no longer signs may go."""
    records = {each.name: each.answers for each in facts if each.about is About.DKIM}
    whence = {each.key: each.whence for each in signed}
    for one in outcomes:
        if one.key not in whence:
            continue
        if one.state is KeyState.UNKNOWN:
            yield _unknown(one.key)
        elif one.state in _CODES:
            yield _faulty(one, whence[one.key])
        else:
            yield from _to_improve(one, whence[one.key], records.get(one.key.name, ()))


def _unknown(key: DkimKey) -> Finding:
    return Finding(
        code="dns.temperror",
        severity=Severity.UNKNOWN,
        message=say("DNS gave no usable answer for the DKIM key at {name}.", name=key.name),
        evidence={"domain": key.domain, "question": f"TXT {key.name}"},
        reference="RFC 6376 section 6.1.2",
    )


def _faulty(one: KeyOutcome, whence: Phrase) -> Finding:
    return Finding(
        code=_CODES[one.state],
        severity=Severity.WARNING,
        message=joined(" ", (_wrong(one, whence), say("No receiver can rely on its signatures."))),
        evidence=_evidence(one, whence),
        fix=Fix(action=FixAction.CHANGE, name=_SIGNER, type="", value=joined(" ", (_mended(one), _NEWER))),
        reference=_REFERENCES[one.state],
    )


def _wrong(one: KeyOutcome, whence: Phrase) -> Phrase:
    """What is wrong with the record."""
    parts = {"key": one.key.name, "whence": whence, "problem": one.problem}
    if one.state is KeyState.MISSING:
        return say("The DKIM key {key} that signs the list's mail ({whence}) has no record.", **parts)
    if one.state is KeyState.REVOKED:
        return say("The DKIM key {key} that signs the list's mail ({whence}) is revoked: {problem}.", **parts)
    if one.state is KeyState.UNUSABLE:
        return say("The DKIM key {key} that signs the list's mail ({whence}) cannot be used: {problem}.", **parts)
    if one.state is KeyState.SHORT:
        return say("The DKIM key {key} that signs the list's mail ({whence}) is too short: {problem}.", **parts)
    return say(
        "The DKIM key {key} that signs the list's mail ({whence}) is not clear: {problem}, and which one a receiver takes is "
        "left open.",
        **parts,
    )


def _mended(one: KeyOutcome) -> Phrase:
    """How it is mended."""
    parts = {"key": one.key.name, "bits": str(KEY_BITS_RECOMMENDED)}
    if one.state is KeyState.MISSING:
        return say(
            "Publish at {key} the record of the key that it signs by: whatever made the key has written it down.",
            **parts,
        )
    if one.state is KeyState.REVOKED:
        return say(
            "Make a new key under another selector, publish its record, then let it sign by that; {key} stays revoked.",
            **parts,
        )
    if one.state is KeyState.UNUSABLE:
        return say(
            "Publish at {key} the record as whatever made the key has written it down, or make a new key.", **parts
        )
    if one.state is KeyState.SHORT:
        return say(
            "Make a key of {bits} bits under another selector, publish its record, then sign by it; {key} may then go.",
            **parts,
        )
    return say("Leave at {key} the one record of the key that it signs by, and remove the others.", **parts)


def _to_improve(one: KeyOutcome, whence: Phrase, records: Sequence[str]) -> Iterator[Finding]:
    if one.testing:
        record = "".join(records[:1]).encode("latin-1")
        yield Finding(
            code="dkim.key-testing",
            severity=Severity.WARNING,
            message=say(
                "The DKIM key {key} that signs the list's mail ({whence}) is marked as a test (t=y): receivers may take the "
                "mail for unsigned.",
                key=one.key.name,
                whence=whence,
            ),
            evidence=_evidence(one, whence),
            fix=Fix(action=FixAction.PUBLISH, name=one.key.name, type="TXT", value=without_testing(record)),
            reference="RFC 6376 section 3.6.1",
        )
    if one.bits is not None and one.bits < KEY_BITS_RECOMMENDED:
        yield Finding(
            code="dkim.key-short",
            severity=Severity.INFO,
            message=say(
                "The DKIM key {key} that signs the list's mail ({whence}) has {bits} bits. Signers should use {recommended} "
                "at least.",
                key=one.key.name,
                whence=whence,
                bits=str(one.bits),
                recommended=str(KEY_BITS_RECOMMENDED),
            ),
            evidence={**_evidence(one, whence), "bits": one.bits},
            fix=Fix(
                action=FixAction.CHANGE,
                name=_SIGNER,
                type="",
                value=say(
                    "Make a key of {bits} bits under another selector, publish its record, then sign by it.",
                    bits=str(KEY_BITS_RECOMMENDED),
                ),
            ),
            reference="RFC 8301 section 3.2",
        )


def _evidence(one: KeyOutcome, whence: Phrase) -> Mapping[str, str]:
    return {"name": one.key.name, "domain": one.key.domain, "selector": one.key.selector, "known": whence}
