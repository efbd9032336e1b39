"""Whence it is known how a list's mail is signed, and whether its keys are in order: one sentence a signature. Pure."""

from typing import Final

from monitor.model.evidence import CheckOutcome
from monitor.model.signing import KeyState, SignedAs
from monitor.phrase.phrase import Phrase, joined, say

_STATES: Final = {
    KeyState.IN_ORDER: say("Its record is in order."),
    KeyState.MISSING: say("It has no record."),
    KeyState.REVOKED: say("It is revoked."),
    KeyState.UNUSABLE: say("Its record cannot be used."),
    KeyState.SHORT: say("It is too short."),
    KeyState.SEVERAL: say("It has several records."),
    KeyState.UNKNOWN: say("DNS gave no usable answer for its record."),
}
NOT_KNOWN: Final = say(
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
        joined(" ", (signed_words(each), _STATES[states[each.key]] if each.key in states else ""))
        for each in outcome.signed
    )
    return tuple(dict.fromkeys(said))


def signed_words(one: SignedAs) -> Phrase:
    """What one message, report or statement says."""
    if one.key is None:
        return say("The list does not sign its mail (DKIM), {whence}.", whence=one.whence)
    if one.fails:
        return say(
            "The list's mail is signed by the DKIM key {key}, {whence}, where most of its signatures did not verify.",
            key=one.key.name,
            whence=one.whence,
        )
    return say("The list's mail is signed by the DKIM key {key}, {whence}.", key=one.key.name, whence=one.whence)
