"""Whence it is known how a list's mail is signed, and whether its keys are in order: one sentence a signature. Pure."""

from typing import Final

from monitor.model.evidence import CheckOutcome
from monitor.model.signing import KeyState, SignedAs

_STATES: Final = {
    KeyState.IN_ORDER: "Its record is in order.",
    KeyState.MISSING: "It has no record.",
    KeyState.REVOKED: "It is revoked.",
    KeyState.UNUSABLE: "Its record cannot be used.",
    KeyState.SHORT: "It is too short.",
    KeyState.SEVERAL: "It has several records.",
    KeyState.UNKNOWN: "DNS gave no usable answer for its record.",
}
NOT_KNOWN: Final = (
    "It is not known whether the list signs its mail (DKIM). Show a post with `staysub learn` or on the page “Explain”, state "
    "the key as `dkim` of the list, or let probes come to a receiver."
)


def signing_words(outcome: CheckOutcome) -> tuple[str, ...]:
    """What a list's check says of its signatures, each thing once; that nobody knows, where an answer hangs on it."""
    if outcome.list_id is None or outcome.ours is not None:
        return ()
    if not outcome.signed:
        return (NOT_KNOWN,) if any("dkim" in each.undecided for each in outcome.admission) else ()
    states = {each.key: each.state for each in outcome.keys}
    said = (
        f"{signed_words(each)} {_STATES[states[each.key]] if each.key in states else ''}".rstrip()
        for each in outcome.signed
    )
    return tuple(dict.fromkeys(said))


def signed_words(one: SignedAs) -> str:
    """What one message, report or statement says."""
    if one.key is None:
        return f"The list does not sign its mail (DKIM), {one.whence}."
    fails = ", where most of its signatures did not verify" if one.fails else ""
    return f"The list's mail is signed by the DKIM key {one.key.name}, {one.whence}{fails}."
