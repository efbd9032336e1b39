"""A text cut into words, and phrases of a table found in it: one pass over the words, nothing that could backtrack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from monitor.trace.wording.complaints import COMPLAINTS, WHOLE, Complaint
from monitor.trace.wording.subjects import SUBJECTS, Subject

GAP: Final = "…"
GAP_WORDS: Final = 3  # what it may stand for
BREAK: Final = "."  # the end of a sentence or of a line of the reply
COLON: Final = ":"
ADDRESS: Final = "<address>"
IP: Final = "<ip>"
HOST: Final = "<host>"
MARKS: Final = frozenset({BREAK, ADDRESS, IP, HOST})
STEM_CHARS_MIN: Final = 3

# Languages without spaces between words: known words are set apart.
_UNSPACED: Final = re.compile(
    "|".join(
        sorted(
            {
                word
                for table in (*SUBJECTS.values(), *COMPLAINTS.values())
                for word in table.split("|")
                if any(letter >= "\u2e80" for letter in word)
            },
            key=len,
            reverse=True,
        )
    )
)
_TOKEN: Final = re.compile(
    r"(?P<url>https?:/\S{1,400}|www\.\S{1,400})"
    r"|(?P<address>(?<![\w.!#$%&'*+/=?^`{|}~-])<?[\w.!#$%&'*+/=?^`{|}~-]{1,128}@[\w.-]{1,255}>?)"
    r"|(?P<ip>\bunknown ?\[[0-9a-f:.]{2,45}\]|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)|(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]*)"
    r"|(?P<code>#?[245]\.\d{1,3}\.\d{1,3}\b)"
    r"|(?P<host>\b(?<![a-z0-9]-)(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b(?![.@]\w))"
    r"|(?P<word>[^\W_]+(?:'[^\W_]+)*)"
    r"|(?P<break>[.!?;|,](?=\s|$|\d)|\s-{1,2}(?=\s)|\.\.\.)"
    r"|(?P<colon>:(?=\s))"
)
# Blocking lists, by a label of the names under which they answer: "zen.spamhaus.org", "https://www.spamhaus.org/".
_LISTS: Final = frozenset(
    {
        "abuseat", "barracudacentral", "cloudmark", "dnsbl", "mailspike", "rbl", "senderscore", "sorbs", "spamcop", "spamhaus",
        "surbl", "uceprotect", "uribl",
    }
)  # fmt: skip
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_NUMBERED: Final = re.compile(r"(?<![\w.])[245]\d\d-(?=[^\d\s])")  # a further line of the reply


def words_in(text: str) -> list[str]:
    """The words in lower case, with placeholders for addresses and names of hosts, and the ends of sentences.

    Words written together as programs do it (`RecipientNotFound`) are parted. A comma ends no sentence.
    """
    text = _CAMEL.sub(" ", _NUMBERED.sub(" . ", text)).replace("\u2019", "'")
    text = _UNSPACED.sub(lambda found: f" {found[0]} ", text).lower()
    found: list[str] = []
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "word":
            found.append(token[0])
        elif kind == "address":
            found.append(ADDRESS)
        elif kind == "ip":
            found.append(IP)
        elif kind in {"host", "url"}:
            found.extend(label for label in re.split(r"[./-]", token[0]) if label in _LISTS)
            found.append(HOST)
        elif kind == "colon":
            found.append(COLON)
        elif kind == "break" and token[0] != ",":
            found.append(BREAK)
    return found


class Mention(NamedTuple):
    """A phrase of the tables, found in a text: a subject, a complaint, or both in one."""

    subject: Subject | None
    complaint: Complaint | None
    start: int  # in words
    end: int


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    subject: Subject | None
    complaint: Complaint | None


def mentions_in(words: Sequence[str]) -> Iterator[Mention]:
    """The longest phrases from the left to the right, without overlap; ends of sentences have neither word."""
    at = 0
    while at < len(words):
        found = _longest_at(words, at)
        if found is not None:
            yield found
        elif words[at] in MARKS:
            yield Mention(None, None, at, at + 1)
        at = found.end if found is not None else at + 1


def _longest_at(words: Sequence[str], start: int) -> Mention | None:
    best: Mention | None = None
    for phrase in _beginning_with(words[start], words[start + 1] if start + 1 < len(words) else ""):
        end = _end_of(phrase.words, words, start)
        if end is not None and (best is None or end > best.end):
            best = Mention(phrase.subject, phrase.complaint, start, end)
    return best


@lru_cache(maxsize=4096)  # replies say the same few words again and again
def _beginning_with(word: str, following: str) -> tuple[_Phrase, ...]:
    """The phrases that can stand there, of which there are some hundred for "no" alone: "spamhaus*" before "spam*"."""
    stems = (f"{word[:length]}*" for length in range(min(len(word), _STEM_CHARS_MAX), STEM_CHARS_MIN - 1, -1))
    found = (phrase for each in (word, *stems) for phrase in _PHRASES.get(each, ()))
    return tuple(
        phrase
        for phrase in found
        if len(phrase.words) == 1 or phrase.words[1] == GAP or _fits(phrase.words[1], following)
    )


def _end_of(phrase: Sequence[str], words: Sequence[str], start: int) -> int | None:
    """Where the phrase ends that begins there; None where it does not stand there."""
    at = start
    for n, expected in enumerate(phrase):
        if expected == GAP:
            window = words[at : at + GAP_WORDS + 1]
            offset = next((k for k, word in enumerate(window) if _fits(phrase[n + 1], word)), None)
            if offset is None or BREAK in window[:offset]:
                return None
            at += offset
            continue
        if at >= len(words) or not _fits(expected, words[at]):
            return None
        at += 1
    return at


def _fits(expected: str, word: str) -> bool:
    return word.startswith(expected[:-1]) if expected.endswith("*") else word == expected


def _by_first_word() -> Mapping[str, Sequence[_Phrase]]:
    """All tables by the first word of each phrase. Of two that are equally long the earlier table's is taken."""
    found: dict[str, list[_Phrase]] = {}
    tables: Sequence[tuple[Subject | None, Complaint | None, str]] = (
        *((subject, complaint, entries) for (subject, complaint), entries in WHOLE.items()),
        *((subject, None, entries) for subject, entries in SUBJECTS.items()),
        *((None, complaint, entries) for complaint, entries in COMPLAINTS.items()),
    )
    for subject, complaint, entries in tables:
        for entry in entries.split("|"):
            words = tuple(entry.split())
            found.setdefault(words[0], []).append(_Phrase(words, subject, complaint))
    return found


_PHRASES: Final = _by_first_word()
_STEM_CHARS_MAX: Final = max(len(word) - 1 for word in _PHRASES if word.endswith("*"))
