"""TXT records that their owners take for SPF records and no receiver does (RFC 7208 section 4.5), and what was meant.

Pure and total. Every step undoes one kind of mistake and has its words; a record is a near miss if it is an SPF record
after them. Patterns are anchored or of bounded length: the reading takes time linear in the text.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from monitor.dns.answer import TxtRecord
from monitor.phrase.phrase import joined, say
from monitor.spf.misspelt import as_meant, faults
from monitor.spf.record import VERSION, is_spf, parse
from monitor.spf.typography import decoded, plain

LONGEST: Final = 4096  # octets of a record that are read: nobody meant anything by a longer one
RECORDS: Final = 100  # records of a name that are read: the most that people have are a few dozen
SHOWN: Final = 300  # characters of one in evidence
IN_FRONT: Final = 64  # characters that may stand before the version by mistake
ALIKE: Final = 0.8  # from which a first word is taken for `v=spf1` mistyped (Ratcliff and Obershelp's measure)

_MECHANISM: Final = r"[+\-~?]?(?:all\b|(?:include|exists|ip4|ip6):|(?:a|mx|ptr)(?![A-Za-z0-9])|redirect=|exp=)"
_START: Final = re.compile(_MECHANISM, re.IGNORECASE)
_QUOTES: Final = re.compile(r"\\?[\"`]|\A\\?'|\\?'\Z")
_NUMBER: Final = r"[ \-_.]?v?(?:1\.0(?![0-9])|1|2\.0(?:/[a-z,]{1,20})?)"
_OTHER_NUMBER: Final = r"[ \-_.]?v?[02-9](?:\.[0-9])?(?![0-9.])"  # of a version that there never was
_VERSION: Final = re.compile(rf"v ?[=:]{{1,2}} ?spf(?:{_NUMBER}|{_OTHER_NUMBER})?", re.IGNORECASE)
_BARE: Final = re.compile(rf"spf(?: ?= ?)?{_NUMBER}(?![0-9A-Za-z.=])", re.IGNORECASE)
_SENDER_ID: Final = re.compile(r"spf2\.[0-9]", re.IGNORECASE)
_LEAD: Final = re.compile(r"[^0-9A-Za-z]*")
_BEHIND: Final = re.compile(r"[\s;,:.=]*")
_LONE_SEPARATOR: Final = re.compile(r"(?:\A|(?<= ))[;,]+(?= |\Z)")


class NearMiss(NamedTuple):
    """A TXT record that is nearly an SPF record."""

    text: str  # as published, as far as it is shown
    faults: tuple[str, ...]  # what is wrong: `a space stands in front of …`
    mended: str | None  # the SPF record that was meant; None where that cannot be told
    sender_id: bool  # it is a record of Sender ID (RFC 4406), which is nobody's mistake beside an SPF record

    @property
    def sentence(self) -> str:
        """What is wrong with it."""
        return joined("; ", self.faults)


def near_misses(records: Sequence[TxtRecord]) -> tuple[NearMiss, ...]:
    """Those among the TXT records at a name, given as their character-strings."""
    found = (near_miss(strings) for strings in records[:RECORDS])
    return tuple(each for each in found if each is not None)


def near_miss(strings: TxtRecord) -> NearMiss | None:
    """The record as a near miss; None for an SPF record, and for one about something else."""
    whole = b"".join(strings)
    if is_spf(whole) or len(whole) > LONGEST:
        return None
    published = decoded(whole)
    characters = plain(published)
    front, faults = _unquoted(characters.text)
    if _QUOTES.search(published) is None:
        faults = []  # typographic ones are told of by what they are
    if (bare := front.lstrip(" ")) != front:
        front = bare
        if (lead := _LEAD.match(published)) is not None and " " in lead[0]:  # else it is a tab or the like
            faults = [*faults, say("a space stands in front of `v=spf1`")]
    version = _versioned(front)
    if version is None:
        return None
    rest, more = version
    faults = [*(say("it holds {character}", character=each) for each in characters.faults), *faults, *more]
    glued = _glued(strings, rest)
    rest, more = _behind(rest) if glued is None else glued
    faults += more
    if not faults:
        return None
    return NearMiss(published[:SHOWN], tuple(dict.fromkeys(faults)), mended(rest), _SENDER_ID.match(front) is not None)


def mended(rest: str) -> str | None:
    """The record with these terms, each as it was meant; None where one cannot be told, or there is none."""
    written = parse(f"{VERSION} {_LONE_SEPARATOR.sub('', rest)}")
    if not written.terms or any(fault.guess is None for fault in faults(written)):
        return None
    record = parse(as_meant(written))
    return record.text if record.terms and not record.errors else None


def _unquoted(text: str) -> tuple[str, list[str]]:
    """The text without quotation marks, which may have parted strings: `" "` is a space."""
    bare = _QUOTES.sub(" ", text)
    if bare == text:
        return text, []
    inside = bare.strip(" ") if text.startswith(('"', "\\", "'", "`")) else bare
    return inside, [say("quotation marks stand in the record itself; they belong to the zone file only")]


def _versioned(text: str) -> tuple[str, list[str]] | None:
    """What follows the version, and what is wrong with it; None where no version is to be seen."""
    found = _VERSION.search(text[: IN_FRONT + len(VERSION) * 4])
    if found is not None and found.start() <= IN_FRONT:
        before = text[: found.start()].strip(" ")
        faults: list[str] = [say("`{text}` stands in front of `v=spf1`", text=before)] if before else []
    elif (found := _BARE.match(text)) is not None:
        faults = []
    else:
        return _mistyped(text)
    if _SENDER_ID.match(found[0]):
        faults.append(say("`{text}` begins a record of Sender ID (RFC 4406), which SPF does not read", text=found[0]))
    elif found[0].lower() != VERSION:
        faults.append(say("it says `{text}` where `v=spf1` belongs", text=found[0]))
    return text[found.end() :], faults


def _mistyped(text: str) -> tuple[str, list[str]] | None:
    """The same for a first word that is nearly `v=spf1`, before terms of SPF: `v=sfp1`, `vspf1`."""
    word, _, rest = text.partition(" ")
    alike = len(word) < 2 * len(VERSION) and SequenceMatcher(None, word.lower(), VERSION).ratio() >= ALIKE
    if not alike or _START.match(rest.lstrip(" ")) is None:
        return None
    return f" {rest}", [say("it says `{text}` where `v=spf1` belongs", text=word)]


def _behind(rest: str) -> tuple[str, list[str]]:
    """The terms, and what is wrong between the version and them."""
    if rest[:1] in {"", " "}:
        return rest, []
    between = _BEHIND.match(rest)
    signs = "" if between is None else between[0]
    follows = signs.strip(" ") or rest.split(" ", 1)[0]
    return rest[len(signs) :], [say("`{text}` stands directly behind `v=spf1`, where a space belongs", text=follows)]


def _glued(strings: TxtRecord, rest: str) -> tuple[str, list[str]] | None:
    """The same where a string ends with the version: strings are joined without a space (section 3.3)."""
    if len(strings) < 2 or rest[:1] in {"", " "} or strings[0].strip(b" ").lower() != VERSION.encode():
        return None
    return rest, [say("its first string ends directly behind `v=spf1`, and strings are joined without a space")]
