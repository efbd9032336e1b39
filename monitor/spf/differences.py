"""Where pyspf 2.0.14 is known to say something else than RFC 7208: each difference with its section and reason. Pure.

What none of these explains is on the RFC's ground: one of us is wrong.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from monitor.dns.memory import Replay
from monitor.errors import DnsUnavailable
from monitor.model.dns import SpfOutcome, SpfResult
from monitor.phrase.phrase import Phrase, say
from monitor.spf.limits import LOOKUP_LIMIT
from monitor.spf.record import MODIFIERS, Term, is_spf, parse

_ADDRESSES: Final = ("A", "AAAA", "PTR")
_ANSWERED: Final = ("NOERROR", "NXDOMAIN")
_VISIBLE: Final = re.compile(r"[!-~]*\Z")
_MACRO_P: Final = re.compile(r"%\{p", re.IGNORECASE)
_KEPT_DELIMITER: Final = re.compile(r"%\{[odiphv][0-9]*r?[^}]*[-+,/_=][^}]*\}", re.IGNORECASE)


@dataclass(frozen=True)
class Difference:
    """Two results for the same answers: ours, and pyspf's with its reason."""

    ours: SpfOutcome
    theirs: SpfResult
    problem: str

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of every record that was read."""
        replay, found = Replay(self.ours.trace), list[Term]()
        for line in self.ours.trace:
            if line.rrtype == "TXT":
                try:
                    texts = replay.lookup(line.name, "TXT").texts
                except DnsUnavailable:
                    continue
                found += [t for text in texts if is_spf(text) for t in parse(text.decode("ascii", "replace")).terms]
        return tuple(found)

    @property
    def errors(self) -> list[Term]:
        """Those that break the grammar."""
        return [term for term in self.terms if term.error is not None]

    def has(self, macro: re.Pattern[str]) -> bool:
        """Whether any term uses such a macro."""
        return any(macro.search(term.text) for term in self.terms)

    @property
    def trouble_at_names(self) -> bool:
        """Whether a term asks for names of the client, and DNS failed for a PTR or an address."""
        asks = self.has(_MACRO_P) or any(term.name == "ptr" for term in self.terms)
        return asks and any(line.rrtype in _ADDRESSES and line.rcode not in _ANSWERED for line in self.ours.trace)


class Known(NamedTuple):
    """One known difference: its name, the section of RFC 7208, and what pyspf does, as the end of a sentence."""

    name: str
    section: str
    reason: Phrase
    explains: Callable[[Difference], bool]


KNOWN_DIFFERENCES: Final = (
    Known(
        "redirect-counted-when-read",
        "4.6.4",
        say("it counts `redirect=` as a DNS lookup even where it is not followed"),
        lambda found: (
            found.problem.startswith("Too many DNS lookups")
            and found.ours.lookups <= LOOKUP_LIMIT
            and any(term.name == "redirect" for term in found.terms)
        ),
    ),
    Known(
        "include-of-itself",
        "5.2",
        say("it refuses a record that includes itself even where another term matches first"),
        lambda found: found.problem.startswith("include has trivial recursion"),
    ),
    Known(
        "expanded-when-read",
        "4.8",
        say(
            "it expands the macros of all terms first, and refuses an empty domain even where another term matches before"
        ),
        lambda found: found.problem.startswith("empty domain"),
    ),
    Known(
        "trouble-at-ptr",
        "5.5",
        say(
            "it takes DNS trouble at a name of the client for a temporary error, where the term should merely not match"
        ),
        lambda found: found.theirs is SpfResult.TEMPERROR and found.trouble_at_names,
    ),
    Known(
        "explanation-always",
        "6.2",
        say("it reads the explanation before there is a verdict, and counts what its `%{{p}}` looks up in vain"),
        lambda found: found.problem.startswith("Void lookup limit") and any(term.name == "exp" for term in found.terms),
    ),
    Known(
        "modifier-twice",
        "6",
        say("it refuses an unknown modifier that stands twice, where all of them should be ignored"),
        lambda found: (
            found.problem.endswith("= MUST appear at most once")
            and found.problem.partition("=")[0].lower() not in MODIFIERS
        ),
    ),
    Known(
        "modifier-in-capitals",
        "4.6.1",
        say("it does not know `redirect=` and `exp=` in capital letters"),
        lambda found: any(term.name in MODIFIERS and not term.text.startswith(term.name) for term in found.terms),
    ),
    Known(
        "macro-grammar",
        "7.1",
        say("it takes macros and characters that the grammar does not allow, such as `%{{d0}}`"),
        lambda found: (
            found.ours.result is SpfResult.PERMERROR
            and bool(found.errors)
            and all("%" in term.text or _VISIBLE.match(term.text) is None for term in found.errors)
        ),
    ),
    Known(
        "percent-at-end",
        "7.1",
        say("it does not know `%%` at the end of a domain"),
        lambda found: (
            found.problem.startswith("invalid-macro-char")
            and any((term.value or term.text).endswith("%%") for term in found.terms)
        ),
    ),
    Known(
        "delimiters-kept",
        "7.3",
        say("it keeps the delimiters of a macro's parts, where they should be joined with dots"),
        lambda found: found.has(_KEPT_DELIMITER),
    ),
    Known(
        "client-name-once",
        "7.3",
        say(
            "it looks for the client's name (`%{{p}}`) once, when a record is read, not for each domain when it is needed"
        ),
        lambda found: found.has(_MACRO_P),
    ),
)


def known_difference(ours: SpfOutcome, theirs: SpfResult, problem: str) -> Known | None:
    """What explains that pyspf says something else; None where nothing known does."""
    found = Difference(ours, theirs, problem)
    return next((known for known in KNOWN_DIFFERENCES if known.explains(found)), None)
