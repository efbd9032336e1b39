"""The sentences of a reply as pairs: what each is about, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from monitor.trace.wording.complaints import Complaint
from monitor.trace.wording.phrases import ADDRESS, BREAK, COLON, IP, Mention, mentions_in, words_in
from monitor.trace.wording.subjects import Subject

REACH_WORDS: Final = 20  # from a subject to what is said of it
AHEAD_WORDS: Final = 4  # from "unknown" to the "user" behind it
# These say how something is, and may stand before it: "unknown user", "full mailbox", "no PTR".
_ADJECTIVES: Final = frozenset(
    {"missing", "shut", "full", "blocked", "denied", "unverified", "unavailable", "failing", "disk-full"}
)
_RULING: Final = frozenset({"helo", "sender", "client"})  # "Sender address rejected: …": all that follows is about it
_CALLED: Final = frozenset(
    {"recipient", "sender", "helo", "client", "proof"}
)  # what an adjective right before it is about
_OBJECTS: Final = frozenset({"recipient", "domain", "system", "message"})
_TOWARDS: Final = frozenset({"to", "for", "by", "at", "with", "on", "via", "in", "of"})
_ARTICLES: Final = frozenset({"the", "this", "that", "your", "our", "a"})


class Said(NamedTuple):
    """One thing that a reply says."""

    subject: Subject | None  # None where the sentence names none
    complaint: Complaint


def said_in(text: str) -> tuple[Said, ...]:
    """What the text says, in its order; the empty tuple where none of its words is known."""
    words = words_in(text)
    mentions = list(mentions_in(words))
    reader = _Reader(words=words)
    found: list[Said] = []
    for n, mention in enumerate(mentions):
        following = mentions[n + 1] if n + 1 < len(mentions) else None
        found.extend(reader.read(mention, following))
    found.extend(reader.end_sentence())
    return tuple(found)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What is known while a reply is read from the left to the right."""

    words: Sequence[str]
    subject: Subject | None = None  # of the sentence so far
    named_at: int = 0
    ruling: Subject | None = None  # of all the rest of the reply
    default: Subject | None = None  # of sentences that name none
    ahead: tuple[Complaint, int] | None = None  # a complaint that waits for its subject

    def read(self, mention: Mention, following: Mention | None) -> Iterator[Said]:
        """What the reply says by the next phrase of it."""
        if mention.subject and mention.complaint:
            self._name(mention.subject, mention.end)
            self.ahead = None
            yield Said(self.ruling or mention.subject, mention.complaint)
        elif mention.complaint:
            yield from self._complain(mention, mention.complaint, following)
        elif self.words[mention.start] == BREAK:
            yield from self.end_sentence()
        elif self._belongs_to_subject(mention):
            self.named_at = mention.end
        else:
            name = mention.subject or _meant(self.words, mention.start, self.subject)
            if name is not None and not (self.subject is not None and _is_object(self.words, mention.start, name)):
                yield from self._introduce(name, mention)

    def _belongs_to_subject(self, mention: Mention) -> bool:
        """Whether it is the name or a part of the subject right before it: "sender <address>", "the sender's MX"."""
        return (
            mention.start == self.named_at
            and self.subject is not None
            and (mention.subject is None or self.subject in _RULING)
        )

    def end_sentence(self) -> Iterator[Said]:
        """What waited in vain for its subject; the next sentence begins without one."""
        if self.ahead:
            yield Said(self.default, self.ahead[0])
        self.subject, self.ahead = self.default, None

    def _introduce(self, name: Subject, mention: Mention) -> Iterator[Said]:
        if self.ahead:
            between = self.words[self.ahead[1] : mention.start]
            near = len(between) <= AHEAD_WORDS and COLON not in between
            yield Said(self.ruling or name if near else self.default, self.ahead[0])
        elif name == "proof":
            yield Said(name, "named")
        self.ahead = None
        self._name(name, mention.end)

    def _name(self, name: Subject, end: int) -> None:
        self.subject, self.named_at = self.ruling or name, end

    def _complain(self, mention: Mention, complaint: Complaint, following: Mention | None) -> Iterator[Said]:
        behind = self.words[mention.end : mention.end + 2]
        if complaint == "rejected" and self.subject is not None and behind[:1] == [COLON] and len(behind) > 1:
            self.default = self.subject  # "… rejected: the reason"
            if self.subject in _RULING:
                self.ruling = self.subject
                yield Said(self.subject, complaint)
        elif complaint in _ADJECTIVES and self._is_called_next(mention, following):
            yield from self._wait(complaint, mention.end)
        elif self.subject is not None and (
            mention.start - self.named_at <= REACH_WORDS or self.subject in {self.ruling, self.default}
        ):
            yield Said(self.subject, complaint)
        elif complaint in _ADJECTIVES:
            yield from self._wait(complaint, mention.end)
        else:
            yield Said(self.default, complaint)

    def _wait(self, complaint: Complaint, end: int) -> Iterator[Said]:
        """The complaint waits for its subject; one that waited before has none."""
        if self.ahead:
            yield Said(self.default, self.ahead[0])
        self.ahead = complaint, end

    def _is_called_next(self, mention: Mention, following: Mention | None) -> bool:
        """Whether it goes with a subject right behind it: "recipient: unknown user", "no MX for sender"."""
        if self.ruling or following is None or following.complaint is not None:
            return False
        between = self.words[mention.end : following.start]
        return (not between and following.subject in _CALLED) or (
            len(between) == 1 and between[0] in _TOWARDS and following.subject in _RULING
        )


def _meant(words: Sequence[str], at: int, subject: Subject | None) -> Subject | None:
    """What an address, or the name of a host, stands for: whom mail comes from, or whom it goes to."""
    if "from" in words[max(at - 2, 0) : at]:
        return "sender" if words[at] == ADDRESS else "client"
    if words[at] == ADDRESS:
        return "recipient"
    return "client" if words[at] == IP and subject is None else None


def _is_object(words: Sequence[str], at: int, name: Subject) -> bool:
    """Whether the sentence only goes to it or past it: "relaying denied for <address>"."""
    before = words[max(at - 2, 0) : at]
    preposition = before[-2:-1] if before[-1:] and before[-1] in _ARTICLES else before[-1:]
    return name in _OBJECTS and bool(preposition) and preposition[0] in _TOWARDS
