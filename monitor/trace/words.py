"""The part of a bounce that is written for people, taken apart: what it says of each recipient."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Self

from monitor.trace.addresses import FAULT, LINE_CHARS_MAX, Mention, mentions_by_name, mentions_of
from monitor.trace.quoted import REPLIES_MAX, Answer, before_reply, first_reply, replies_in, transcribed

REASON_CHARS_MAX: Final = 300  # of the words about a recipient
MENTIONS_MAX: Final = 1000
PARAGRAPHS_MAX: Final = 5
ABOUT_CHARS_MAX: Final = 8192  # of what is looked at for one recipient

_WORD: Final = re.compile(r"[^\W\d_]{3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2}")
_REASON: Final = re.compile(
    r"^\W*(?:reject )?(?:reason|error(?: message)?|diagnostic(?:[ -]code)?|cause|explanation|grund|fehler(?:meldung)?|raison|motif|motivo|"
    r"causa|oorzaak|reden|причина|原因|理由)\b[ \w()]{0,20}:[ \t]*(?P<said>\S.*)",
    re.IGNORECASE | re.MULTILINE,
)
_SAYS_NOTHING: Final = re.compile(  # rules between parts, labels, marginal notes, fields of the message
    r"\W*$|[-=*_#|~+<>]{2}.{0,100}[-=*_#|~+<>]{2}$|[^:]{0,80}:\s*$|\W*\((?:ultimately )?generated (?:from|by)\b|\W*\(expanded from|\s*>>> |"
    r"\W*(?:to|from|subject|sent|date|cc|size|number of lines|message-id)\b[^:]{0,15}:|"
    r"\W*(?:reporting|received-from|remote)-mta:|\W*(?:final|original)-recipient:|\W*(?:action|status|arrival-date|last-attempt-date|"
    r"will-retry-until|diagnostic-code|x-[\w-]+):",
    re.IGNORECASE,
)
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n|\n[ \t]*-{3}")
_INTRODUCED: Final = re.compile(r"^.{0,300}\b(?:following|below)\b.{0,300}:[ \t]*\n", re.IGNORECASE | re.MULTILINE)
_HOST: Final = re.compile(
    r"(?:\bhost:?\s{1,8}|while talking to |\bserver |\bby )(?P<host>(?:[A-Za-z0-9_-]{1,63}\.){1,20}[A-Za-z]{2,})\.?[ :\[(,]|"
    r"^(?P<first>(?!\d{3}-)(?:[A-Za-z0-9_-]{1,63}\.){1,20}[A-Za-z]{2,})\.? \[[0-9a-fA-F:.]+\]",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What the text says of one recipient."""

    recipient: str
    own: tuple[str, ...]  # from each place where it begins to speak of this one to where it speaks of another
    shared: str = ""  # what follows a list of several recipients that stand together
    before: str = ""  # what stands in front, since the recipient before


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a bounce says to people, taken apart once."""

    text: str
    answers: tuple[Answer, ...]  # of the transcript, where there is one
    replies: tuple[str, ...]  # of the whole text
    passages: tuple[Passage, ...]  # one a recipient, in the text's order
    reasons_first: bool  # reasons stand in front of the recipients that they are about

    @classmethod
    def of(cls, text: str, *, names: Sequence[str] = (), foreign: Collection[str] = ()) -> Self:
        """The words of a text about known recipients, or about those that it names itself.

        `foreign` are addresses of no recipients, lower case.
        """
        mentions = mentions_by_name(text, names) if names else mentions_of(text, foreign=foreign)
        mentions = mentions[:MENTIONS_MAX]
        return cls(
            text=text,
            answers=tuple(islice(transcribed(text), REPLIES_MAX)),
            replies=tuple(
                islice((reply for each in _segments(text, mentions) for reply in replies_in(each)), REPLIES_MAX)
            ),
            passages=tuple(_passages(text, mentions)),
            reasons_first=bool(mentions) and _reasons_first(text, mentions),
        )

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those that the text names."""
        return tuple(each.recipient for each in self.passages)

    def about(self, recipient: str) -> str:
        """All that is said of a recipient, as it is written; "" for nothing."""
        passage = self._passage(recipient)
        if passage is None:
            return ""
        parts = (*passage.own, passage.shared, passage.before if self.reasons_first else "")
        return "\n".join(part for part in parts if part.strip())[:ABOUT_CHARS_MAX]

    def told_of(self, recipient: str) -> str:
        """The first paragraph about a recipient, as it is written: the mail server's own words, and the reply."""
        return next((each for each in _PARAGRAPH.split(self.about(recipient)) if each.strip()), "")

    def reply_for(self, recipient: str) -> str | None:
        """The reply that is about the recipient, else the words about it, else the only reply."""
        passage = self._passage(recipient)
        others = [each.recipient for each in self.passages if each.recipient != (passage and passage.recipient)]
        if passage is not None and (said := self._reply_in(passage, others)):
            return said
        if named := self._named(recipient):
            return named
        return self.reason_for(recipient) or self._anybodys(others)

    def reason_for(self, recipient: str) -> str | None:
        """The words about the recipient, without its name."""
        passage = self._passage(recipient)
        if passage is None:
            return None
        if self.reasons_first:
            return _reason(passage.before, last=True) or next(
                filter(None, (_reason(each, last=False) for each in passage.own)), None
            )
        return next(filter(None, (_reason(each, last=False) for each in (*passage.own, passage.shared))), None)

    @property
    def every_reply(self) -> tuple[str, ...]:
        """Those of the transcript first."""
        return (*(each.reply for each in self.answers), *self.replies)

    def whole_reply(self, first_line: str, recipient: str) -> Answer | None:
        """The answer of the transcript that begins with that line and has more; to that recipient, if it was one's."""
        begin = " ".join(first_line.split())
        found = [each for each in self.answers if each.reply.startswith(begin) and len(each.reply) > len(begin)]
        return next((each for each in found if each.recipient == recipient.lower()), next(iter(found), None))

    def remote_host(self, recipient: str) -> str | None:
        """The host that is said to have refused that recipient, lower case."""
        for text in (self.about(recipient), self.text if len(self.passages) < 2 else ""):
            if found := _HOST.search(before_reply(text)):
                return (found["host"] or found["first"]).lower()
        return None

    def in_general(self) -> str | None:
        """What is said where nobody is named: behind "the following …:", else what tells of a fault, else most."""
        if self.passages:
            return None
        begun = _INTRODUCED.search(self.text)
        if begun and (said := _reason(self.text[begun.end() :], last=False)):
            return said
        if named := _REASON.search(self.text):
            return " ".join(named["said"].split())[:REASON_CHARS_MAX]
        paragraphs = [_spoken(each) for each in _PARAGRAPH.split(self.text[:ABOUT_CHARS_MAX])[:PARAGRAPHS_MAX]]
        found = next(filter(FAULT.search, paragraphs), "") or max(paragraphs, key=len, default="")
        return found[:REASON_CHARS_MAX] or None

    def _passage(self, recipient: str) -> Passage | None:
        wanted = recipient.lower()
        return next((each for each in self.passages if each.recipient.lower() == wanted), None)

    def _reply_in(self, passage: Passage, others: Sequence[str]) -> str | None:
        """The first reply behind the name, or in front where reasons are, of those that name nobody else."""
        if self.reasons_first and (ahead := list(replies_in(passage.before))):
            return ahead[-1]
        for text in (*passage.own, passage.shared):
            if said := next((each for each in replies_in(text) if not _names_any(each, others)), None):
                return said
        return None

    def _named(self, recipient: str) -> str | None:
        name = recipient.lower()
        return next((each for each in (*self.replies, *self.every_reply) if name and name in each.lower()), None)

    def _anybodys(self, others: Sequence[str]) -> str | None:
        """The first reply that names nobody else; where there are several recipients, one that stands with none."""
        spoken = {each for passage in self.passages for text in passage.own for each in replies_in(text)}
        every = self.every_reply
        return next(
            (each for each in every if not _names_any(each, others) and (not others or each not in spoken)), None
        )


def _segments(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """The text parted where it begins to speak of somebody."""
    at = 0
    for start in (*(each.start for each in mentions), len(text)):
        yield text[at : max(start, at)]
        at = max(start, at)


def _passages(text: str, mentions: Sequence[Mention]) -> Iterator[Passage]:
    """One a recipient, of all its mentions."""
    mentions = [each for at, each in enumerate(mentions) if not at or not _same(each, mentions[at - 1])]
    starts = [each.start for each in mentions] + [len(text)]
    tails = [text[each.end : max(starts[at + 1], each.end)] for at, each in enumerate(mentions)]
    gathered: dict[str, Passage] = {}
    ahead, before = "", []
    for at, each in enumerate(mentions):  # and what stands in front of its first one
        between = text[mentions[at - 1].end if at else 0 : each.start]
        ahead = between if _has_words(between) or not at else ahead
        before.append(ahead)
    follows = ""
    shared = [""] * len(mentions)
    for at in reversed(range(len(mentions))):  # a list of names shares what follows its last one
        follows = tails[at] if _has_words(tails[at]) or at + 1 == len(mentions) else follows
        shared[at] = follows
    for at, each in enumerate(mentions):
        known = gathered.get(each.address.lower())
        said = _own(text, each, tails[at])
        gathered[each.address.lower()] = Passage(
            recipient=known.recipient if known else each.address,
            own=(*(known.own if known else ()), said),
            shared=known.shared if known else shared[at],
            before=known.before if known else before[at],
        )
    for passage in gathered.values():
        yield replace(passage, shared="") if any(map(_has_words, passage.own)) else passage


def _same(mention: Mention, before: Mention) -> bool:
    return mention.address.lower() == before.address.lower()


def _own(text: str, mention: Mention, tail: str) -> str:
    """What follows the name; the whole of its line where something is said in front of it."""
    head = text[mention.start : mention.end]
    if mention.leading or (_has_words(tail) and not FAULT.search(head.replace(mention.address, ""))):
        return tail
    return head + tail


def _reasons_first(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether nothing is said behind the last recipient's name, but something in front of the first one's."""
    front, behind = text[: mentions[0].start], text[mentions[-1].end :]
    if any(first_reply(text[each.start : each.end]) for each in mentions):
        return False
    if first_reply(behind):
        return False
    if first_reply(front):
        return True
    return _reason(behind, last=False) is None


def _has_words(text: str) -> bool:
    return _reason(text, last=False) is not None


def _reason(text: str, *, last: bool) -> str | None:
    """The line that is called the reason, else the first paragraph that says something, or the last with a fault."""
    text = text[-ABOUT_CHARS_MAX:] if last else text[:ABOUT_CHARS_MAX]
    if named := _REASON.search(text):
        return " ".join(named["said"].split())[:REASON_CHARS_MAX]
    paragraphs = [_spoken(each) for each in _PARAGRAPH.split(text)]
    speaking = [each for each in paragraphs if _WORD.search(each)]
    if last:
        speaking = [each for each in reversed(speaking) if FAULT.search(each)] or speaking[-1:]
    return speaking[0][:REASON_CHARS_MAX] if speaking else None


def _spoken(paragraph: str) -> str:
    stripped = (line.strip()[:LINE_CHARS_MAX] for line in paragraph.lstrip(" \t>:;.,\"')]").splitlines())
    return " ".join(" ".join(line for line in stripped if not _SAYS_NOTHING.match(line)).split())


def _names_any(reply: str, names: Sequence[str]) -> bool:
    lower = reply.lower()
    return any(name and name.lower() in lower for name in names)
