"""What a check says of the keys that sign a list's mail, by what DNS gave at their names. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from monitor.dkim.key_record import KEY_BITS_RECOMMENDED, judge_key, without_testing
from monitor.model.dns import About, DnsFact
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.signing import DkimKey, KeyOutcome, KeyState, SignedAs

_SIGNER: Final = "the signing of the list's mail"
_NEWER: Final = (
    "If another key signs by now, show a newer post with `staysub learn`, or state that key in the list's `dkim`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Why nobody can rely on signatures by a key."""

    code: str
    said: str  # of the key, with the problem put in
    mended: str  # how, with the record's name put in
    reference: str


_FAULTS: Final = {
    KeyState.MISSING: _Fault(
        code="dkim.key-missing",
        said="has no record",
        mended="Publish at {} the record of the key that it signs by: whatever made the key has written it down.",
        reference="RFC 6376 section 6.1.2",
    ),
    KeyState.REVOKED: _Fault(
        code="dkim.key-revoked",
        said="is revoked: {}",
        mended="Make a new key under another selector, publish its record, then let it sign by that; {} stays revoked.",
        reference="RFC 6376 section 3.6.1",
    ),
    KeyState.UNUSABLE: _Fault(
        code="dkim.key-unusable",
        said="cannot be used: {}",
        mended="Publish at {} the record as whatever made the key has written it down, or make a new key.",
        reference="RFC 6376 section 3.6.1",
    ),
    KeyState.SHORT: _Fault(
        code="dkim.key-short",
        said="is too short: {}",
        mended=f"Make a key of {KEY_BITS_RECOMMENDED} bits under another selector, publish its record, then sign by it; {{}} may then go.",
        reference="RFC 8301 section 3.2",
    ),
    KeyState.SEVERAL: _Fault(
        code="dkim.key-unusable",
        said="is not clear: {}, and which one a receiver takes is left open",
        mended="Leave at {} the one record of the key that it signs by, and remove the others.",
        reference="RFC 6376 section 3.6.2.2",
    ),
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
    unknown = KeyOutcome(key=key, state=KeyState.UNKNOWN, problem="DNS gave no usable answer for it")
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
        elif fault := _FAULTS.get(one.state):
            yield _faulty(one, fault, whence[one.key])
        else:
            yield from _to_improve(one, whence[one.key], records.get(one.key.name, ()))


def _unknown(key: DkimKey) -> Finding:
    return Finding(
        code="dns.temperror",
        severity=Severity.UNKNOWN,
        message=f"DNS gave no usable answer for the DKIM key at {key.name}.",
        evidence={"domain": key.domain, "question": f"TXT {key.name}"},
        reference="RFC 6376 section 6.1.2",
    )


def _faulty(one: KeyOutcome, fault: _Fault, whence: str) -> Finding:
    return Finding(
        code=fault.code,
        severity=Severity.WARNING,
        message=f"{_called(one, whence)} {fault.said.format(one.problem)}. No receiver can rely on its signatures.",
        evidence=_evidence(one, whence),
        fix=Fix(action=FixAction.CHANGE, name=_SIGNER, type="", value=f"{fault.mended.format(one.key.name)} {_NEWER}"),
        reference=fault.reference,
    )


def _to_improve(one: KeyOutcome, whence: str, records: Sequence[str]) -> Iterator[Finding]:
    if one.testing:
        record = "".join(records[:1]).encode("latin-1")
        yield Finding(
            code="dkim.key-testing",
            severity=Severity.WARNING,
            message=f"{_called(one, whence)} is marked as a test (t=y): receivers may take the mail for unsigned.",
            evidence=_evidence(one, whence),
            fix=Fix(action=FixAction.PUBLISH, name=one.key.name, type="TXT", value=without_testing(record)),
            reference="RFC 6376 section 3.6.1",
        )
    if one.bits is not None and one.bits < KEY_BITS_RECOMMENDED:
        yield Finding(
            code="dkim.key-short",
            severity=Severity.INFO,
            message=f"{_called(one, whence)} has {one.bits} bits. Signers should use {KEY_BITS_RECOMMENDED} at least.",
            evidence={**_evidence(one, whence), "bits": one.bits},
            fix=Fix(
                action=FixAction.CHANGE,
                name=_SIGNER,
                type="",
                value=f"Make a key of {KEY_BITS_RECOMMENDED} bits under another selector, publish its record, then sign by it.",
            ),
            reference="RFC 8301 section 3.2",
        )


def _called(one: KeyOutcome, whence: str) -> str:
    return f"The DKIM key {one.key.name} that signs the list's mail ({whence})"


def _evidence(one: KeyOutcome, whence: str) -> Mapping[str, str]:
    return {"name": one.key.name, "domain": one.key.domain, "selector": one.key.selector, "known": whence}
