"""What if one thing changed: the record published, IPv6 turned off for mail, a threshold raised, a week's rest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.evidence.ledger import Ledger
from monitor.managers.catalogue import kind_named
from monitor.model.evidence import REFUSING, Admission, AdmissionAction
from monitor.model.post_policies import PostPolicies
from monitor.model.risk import ReceiverForecast, RiskLevel, Thresholds
from monitor.mtas.parties import parties
from monitor.phrase.phrase import say
from monitor.risk.facts import RiskFacts
from monitor.risk.level import DEFAULTS
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.reckoned import Reckoned

REST_DAYS = 7
THRESHOLD, REST = "threshold", "rest"  # the changes at the list manager
FACTOR = 2  # by which thresholds are raised
SATISFIED = frozenset({"pass", "unknown", "temperror"})
OPEN = frozenset({"unknown", "temperror"})
BY_DMARC = frozenset({"dmarc"})  # what SPF mends besides, where it aligns with From
BY_SPF = frozenset({"spf", "dkim"})  # what SPF alone mends, where one of the two is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that could be done, and the facts then."""

    word: str  # stable
    title: str  # what to do, for people
    facts: RiskFacts
    setting: str = ""  # the list manager's that is changed, by its own name
    value: float | None = None  # to what


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One change and what would come of it."""

    change: str  # a stable word
    title: str  # what to do, for people
    forecasts: tuple[ReceiverForecast, ...]
    level: RiskLevel


def changes(facts: RiskFacts) -> tuple[Change, ...]:
    """Every change that can be tried on these facts, each by itself."""
    fresh = replace(facts, previous_level=RiskLevel.UNKNOWN)
    found = [Change(word="publish", title=say("publish the suggested record"), facts=published(fresh))]
    if any(a.client_ip.version == 4 for a in facts.admission):
        found.append(Change(word="no-ipv6", title=say("turn off IPv6 for outgoing mail"), facts=without_ipv6(fresh)))
    if facts.posts.failed:
        named = say("replace From for authors with p=reject or p=quarantine")
        found.append(Change(word="rewrite-from", title=named, facts=replace(fresh, posts=PostPolicies(seen=0))))
    if raised := _raised(fresh):
        setting, value, facts_then = raised
        shown = f"{value:.10g}"  # 1296000, not 1.296e+06
        title = say("set {setting} to {value}", setting=setting, value=shown)
        found.append(Change(word=THRESHOLD, title=title, facts=facts_then, setting=setting, value=value))
    rested = replace(fresh, paused_days=REST_DAYS)
    return (*found, Change(word=REST, title=say("turn off bounce processing for a week"), facts=rested))


def what_if(facts: RiskFacts, *, now: datetime, thresholds: Thresholds = DEFAULTS) -> tuple[Alternative, ...]:
    """What would come of every change. Levels begin anew, without hysteresis."""
    found = []
    for change in changes(facts):
        forecasts, level = receiver_forecasts(change.facts, now=now, thresholds=thresholds)
        found.append(Alternative(change=change.word, title=change.title, forecasts=forecasts, level=level))
    return tuple(found)


def published(facts: RiskFacts) -> RiskFacts:
    """Once SPF passes for every address: refusals for another reason, such as a missing PTR, stay."""
    mended = BY_DMARC if facts.spf_aligned else frozenset[str]()
    admission = tuple(
        _accepted(a, mended) if a.action in REFUSING and not _other_reason(a, mended) else a for a in facts.admission
    )
    helped: set[tuple[str, int]] = {
        (a.receiver, a.client_ip.version) for a, b in zip(facts.admission, admission, strict=True) if a != b
    }
    refusals: dict[tuple[str, int], AdmissionAction] = {
        (a.receiver, a.client_ip.version): a.action for a in facts.admission
    }
    passing = {key: _passing(facts.reckoned.get(key), refusals[key]) for key in helped if key not in _open(admission)}
    kept = {key: each for key, each in facts.reckoned.items() if key not in helped}
    reckoned: dict[tuple[str, int], Reckoned] = {**kept, **passing}
    return replace(facts, admission=admission, reckoned=reckoned, ledger=_without(facts.ledger, helped))


def _passing(before: Reckoned | None, refusal: AdmissionAction) -> Reckoned:
    """The same looks, had the record been there at each: where it still falters, it refuses as it did."""
    if before is None:
        return Reckoned(passed=1.0, refusal=refusal)
    looks = 0 if before.stretch is None else before.stretch.looks
    return Reckoned(passed=max(1.0, before.passed + before.failed + looks), refusal=before.refusal)


def _open(admission: Iterable[Admission]) -> Collection[tuple[str, int]]:
    """The receivers and families of which something is not known."""
    return {(a.receiver, a.client_ip.version) for a in admission if a.action is AdmissionAction.UNKNOWN}


def without_ipv6(facts: RiskFacts) -> RiskFacts:
    """Once mail leaves over IPv4 alone."""
    return replace(
        facts,
        admission=tuple(a for a in facts.admission if a.client_ip.version == 4),
        reckoned={key: each for key, each in facts.reckoned.items() if key[1] == 4},
        ledger=_without(facts.ledger, {(key.receiver, 6) for day in facts.ledger.days for key in day.replies}),
    )


def _without(ledger: Ledger, over: Collection[tuple[str, int]]) -> Ledger:
    """Without the refusals of these receivers over these families, and those of a family that nothing tells."""
    receivers = {receiver for receiver, _ in over}
    return replace(
        ledger,
        days=tuple(
            replace(
                day,
                replies={
                    key: cell
                    for key, cell in day.replies.items()
                    if (key.receiver, key.family) not in over and not (key.family == 0 and key.receiver in receivers)
                },
            )
            for day in ledger.days
        ),
    )


def _raised(facts: RiskFacts) -> tuple[str, float, RiskFacts] | None:
    """(setting, its new value, the facts then); None where the manager has nothing to raise.

    Twice nothing is nothing: from 0 it is the manager's default.
    """
    lever = kind_named(facts.manager).lever
    if lever is None:
        return None
    machine, _ = parties(facts.manager, facts.mta, facts.bounce_policy)
    value = machine.setting(lever) * FACTOR or kind_named(facts.manager).machine().setting(lever)
    return lever, value, replace(facts, bounce_policy={**facts.bounce_policy, lever: value})


def _accepted(admission: Admission, mended: frozenset[str]) -> Admission:
    """The answer once SPF passes: unknown where something else is that is asked for besides."""
    hangs = tuple(name for name, result in _besides(admission, mended) if result in OPEN)
    action = AdmissionAction.UNKNOWN if hangs else AdmissionAction.ACCEPT
    return replace(admission, action=action, reply=None, rule=None, undecided=hangs)


def _other_reason(admission: Admission, mended: frozenset[str]) -> bool:
    """Whether something is missing that SPF does not mend."""
    return any(result not in SATISFIED for _, result in _besides(admission, mended))


def _besides(admission: Admission, also: frozenset[str]) -> list[tuple[str, str]]:
    """The other facts that the demands looked at, as (name, result): of bulk DKIM is asked for besides SPF.

    `also` is what SPF mends because it aligns with From.
    """
    mended = also | ({"spf"} if "bulk=yes" in admission.because else BY_SPF)
    facts = (reason.partition("=")[::2] for reason in admission.because)
    return [(name, result) for name, result in facts if name != "bulk" and name not in mended]
