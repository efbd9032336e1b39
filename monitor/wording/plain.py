"""Every finding in plain words, for an owner who knows no DNS: a sentence, and what to do, from whom. Pure.

The words stand in `findings/`, one file a subject. A page, the command `staysub findings` and `docs/findings.md` tell
them; a test holds them complete, so that each code which is emitted has its words.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final

from monitor.model.findings import Severity
from monitor.phrase.phrase import say

PAGES: Final = "/findings"  # of the web part: the index; each code has a page below it
HELP_PAGE: Final = "/help/critical"  # "My list is told critical: what now?"

NEAR: Final = 0.6  # of 1: a code is proposed for what is so like it; chance alone brings words to a half
BEGUN_LEAST: Final = 3  # letters: less is no beginning of a code in particular

# The subjects, in the order in which they are shown.
SUBJECTS: Final = ("spf", "servers", "dns", "dkim", "authors", "posts", "replies", "reports", "probes", "messages")

# Who can mend it, as the owner is told.
PEOPLE: Final[Mapping[str, str]] = {
    "owner": say("You, at the list manager."),
    "dns": say("Whoever runs the domain's DNS: mostly the company where the domain is registered, or your web host."),
    "server": say("Whoever runs the mail server that the list's mail leaves from."),
    "addresses": say("Whoever hands out the mail server's internet address: its hosting or internet provider."),
    "name-servers": say(
        "Whoever runs the name servers that the finding names: mostly the company that hosts the domain."
    ),
    "receiver": say("Whoever runs the subscribers' mailboxes: the receiver."),
    "subscriber": say("The subscriber."),
    "staysub": say("Whoever runs Staysub here."),
    "nobody": say("Nobody has to, as a rule."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is told of one finding code. Texts are whole sentences; `code` in them stands between grave accents."""

    code: str
    title: str
    severities: Mapping[Severity, str]  # each that it can have → when ("" where it has only this one)
    sentence: str  # the plain one: no word that only those know who run DNS or mail
    means: str
    otherwise: str  # what happens if nothing is done
    who: tuple[str, ...]  # keys of PEOPLE
    do: str
    see: str  # how to see that it is mended
    exact: str  # for whoever mends it, in the standards' words
    remedy: str
    standard: str  # "RFC 7208 section 5.6"

    @property
    def people(self) -> tuple[str, ...]:
        """Who can mend it, a sentence each."""
        return tuple(PEOPLE[each] for each in self.who)

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """The words in what the owner reads that need to be explained, each with its meaning."""
        return words_in(" ".join((self.means, self.otherwise, *self.people, self.do, self.see)))

    @property
    def severity(self) -> str:
        """In the enumeration's words: `critical`, or `critical for IPv6, warning for IPv4`."""
        return ", ".join(f"{severity} {when}".strip() for severity, when in self.severities.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Findings about one thing, in the order in which they are shown."""

    id: str
    name: str
    about: str  # what those who know it call it
    findings: tuple[Explanation, ...]


@cache
def subjects() -> tuple[Subject, ...]:
    """All that can be told, by subject. Read once a process."""
    return tuple(_subject(each) for each in SUBJECTS)


def explained(code: str) -> Explanation | None:
    """What is told of a code; None for one that is not known, such as one stored by another version."""
    return _by_code().get(code)


def subject_of(code: str) -> Subject | None:
    """The subject that a code belongs to; None for one that is not known."""
    return next((each for each in subjects() if any(one.code == code for one in each.findings)), None)


def plain_sentence(code: str) -> str:
    """One sentence for an owner who knows no DNS; "" for a code that is not known."""
    found = explained(code)
    return "" if found is None else found.sentence


def page_path(code: str) -> str:
    """Where the web part tells all of it: `/findings/spf.ipv6-not-covered`; its index for a code that is not known."""
    return f"{PAGES}/{code}" if code in _by_code() else PAGES


def nearest(code: str, most: int = 3) -> tuple[Explanation, ...]:
    """The codes that were perhaps meant, the likeliest first."""
    known = _by_code()
    wanted = code.strip().lower()
    ends = [each for each in known if each.partition(".")[2] == wanted]
    begun = [each for each in known if each.startswith(wanted)] if len(wanted) >= BEGUN_LEAST else []
    near = ends or begun[:most] or get_close_matches(wanted, known, n=most, cutoff=NEAR)
    return tuple(known[each] for each in near)


def words_in(text: str) -> tuple[tuple[str, str], ...]:
    """The words of DNS and mail in a text for owners, each with its meaning; words in meanings are not looked for."""
    return tuple((word, meaning) for word, meaning in _glossary().items() if re.search(rf"\b{re.escape(word)}\b", text))


@cache
def _glossary() -> Mapping[str, str]:
    return {word: say(meaning) for word, meaning in _written("words")["word"].items()}


@cache
def _by_code() -> Mapping[str, Explanation]:
    return {one.code: one for subject in subjects() for one in subject.findings}


def _subject(name: str) -> Subject:
    written = _written(name)
    return Subject(
        id=name,
        name=say(written["subject"]),
        about=say(written["about"]),
        findings=tuple(
            _explanation(code, {"see": written.get("see"), **of}) for code, of in written["finding"].items()
        ),
    )


def _explanation(code: str, written: Mapping[str, Any]) -> Explanation:
    severity = written["severity"]
    by_severity = {severity: ""} if isinstance(severity, str) else severity
    texts = ("title", "sentence", "means", "otherwise", "do", "see", "exact", "remedy")
    return Explanation(
        code=code,
        severities={Severity(each): say(when) if when else "" for each, when in by_severity.items()},
        who=tuple(written["who"]),
        standard=written["standard"],
        **{each: say(written[each]) for each in texts},
    )


def _written(name: str) -> dict[str, Any]:
    return tomllib.loads(files("monitor.wording").joinpath("findings", f"{name}.toml").read_text(encoding="utf-8"))
