"""What the rules say to what was seen of the list's mail: how often each receiver would refuse it, since when. Pure.

Two kinds of refusal are kept apart. A *stretch* is a time in which every look met a refusal: the record does not name
the address, a name server is down. What comes and goes is *sporadic*. A stretch never counts as sporadic, not in
retrospect either, and what was mended stops counting when it was mended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from monitor.admission.mail import as_it_moves_the_level
from monitor.admission.rules import RuleSet, admit
from monitor.evidence.entry import Facts
from monitor.evidence.ledger import Ledger, Run
from monitor.evidence.ledger_letters import read_look
from monitor.evidence.source import EvidenceSource
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.mail_facts import MailFacts
from monitor.phrase.phrase import Phrase

STALE: Final = timedelta(days=2)  # looks older than this say nothing of today
HALF_LIFE_DAYS: Final = 7.0
READ_DAYS: Final = 28  # what is older weighs less than a sixteenth
TOLD_DAYS: Final = 7  # of which sentences count the looks
LOOKS_A_TURN: Final = 2  # failures that last longer than four looks on average are an outage, not sporadic
BREAKS: Final = 4  # turns of a week that one break and its mending, twice, explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Refusals without a break up to now."""

    since: datetime
    looks: int
    certain: bool  # every message meets it, as opposed to DNS trouble, which comes and goes
    first: bool  # nothing else was seen before


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """One receiver over one family."""

    failed: float = 0.0  # looks by weight: those that failed sporadically
    passed: float = 0.0
    stretch: Stretch | None = None
    refusal: AdmissionAction = AdmissionAction.REJECT  # how it refuses, where it does
    broken_at: datetime | None = None  # when the last stretch that ended had begun; None: not known
    mended_at: datetime | None = None  # when the last stretch ended, where it did
    told: tuple[Phrase, ...] = ()  # what each kind of evidence counts of late
    refused_on: frozenset[date] = frozenset()  # days (UTC) on which any look was refused, or may have been


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A stretch that is over."""

    since: datetime | None  # None: before anything that is known
    mended_at: datetime


@dataclass(frozen=True, slots=True)
class _Weight:
    """What looks with the same facts weigh where they pass, and where they are refused."""

    passed: float = 0.0
    failed: float = 0.0
    total: int = 0  # of TOLD_DAYS
    on: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What every receiver says to facts that were seen."""

    rules: RuleSet
    mail: MailFacts
    now: datetime
    known: dict[Facts, Mapping[str, AdmissionAction]] = field(default_factory=dict)

    def to(self, facts: Facts) -> Mapping[str, AdmissionAction]:
        """By today's rules: what is asked is what becomes of the next post. DNS trouble that decides puts mail off."""
        if facts not in self.known:
            said = admit(self.rules, facts.for_rules(self.mail), on=self.now.date())
            hangs = facts.troubled
            self.known[facts] = {
                each.receiver: AdmissionAction.DEFER
                if hangs and each.action is AdmissionAction.UNKNOWN and "spf" in each.undecided
                else each.action
                for each in said
            }
        return self.known[facts]

    def to_all(self, facts: Iterable[Facts], receiver: str) -> AdmissionAction:
        """The worst of what is said to mail from several addresses."""
        said = {self.to(each).get(receiver, AdmissionAction.UNKNOWN) for each in facts}
        for worst in (AdmissionAction.REJECT, AdmissionAction.DEFER, AdmissionAction.UNKNOWN):
            if worst in said:
                return worst
        return AdmissionAction.ACCEPT


def reckon(
    ledger: Ledger,
    receivers: Iterable[str],
    *,
    rules: RuleSet,
    mail: MailFacts,
    sources: Sequence[EvidenceSource[Any]],
    now: datetime,
) -> dict[tuple[str, int], Reckoned]:
    """By receiver and family. Left out is what nobody has looked at lately, or where nothing could be told."""
    answers = _Answers(rules=rules, mail=as_it_moves_the_level(mail, rules), now=now)
    kinds = {each.name: each for each in sources}
    weights = _weights(ledger, kinds, now)
    wanted = tuple(receivers)
    found: dict[tuple[str, int], Reckoned] = {}
    for family in sorted({facts.family for _, facts in weights} | {family for _, family in ledger.runs}):
        runs = {source: each for (source, of), each in ledger.runs.items() if of == family and each}
        if not any(now - each[0].last <= STALE for each in runs.values()):
            continue
        of_family = {key: weight for key, weight in weights.items() if key[1].family == family}
        for receiver in wanted:
            one = _reckoned(receiver, weights=of_family, runs=runs, answers=answers, kinds=kinds, now=now)
            if one is not None:
                found[receiver, family] = one
    return found


def _reckoned(
    receiver: str,
    *,
    weights: Mapping[tuple[str, Facts], _Weight],
    runs: Mapping[str, Sequence[Run]],
    answers: _Answers,
    kinds: Mapping[str, EvidenceSource[Any]],
    now: datetime,
) -> Reckoned | None:
    failed = passed = 0.0
    totals: dict[str, list[int]] = {}
    refusals: set[AdmissionAction] = set()
    refused_on: set[date] = set()
    for (source, facts), weight in weights.items():
        action = answers.to(facts).get(receiver, AdmissionAction.UNKNOWN)
        if action in REFUSING or (action is AdmissionAction.UNKNOWN and _is_bad(facts)):
            refused_on |= weight.on
        if action is AdmissionAction.UNKNOWN:
            continue
        counts = totals.setdefault(source, [0, 0])
        counts[1] += weight.total
        if action in REFUSING:
            failed += weight.failed
            refusals.add(action)
            counts[0] += weight.total
        else:
            passed += weight.passed
    speaking = {source: each for source, each in runs.items() if now - each[0].last <= STALE}
    stretches = [
        found
        for source, of in speaking.items()
        if (found := _stretch(receiver, of, answers)) is not None
        and not any(_ends(found, of[0], other, receiver, answers) for name, other in speaking.items() if name != source)
    ]
    if not totals and not stretches:
        return None
    stretch = max(stretches, key=lambda each: (each.certain, each.looks), default=None)
    ends = [end for of in runs.values() if (end := _mended(receiver, of, answers)) is not None]
    ended = None if stretch is not None else max(ends, key=lambda each: each.mended_at, default=None)
    return Reckoned(
        failed=failed,
        passed=passed,
        stretch=stretch,
        refusal=AdmissionAction.DEFER if refusals == {AdmissionAction.DEFER} else AdmissionAction.REJECT,
        broken_at=None if ended is None else ended.since,
        mended_at=None if ended is None else ended.mended_at,
        told=tuple(
            kinds[source].told(failed=bad, total=total, share=round(100 * bad / total, 1))
            for source, (bad, total) in sorted(totals.items(), key=lambda item: -kinds[item[0]].weight)
            if total
        ),
        refused_on=frozenset(refused_on),
    )


def _weights(
    ledger: Ledger, kinds: Mapping[str, EvidenceSource[Any]], now: datetime
) -> dict[tuple[str, Facts], _Weight]:
    today = now.date()
    days = [each for each in ledger.days if (today - each.date).days < READ_DAYS]
    turned: dict[tuple[str, int], int] = {}
    for day in days:
        if (today - day.date).days < TOLD_DAYS:
            for of, turns in day.turns.items():
                turned[of] = turned.get(of, 0) + turns
    sums: dict[str, list[float]] = {}
    seen_on: dict[str, list[date]] = {}
    for day in days:
        age = max((today - day.date).days, 0)
        fades, told = 0.5 ** (age / HALF_LIFE_DAYS), age < TOLD_DAYS
        for text, looks in day.facts.items():
            look = read_look(text)
            if look is None or look[0] not in kinds:
                continue
            of = (look[0], look[1].family)
            flaps = look[1].troubled or turned.get(of, 0) > BREAKS
            counts = sums.setdefault(text, [0.0, 0.0, 0.0])
            seen_on.setdefault(text, []).append(day.date)
            counts[0] += fades * looks
            counts[1] += fades * _sporadic(looks, day.turns.get(of, 0)) if flaps else 0.0
            counts[2] += looks if told else 0
    return {
        look: _Weight(
            passed * kinds[look[0]].weight, failed * kinds[look[0]].weight, int(total), frozenset(seen_on[text])
        )
        for text, (passed, failed, total) in sums.items()
        if (look := read_look(text)) is not None
    }


def _sporadic(looks: int, turns: int) -> float:
    """Of the looks of a day that failed in the same way, those that came and went: of a longer outage, that it was."""
    return float(looks) if looks <= LOOKS_A_TURN * turns else turns / 2


def _stretch(receiver: str, runs: Sequence[Run], answers: _Answers) -> Stretch | None:
    """The unbroken refusals up to the newest look, runs newest first; looks that could not tell break nothing."""
    refused: list[Run] = []
    seen = 0
    for run in runs:
        said = answers.to_all(run.facts, receiver)
        if said is AdmissionAction.ACCEPT:
            break
        seen += 1
        if said in REFUSING:
            refused.append(run)
    if not refused:
        return None
    certain = any(
        answers.to(each).get(receiver) in REFUSING and not each.troubled for run in refused[:1] for each in run.facts
    )
    return Stretch(
        since=refused[-1].since,
        looks=sum(each.looks for each in refused),
        certain=certain,
        first=seen == len(runs),
    )


def _is_bad(facts: Facts) -> bool:
    """Whether something is wrong, though a receiver may take the mail for its signatures, which nobody knows."""
    spf = facts.spf not in {SpfResult.PASS, SpfResult.TEMPERROR, None}
    return spf or facts.ptr in {PtrResult.MISSING, PtrResult.MISMATCH}


def _ends(found: Stretch, newest: Run, other: Sequence[Run], receiver: str, answers: _Answers) -> bool:
    """Whether another source, which looked later, shows that the stretch is over.

    One that never met the refusal looks at something else, such as another address: it ends a single look alone.
    """
    if other[0].last <= newest.last or answers.to_all(other[0].facts, receiver) is not AdmissionAction.ACCEPT:
        return False
    ended = _mended(receiver, other, answers)
    return found.looks == 1 or (ended is not None and ended.mended_at >= found.since)


def _mended(receiver: str, runs: Sequence[Run], answers: _Answers) -> _Ended | None:
    """The last stretch of refusals, where it has ended; runs newest first."""
    mended_at: datetime | None = None
    since: datetime | None = None
    for run in runs:
        said = answers.to_all(run.facts, receiver)
        bad = said in REFUSING or (said is AdmissionAction.UNKNOWN and any(map(_is_bad, run.facts)))
        if not bad and said is AdmissionAction.UNKNOWN:
            continue
        if bad and mended_at is None:
            return None
        if bad:
            since = run.since
        elif since is None:
            mended_at = run.since
        else:
            return _Ended(since=since, mended_at=mended_at or run.since)
    return None if since is None or mended_at is None else _Ended(since=None, mended_at=mended_at)
