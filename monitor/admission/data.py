"""The dated data of `receivers.toml`, read once and checked: receivers with their demands, and the replies."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from monitor.admission.literal import literal_in
from monitor.phrase.names import several_in
from monitor.phrase.phrase import say

Needs = Literal[
    "ptr",
    "spf",
    "dkim",
    "spf-or-dkim",
    "spf-not-fail",
    "dmarc",
    "dmarc-record",
    "dmarc-reject",
    "dmarc-quarantine",
    "tls",
]
# The policies of an author's domain that a demand is about: it is asked of no other mail.
POLICIES: Final[dict[str, frozenset[str]]] = {
    "dmarc-reject": frozenset({"reject"}),
    "dmarc-quarantine": frozenset({"reject", "quarantine"}),
}
FAMILIES = {"ipv4": frozenset({4}), "ipv6": frozenset({6}), "any": frozenset({4, 6})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """First and last day of something; None where nobody knows the day, or where it still holds."""

    first: date | None
    last: date | None

    def __contains__(self, day: object) -> bool:
        return (
            isinstance(day, date)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a rule is about, whoever applies it."""

    id: str
    about: str  # a sentence: what is wrong
    remedy: str  # a sentence or two: what the list's owner is to do
    # policy: something must be mended; transient: the receiver only wants the client to come again
    kind: Literal["policy", "transient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One reply of one receiver, as documented or seen. None is evidence about a mailbox (RFC 7372 section 4)."""

    id: str
    receiver: str
    topic: Topic
    span: Span  # documented days
    guess: Span  # the same with guesses in place of what nobody wrote down: to choose by, never to show
    dated_by: str  # how the dates are known
    code: str  # SMTP reply codes, "550" or "550|554"; a class such as "5xx" for generic rules
    enhanced: str  # enhanced status codes (RFC 3463), likewise
    family: frozenset[int]
    permanence: Literal["hard", "soft"]
    about: Literal["list", "author", "receiver"]
    expression: str  # regular; see `pattern`
    example: str  # with places for what is the list's own; see `shown.filled`
    note: str
    hosts_required: bool  # its words are common: only a reply of the receiver's own hosts is this rule's
    confidence: Literal["documented", "standard", "code-documented", "composed", "third-party"]
    standards: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its replies look like.

        Compiled when it is first asked for: who asks for demands alone needs none of them.
        """
        return _compiled(self.expression)

    def fits(self, text: str, folded: str) -> bool:
        """Whether its replies look like that; `folded` is the same text, casefolded."""
        return _literal(self.expression) in folded and self.pattern.search(text) is not None

    @property
    def source(self) -> str:
        """The sources in one line."""
        return "; ".join(self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing that a receiver asks for, over some family, for some time."""

    needs: Needs
    family: frozenset[int]
    rule: Rule
    span: Span
    bulk: bool = False  # asked only of those who send as many messages a day as the receiver's `bulk_from`, or more


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One provider of mailboxes, or software that many run, and what it asks for in the order in which it looks."""

    id: str
    name: str
    note: str
    common: bool  # nearly every list has subscribers here
    software: bool  # no provider: whoever runs it
    hosts: tuple[str, ...]  # ends of the names of its MX hosts, lower case, without the last dot
    demands: tuple[Demand, ...]
    bulk_from: int | None = None  # messages a day from one author domain; None: it names no number
    bulk_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleSet:
    """Everything that is known of receivers, and the day of that knowledge. Loaded once, and equal only to itself."""

    dated: date
    receivers: tuple[Receiver, ...]
    rules: tuple[Rule, ...]  # in the order of matching

    def policies_refused(self, receiver_id: str, on: date) -> frozenset[str]:
        """The DMARC policies of authors' domains for which that receiver refuses what fails, whoever sends it."""
        asked = [demand for each in self.receivers if each.id == receiver_id for demand in each.demands]
        return frozenset().union(*(POLICIES.get(each.needs, frozenset()) for each in asked if on in each.span))

    def receiver_of_host(self, host: str) -> Receiver | None:
        """Whose MX host that is, by its name."""
        name = "." + host.strip().rstrip(".").lower()
        return next((each for each in self.receivers if name.endswith(each.hosts)), None)

    def receiver_name(self, receiver_id: str | None) -> str | None:
        """How the receiver calls itself; the id where we have no name for it; None for None."""
        return next((each.name for each in self.receivers if each.id == receiver_id), receiver_id)

    def rule(self, rule_id: str | None) -> Rule | None:
        """The rule of that id, with its dates and sources, or None."""
        return next((each for each in self.rules if each.id == rule_id), None)


_literal = cache(literal_in)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


@cache
def load_rules() -> RuleSet:
    """The rules that Staysub ships. Raises ValueError or KeyError where the file is wrong: a mistake of ours."""
    return parse(tomllib.loads(files("monitor.admission").joinpath("receivers.toml").read_text(encoding="utf-8")))


def parse(document: dict[str, Any]) -> RuleSet:
    """The rule set of a parsed file."""
    if document["schema"] != 1:
        raise ValueError("the rules are of a form that this version does not know")
    topics = {
        key: Topic(id=key, about=say(entry["about"]), remedy=say(entry["remedy"]), kind=entry.get("kind", "policy"))
        for key, entry in document["topic"].items()
    }
    rules = tuple(_rule(entry, topics) for entry in document["rule"])
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        raise ValueError("a rule id stands twice")
    receivers = tuple(_receiver(entry, by_id) for entry in document["receiver"])
    return RuleSet(dated=document["dated"], receivers=receivers, rules=rules)


def _receiver(entry: dict[str, Any], rules: dict[str, Rule]) -> Receiver:
    _know(entry, "id name called note common software hosts demand bulk_from bulk_source")
    return Receiver(
        id=entry["id"],
        name=say(entry["called"]) if "called" in entry else several_in(entry["name"]),
        note=entry.get("note", ""),
        common=entry.get("common", False),
        software=entry.get("software", False),
        hosts=tuple(entry.get("hosts", ())),
        demands=tuple(_demand(demand, rules) for demand in entry.get("demand", ())),
        bulk_from=entry.get("bulk_from"),
        bulk_source=entry.get("bulk_source", ""),
    )


def _demand(entry: dict[str, Any], rules: dict[str, Rule]) -> Demand:
    _know(entry, "needs family rule from until bulk")
    rule = rules[entry["rule"]]
    return Demand(
        needs=entry["needs"],
        family=FAMILIES[entry["family"]],
        rule=rule,
        span=Span(first=entry.get("from", rule.guess.first), last=entry.get("until", rule.guess.last)),
        bulk=entry.get("bulk", False),
    )


def _rule(entry: dict[str, Any], topics: dict[str, Topic]) -> Rule:
    _know(
        entry,
        "id receiver topic about from until from_guess until_guess dated_by code enhanced permanence family pattern "
        "example note hosts_required confidence standards sources",
    )
    first, last = entry.get("from"), entry.get("until")
    return Rule(
        id=entry["id"],
        receiver=entry["receiver"],
        topic=topics[entry["topic"]],
        span=Span(first=first, last=last),
        guess=Span(first=first or entry.get("from_guess"), last=last or entry.get("until_guess")),
        dated_by=entry["dated_by"],
        code=entry["code"],
        enhanced=entry["enhanced"],
        family=FAMILIES[entry.get("family", "any")],
        permanence=entry["permanence"],
        about=entry["about"],
        expression=entry["pattern"],
        example=entry["example"],
        note=entry.get("note", ""),
        hosts_required=entry.get("hosts_required", False),
        confidence=entry["confidence"],
        standards=tuple(entry["standards"]),
        sources=tuple(entry["sources"]),
    )


def _know(entry: dict[str, Any], keys: str) -> None:
    surplus = set(entry) - set(keys.split())
    if surplus:
        raise ValueError(f"unknown keys: {', '.join(sorted(surplus))}")
