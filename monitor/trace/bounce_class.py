"""Whose fault a refusal is, decided in a fixed order from what is known of it.

1. The stage: before RCPT nobody has been named yet to whom the mail is to go, so the refusal is about who sends.
2. The subject of the sentence: sender, HELO, client, their proofs, relaying.
3. Words of the mailbox: full, shut, unknown.
4. Words about the message, and about a policy.
5. The reply's first digit: 4yz never means that an address does not exist (RFC 5321 section 4.2.1).
6. The enhanced status code (RFC 3463).
7. Words that say little by themselves.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from monitor.trace.stage import Stage
from monitor.trace.wording.complaints import Complaint
from monitor.trace.wording.sentences import Said
from monitor.trace.wording.subjects import Subject

BounceClass = Literal["policy", "address", "mailbox", "transient", "other"]

_ABOUT_THE_SENDER: Final[frozenset[Stage]] = frozenset({"greeting", "helo", "session", "mail"})
_WHO_SENDS: Final[frozenset[Subject | None]] = frozenset({"helo", "sender", "client"})
_SENDER_SIDE: Final[frozenset[Subject]] = frozenset({"helo", "sender", "client", "proof", "relay"})
# What of the sender's side is a verdict; the rest ("later", "unavailable") is one only where the refusal is for good.
_REFUSED: Final[frozenset[Complaint]] = frozenset(
    {
        "missing", "shut", "takes-no-mail", "denied", "unverified", "blocked", "listed", "failing", "full", "spam", "unresolved",
    }
)  # fmt: skip
# Of the recipient's side: what the pair of subject and complaint means.
_OF_RECIPIENT: Final[dict[tuple[Subject | None, Complaint], BounceClass]] = {
    ("recipient", "missing"): "address",
    ("domain", "missing"): "address",
    ("domain", "takes-no-mail"): "address",  # RFC 7505: a null MX
    ("system", "takes-no-mail"): "address",
    ("message", "takes-no-mail"): "address",
    (None, "takes-no-mail"): "address",
    ("recipient", "takes-no-mail"): "address",
    ("recipient", "shut"): "mailbox",
    (None, "shut"): "mailbox",
    ("domain", "shut"): "mailbox",
    ("recipient", "blocked"): "mailbox",
    ("recipient", "full"): "mailbox",
    (None, "full"): "mailbox",
    ("domain", "full"): "mailbox",
    ("recipient", "unwilling"): "mailbox",
    ("message", "unwilling"): "mailbox",
    (None, "unwilling"): "mailbox",
    ("recipient", "too-large"): "mailbox",
    ("recipient", "flooded"): "transient",
    ("system", "flooded"): "transient",
    ("system", "full"): "transient",
    ("recipient", "disk-full"): "mailbox",
    ("system", "disk-full"): "transient",
    ("message", "disk-full"): "transient",
}
_WEAK: Final[dict[tuple[Subject | None, Complaint], BounceClass]] = {
    ("recipient", "rejected"): "address",
    ("recipient", "unverified"): "address",
    ("message", "full"): "mailbox",
    (None, "disk-full"): "transient",
    (None, "missing"): "address",
    (None, "unavailable"): "address",
    (None, "denied"): "policy",
    (None, "blocked"): "policy",
    ("recipient", "denied"): "policy",
    ("domain", "denied"): "policy",
    ("domain", "blocked"): "policy",
    ("system", "denied"): "policy",
    ("system", "blocked"): "policy",
    ("message", "denied"): "policy",
    ("message", "blocked"): "policy",
    ("message", "rejected"): "policy",
    ("message", "missing"): "policy",
    ("proof", "named"): "policy",
}
# RFC 3463 sections 3.2 to 3.8 with RFC 5248's registry (RFC 7293, 7372, 7505); Microsoft's own beyond 100.
_CODES: Final[dict[str, BounceClass]] = {
    **dict.fromkeys(("1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "4.4", "4.310", "7.17", "7.18"), "address"),
    **dict.fromkeys(("2.1", "2.2", "2.3", "7.13"), "mailbox"),
    **dict.fromkeys(("2.121", "5.3"), "policy"),
    **dict.fromkeys(("2.122", "3.1", "3.2"), "transient"),
    **dict.fromkeys(("4.6", "4.12", "4.14"), "other"),  # routing loops
}
_CODES_OF_SENDER: Final = frozenset({"1.7", "1.8"})  # RFC 3463 section 3.2: bad sender's mailbox syntax, or system
_CODES_BY_SUBJECT: Final[dict[str, BounceClass]] = {"7": "policy", "6": "policy", "4": "transient"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is known of one refusal."""

    stage: Stage | None
    said: Sequence[Said]  # in the order of the text
    soft: bool  # 4yz or 4.y.z
    deferred: bool  # 4yz, or a status that says as much; 4.0.0 is what Gmail writes of a domain that is not there
    codes: Sequence[str]  # enhanced codes, the reply's own before that of the report


def bounce_class(refusal: Refusal) -> BounceClass:
    """The class of a refusal that no dated rule knows. Total."""
    steps = (_by_stage, _by_sender_side, _by_mailbox, _by_message, _by_digit, _by_code, _by_weak_words)
    found = next((kind for step in steps if (kind := step(refusal)) is not None), None)
    if found is None:
        return "transient" if refusal.soft else "other"
    return "transient" if found == "address" and refusal.deferred else found


def is_about_recipient(said: Iterable[Said]) -> bool:
    """Whether the words say in so many words that the recipient is unknown, or its mailbox full or closed."""
    return _has(said, {"missing", "shut", "full"}, {"recipient"})


def _by_stage(refusal: Refusal) -> BounceClass | None:
    if refusal.stage not in _ABOUT_THE_SENDER:
        return None
    if _has(refusal.said, {"too-large", "looping"}):
        return "other"
    if _has(refusal.said, {"disk-full"}) or _has(refusal.said, {"full"}, {"system"}):
        return "transient"
    if not refusal.soft:
        return "policy"
    refused = _by_sender_side(refusal) == "policy" or _has(refusal.said, {"denied", "blocked", "listed", "spam"})
    by_code = any(code[2:3] == "7" for code in refusal.codes) and not _has(refusal.said, {"later", "flooded"})
    return "policy" if refused or by_code else "transient"


def _by_sender_side(refusal: Refusal) -> BounceClass | None:
    if any(code[2:] in _CODES_OF_SENDER for code in refusal.codes):
        return "policy"  # "5.1.8 domain not found": the code names the subject
    of_sender = [each for each in refusal.said if each.subject in _SENDER_SIDE or each.complaint == "listed"]
    about_proof = any(each.subject == "proof" for each in of_sender)
    unresolved = any(each.complaint == "unresolved" and each.subject not in _WHO_SENDS for each in refusal.said)
    if refusal.soft and about_proof and unresolved:
        return "transient"  # the check could not be made (RFC 7208 section 2.6.6)
    if any(each.complaint in _REFUSED for each in of_sender):
        return "policy"
    if any(each.complaint == "flooded" for each in of_sender):
        return "transient" if refusal.soft else "policy"
    if refusal.soft and any(each.complaint in {"later", "unavailable"} for each in of_sender):
        return "transient"
    return "policy" if any(each.complaint in {"rejected", "unavailable"} for each in of_sender) else None


def _by_mailbox(refusal: Refusal) -> BounceClass | None:
    by_recipient = _has(refusal.said, {"too-large", "full"}, {"recipient"})
    if _has(refusal.said, {"looping"}) or (_has(refusal.said, {"too-large"}) and not by_recipient):
        return "other"
    if _has(refusal.said, {"too-large"}):
        return "mailbox"
    found = _first(refusal.said, _OF_RECIPIENT)
    if found == "mailbox" and _has(refusal.said, {"blocked"}, {"recipient"}) and _has(refusal.said, {"policy", "spam"}):
        return None  # "Recipient address rejected: Blocked by policy": what was blocked is the post
    if found == "address" and _has(refusal.said, {"shut", "full"}, {"recipient"}):
        return "mailbox"  # "invalid mailbox: account is disabled"
    if found == "mailbox" and refusal.soft and _has(refusal.said, {"later"}) and not _has(refusal.said, {"full"}):
        return "transient"
    if found in {"address", None} and _has(refusal.said, {"unresolved"}):
        return "transient"  # DNS that did not answer is no dead domain
    return found


def _by_message(refusal: Refusal) -> BounceClass | None:
    if _has(refusal.said, {"spam"}):
        return "policy"
    if _has(refusal.said, {"policy"}):
        return "transient" if refusal.soft and _has(refusal.said, {"later", "flooded"}) else "policy"
    if _has(refusal.said, {"unavailable"}, {"recipient"}):
        return "address"
    return None


def _by_digit(refusal: Refusal) -> BounceClass | None:
    return (
        "transient"
        if refusal.soft and _has(refusal.said, {"later", "flooded", "unavailable", "unresolved", "disk-full"})
        else None
    )


def _by_code(refusal: Refusal) -> BounceClass | None:
    for code in refusal.codes:
        subject, _, detail = code[2:].partition(".")
        if f"{subject}.{detail}" == "4.1":  # no answer from the host; Microsoft's word for an unknown recipient
            if _has(refusal.said, {"rejected", "denied"}, {"recipient"}):
                return "address"
            continue
        if detail == "0" and subject not in {"6", "7"}:
            continue  # other or undefined; Exim's 5.0.0 stands for every failure
        found = _CODES.get(f"{subject}.{detail}") or _CODES_BY_SUBJECT.get(subject)
        if found is not None:
            return found
    return None


def _by_weak_words(refusal: Refusal) -> BounceClass | None:
    if _has(refusal.said, {"flooded"}):
        return "transient" if refusal.soft else "policy"
    found = _first(refusal.said, _WEAK)
    if found is not None:
        return found
    if refusal.stage == "data" and _has(refusal.said, {"rejected"}):
        return "policy"
    return "transient" if _has(refusal.said, {"later", "unresolved"}) else None


def _has(said: Iterable[Said], complaints: Collection[str], subjects: Collection[str] | None = None) -> bool:
    return any(each.complaint in complaints and (subjects is None or each.subject in subjects) for each in said)


def _first(said: Iterable[Said], meanings: dict[tuple[Subject | None, Complaint], BounceClass]) -> BounceClass | None:
    return next(
        (meanings[each.subject, each.complaint] for each in said if (each.subject, each.complaint) in meanings), None
    )
