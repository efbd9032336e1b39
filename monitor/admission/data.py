"""The dated data of `receivers.toml`, read once and checked: receivers with their demands, and the replies."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Needs = Literal["ptr", "spf", "dkim", "spf-or-dkim"]
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
class Rule:
    """One reply of one provider, as documented or seen."""

    id: str
    provider: str
    span: Span
    dated_by: str  # how the dates are known
    code: str  # SMTP reply codes, "550" or "550|554"; a class such as "5xx" for generic rules
    enhanced: str  # enhanced status codes (RFC 3463), likewise
    family: frozenset[int]
    permanence: Literal["hard", "soft"]
    about: Literal["list", "author", "receiver"]
    pattern: re.Pattern[str]
    example: str
    remote_host: re.Pattern[str] | None
    remote_host_required: bool
    standards: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing that a receiver asks for, over some family, for some time."""

    needs: Needs
    family: frozenset[int]
    rule: Rule
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One provider of mailboxes and what it asks for, in the order in which it looks."""

    id: str
    name: str
    note: str
    common: bool  # nearly every list has subscribers here
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Everything that is known of receivers."""

    receivers: tuple[Receiver, ...]
    rules: tuple[Rule, ...]  # in the order of matching


@cache
def load_rules() -> RuleSet:
    """The rules that Staysub ships. Raises ValueError or KeyError where the file is wrong: a mistake of ours."""
    return parse(tomllib.loads(files("monitor.admission").joinpath("receivers.toml").read_text(encoding="utf-8")))


def parse(document: dict[str, Any]) -> RuleSet:
    """The rule set of a parsed file."""
    rules = tuple(_rule(entry) for entry in document["rule"])
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        raise ValueError("a rule id stands twice")
    return RuleSet(receivers=tuple(_receiver(entry, by_id) for entry in document["receiver"]), rules=rules)


def _receiver(entry: dict[str, Any], rules: dict[str, Rule]) -> Receiver:
    demands = tuple(
        Demand(
            needs=demand["needs"],
            family=FAMILIES[demand["family"]],
            rule=rules[demand["rule"]],
            span=_span(demand),
        )
        for demand in entry["demand"]
    )
    return Receiver(
        id=entry["id"],
        name=entry["name"],
        note=entry.get("note", ""),
        common=entry.get("common", False),
        demands=demands,
    )


def _rule(entry: dict[str, Any]) -> Rule:
    host = entry.get("remote_host")
    return Rule(
        id=entry["id"],
        provider=entry["provider"],
        span=_span(entry),
        dated_by=entry["dated_by"],
        code=entry["code"],
        enhanced=entry["enhanced"],
        family=FAMILIES[entry["family"]],
        permanence=entry["permanence"],
        about=entry["about"],
        pattern=re.compile(entry["pattern"], re.IGNORECASE),
        example=entry["example"],
        remote_host=None if host is None else re.compile(host, re.IGNORECASE),
        remote_host_required=entry.get("remote_host_required", False),
        standards=tuple(entry["standards"]),
        source=entry["source"],
    )


def _span(entry: dict[str, Any]) -> Span:
    return Span(first=entry.get("from"), last=entry.get("until"))
