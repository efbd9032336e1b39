"""The part of a bounce that is written for people, taken apart: what it says of each recipient."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Self

from monitor.trace.addresses import ADDRESS, Mention, mentions_by_name, mentions_of
from monitor.trace.passages import Passage, are_reasons_first, passages_of
from monitor.trace.quoted import REPLIES_MAX, Answer, before_reply, replies_in, transcribed
from monitor.trace.reasons import paragraphs_of, reason_in, reason_in_general

MENTIONS_MAX: Final = 1000
ABOUT_CHARS_MAX: Final = 8192  # of what is looked at for one recipient


_ADDRESS: Final = re.compile(ADDRESS)
_HOST: Final = re.compile(
    r"(?:\bhost:?\s{1,8}|while talking to |\bserver |\bby )(?P<host>(?:[A-Za-z0-9_-]{1,63}\.){1,20}[A-Za-z]{2,})\.?[ :\[(,]|"
    r"^(?P<first>(?!\d{3}-)(?:[A-Za-z0-9_-]{1,63}\.){1,20}[A-Za-z]{2,})\.? \[[0-9a-fA-F:.]+\]",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a bounce says to people, taken apart once."""

    text: str
    answers: tuple[Answer, ...]  # of the transcript, where there is one
    replies: tuple[str, ...]  # of the whole text
    loose: tuple[str, ...]  # those that stand with no recipient
    passages: Mapping[str, Passage]  # by recipient, lower case, in the text's order
    reasons_first: bool  # reasons stand in front of the recipients that they are about

    @classmethod
    def of(cls, text: str, *, names: Sequence[str] = (), foreign: Collection[str] = ()) -> Self:
        """The words of a text about known recipients, or about those that it names itself.

        `foreign` are addresses of no recipients, lower case.
        """
        mentions = mentions_by_name(text, names) if names else mentions_of(text, foreign=foreign)
        mentions = mentions[:MENTIONS_MAX]
        passages = {each.recipient.lower(): each for each in passages_of(text, mentions)}
        answers = tuple(islice(transcribed(text), REPLIES_MAX))
        replies = (reply for each in _segments(text, mentions) for reply in replies_in(each))
        every = (*(each.reply for each in answers), *islice(replies, REPLIES_MAX))
        own = {each for passage in passages.values() for said in passage.own for each in replies_in(said)}
        return cls(
            text=text,
            answers=answers,
            replies=every,
            loose=tuple(each for each in every if len(passages) < 2 or each not in own),
            passages=passages,
            reasons_first=bool(mentions) and are_reasons_first(text, mentions),
        )

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those that the text names."""
        return tuple(each.recipient for each in self.passages.values())

    def about(self, recipient: str) -> str:
        """All that is said of a recipient, as it is written; "" for nothing."""
        passage = self._passage(recipient)
        if passage is None:
            return ""
        parts = (*passage.own, passage.shared, passage.before if self.reasons_first else "")
        return "\n".join(part for part in parts if part.strip())[:ABOUT_CHARS_MAX]

    def told_of(self, recipient: str) -> str:
        """The first paragraph about a recipient, as it is written: the mail server's own words, and the reply."""
        return next((each for each in paragraphs_of(self.about(recipient)) if each.strip()), "")

    def reply_for(self, recipient: str) -> str | None:
        """The reply that is about the recipient, else the words about it, else the only reply."""
        passage = self._passage(recipient)
        if passage is not None and (said := self._reply_in(passage)):
            return said
        name = recipient.lower()
        named = next((each for each in self.replies if name and name in each.lower()), None)
        anybodys = (each for each in self.loose if not self._names_another(each, name))
        return named or self.reason_for(recipient) or next(anybodys, None)

    def reason_for(self, recipient: str) -> str | None:
        """The words about the recipient, without its name."""
        passage = self._passage(recipient)
        if passage is None:
            return None
        if self.reasons_first:
            return reason_in(passage.before, last=True) or next(
                filter(None, (reason_in(each, last=False) for each in passage.own)), None
            )
        return next(filter(None, (reason_in(each, last=False) for each in (*passage.own, passage.shared))), None)

    def whole_reply(self, first_line: str, recipient: str) -> Answer | None:
        """The answer of the transcript that begins with that line and has more; to that recipient, if it was one's."""
        begin = " ".join(first_line.split())
        found = [each for each in self.answers if each.reply.startswith(begin) and len(each.reply) > len(begin)]
        return next((each for each in found if each.recipient == recipient.lower()), next(iter(found), None))

    def remote_host(self, recipient: str) -> str | None:
        """The host that is said to have refused that recipient, lower case."""
        for text in (self.about(recipient), self.text if len(self.passages) < 2 else ""):
            if host := _host_in(text):
                return host
        return None

    def in_general(self) -> str | None:
        """What is said where nobody is named."""
        return None if self.passages else reason_in_general(self.text)

    def _passage(self, recipient: str) -> Passage | None:
        return self.passages.get(recipient.lower())

    def _reply_in(self, passage: Passage) -> str | None:
        """The first reply behind the name, or in front where reasons are, of those that name nobody else."""
        if self.reasons_first and (ahead := _replies(passage.before)):
            return ahead[-1]
        name = passage.recipient.lower()
        said = (each for text in (*passage.own, passage.shared) for each in _replies(text))
        return next((each for each in said if not self._names_another(each, name)), None)

    def _names_another(self, reply: str, name: str) -> bool:
        """Whether the reply names a recipient, and not this one (lower case)."""
        named = {each.lower() for each in _ADDRESS.findall(reply)} & self.passages.keys()
        return bool(named - {name})


@lru_cache(maxsize=8)  # recipients in one list share their words
def _replies(text: str) -> tuple[str, ...]:
    return tuple(replies_in(text))


@lru_cache(maxsize=8)  # likewise
def _host_in(text: str) -> str | None:
    found = _HOST.search(before_reply(text))
    return (found["host"] or found["first"]).lower() if found else None


def _segments(text: str, mentions: Sequence[Mention]) -> Iterator[str]:
    """The text parted where it begins to speak of somebody."""
    at = 0
    for start in (*(each.start for each in mentions), len(text)):
        yield text[at : max(start, at)]
        at = max(start, at)
