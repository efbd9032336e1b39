"""One receiver in words: what was seen of it, what is reckoned, and what becomes of the subscribers there. Pure.

Command, page, mail and API say it in these words, so that nobody reads one thing here and another there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import RECIPIENTS
from monitor.managers.machine import AnyMachine
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import DayDistribution, FailureRate, Hit, ReceiverForecast, SeenRefusals
from monitor.mtas.kind import FamilyOrder, MtaKind
from monitor.risk.calm import is_nobody
from monitor.risk.seen_findings import COUNTED_MOST, GIVEN_UP, counted, named, still_disabled, whom
from monitor.wording.sentence import Sentence, percent, plain, subscribers

NOT_COUNTED: Final = "subscribers not counted"
NOT_KNOWN: Final = "not known"
AT_NEXT_POST: Final = "at the next post that is refused, expected on "
ALIKE: Final = 0.05  # relative difference below which as many come back as are refused
LITTLE: Final = 0.001  # a failure rate below this is a slip of ours now and then
FAMILIES: Final = ("6", "4")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverWords:
    """Parts of sentences without a capital or a full stop; () and "" where there is nothing to say."""

    whom: str  # "600 subscribers"
    place: str = ""  # the domains of whom a receiver refuses that is nobody in particular: its name then
    nobody: bool = False  # the list has no subscriber there, and none was seen to be refused of late
    seen: Sentence = ()  # "refused 6 of about 6 posts since Sat 21 Nov 2026, for all 600 subscribers there"
    reply: str = ""  # the newest one
    refusals: str = ""  # of each post anew: "132 in all"
    reckoned: Sentence = ()  # "its rules would take the mail"
    families: Mapping[str, str] = field(default_factory=dict)  # what it does over each: "refuses 3 % of posts"
    disabled: Sentence = ()  # "22 were disabled on Thu 26 Nov 2026"
    removed: Sentence = ()
    left: str = ""  # of those disabled by what is over: "22 are still disabled; Mailman 3 removes them …"
    fate: Sentence = ()  # what becomes of the first of them: "all 22 were disabled on Thu 26 Nov 2026"

    def document(self, day: Callable[[datetime], str] | None = None) -> dict[str, Any]:
        """As every JSON document says it; dates in UTC unless `day` writes them otherwise."""
        return {
            "whom": self.whom,
            "seen": plain(self.seen, day=day),
            "reply": self.reply,
            "refusals": self.refusals,
            "reckoned": plain(self.reckoned),
            "families": {family: plain((said,)) for family, said in self.families.items()},
            "disabled": plain(self.disabled, day=day),
            "removed": plain(self.removed, day=day),
            "left": self.left,
        }


def words_of(forecast: ReceiverForecast, *, machine: AnyMachine, mta: MtaKind, now: datetime) -> ReceiverWords:
    """The receiver in words. Where nobody of the list is there, nothing has a date."""
    seen, there = forecast.seen, forecast.subscribers
    nobody = is_nobody(forecast)
    disabled = () if nobody else _disabled(forecast, now)
    return ReceiverWords(
        whom=_whom(forecast),
        place=named(forecast, lambda _: "") if forecast.receiver == NOBODY_IN_PARTICULAR and seen is not None else "",
        nobody=nobody,
        seen=() if seen is None else seen_words(seen, there),
        reply="" if seen is None else seen.reply,
        refusals="" if seen is None else f"{counted(seen.recipients, RECIPIENTS * seen.posts)} in all",
        reckoned=_of_rules(forecast) if speaks(forecast) else _reckoned(forecast, mta),
        families={family: _family(forecast, family) for family in _families(forecast)},
        disabled=disabled,
        removed=() if nobody or not machine.removes else _removed(forecast, now),
        left=_left(forecast, machine, now),
        fate=_fate(disabled, forecast, now),
    )


def concerned(forecast: ReceiverForecast) -> int | None:
    """How many subscribers the forecast's dates are about: those who are hit, or all there; None where not counted."""
    if forecast.seen is not None and speaks(forecast):
        return forecast.seen.subscribers
    return forecast.subscribers if forecast.at_risk is None else forecast.at_risk


def _whom(forecast: ReceiverForecast) -> str:
    if forecast.subscribers == 0 and not is_nobody(forecast) and forecast.seen is not None:
        return f"at least {subscribers(forecast.seen.subscribers)} (none in your counts)"
    if forecast.subscribers is None:
        return NOT_COUNTED
    some = forecast.at_risk is not None and 0 <= forecast.at_risk < forecast.subscribers
    return subscribers(forecast.subscribers) + (f", {forecast.at_risk} of whom could be refused" if some else "")


def speaks(forecast: ReceiverForecast) -> bool:
    """Whether rates, dates and level are those of what was seen: they begin at the first refusal."""
    seen = forecast.seen
    return seen is not None and seen.over_since is None and forecast.failing_since == seen.first


def seen_words(seen: SeenRefusals, there: int | None) -> Sentence:
    """What it was seen to refuse, since when, and for whom of those who are there."""
    over = f" over {' and '.join(f'IPv{each}' for each in seen.families)}" if seen.families else ""
    did, (one, several) = ("put off", GIVEN_UP) if seen.action is AdmissionAction.DEFER else ("refused", ("", ""))
    those = whom(seen, there)
    if seen.hit is Hit.ONCE:
        return f"{did} one post of ", seen.first, f"{one}, for {those}{over}"
    posts = f"{seen.posts} of about {max(round(seen.sent), seen.posts)} posts{several}"
    if seen.over_since is not None:
        return f"{did} {posts} from ", seen.first, " to ", seen.last, f", for {those}{over}; none since"
    if seen.hit is Hit.ADDRESSES:
        alone = "; nobody else there is refused" if there else ""
        return (
            f"{did} {seen.posts} post{'' if seen.posts == 1 else 's'}{several} since ",
            seen.first,
            f", for {those}{over}{alone}",
        )
    return f"{did} {posts} since ", seen.first, f", for {those}{over}"


def _of_rules(forecast: ReceiverForecast) -> Sentence:
    """What the receiver's rules say to the mail, where what it did is told already."""
    answers = {family: forecast.actions[family] for family in FAMILIES if family in forecast.actions}
    if not answers:
        return ("what its rules would say is not known",)
    words = {
        AdmissionAction.ACCEPT: "its rules would take the mail",
        AdmissionAction.REJECT: "its rules reject the mail",
        AdmissionAction.DEFER: "its rules put the mail off",
        AdmissionAction.UNKNOWN: "what its rules say is not known",
    }
    if len(set(answers.values())) == 1:
        return (words[next(iter(answers.values()))],)
    return (", ".join(f"{words[action]} over IPv{family}" for family, action in answers.items()),)


def _reckoned(forecast: ReceiverForecast, mta: MtaKind) -> Sentence:
    """How often it refuses, over what, and how much of that comes back."""
    said = {family: _family(forecast, family) for family in _families(forecast)}
    if not said:
        rate = forecast.failure_rate
        return ("no evidence yet",) if rate is None else (_share(rate, forecast.action), _back(forecast, mta))
    if forecast.failure_rate is None and set(said.values()) == {NOT_KNOWN}:
        return ("not known",)
    if len(set(said.values())) == 1:
        both = next(iter(said.values()))
        return (f"{both} over IPv{next(iter(said))}" if len(said) == 1 and both.startswith(("refuses", "puts off")) else both,
                _back(forecast, mta))  # fmt: skip
    parts = [f"over IPv{family} it is not known" if words == NOT_KNOWN else f"{words} over IPv{family}"
             for family, words in said.items()]  # fmt: skip
    return ", ".join(parts), _back(forecast, mta)


def _families(forecast: ReceiverForecast) -> Iterator[str]:
    """Those that mail goes over, IPv6 first."""
    yield from (each for each in FAMILIES if each in forecast.actions or each in forecast.failure_rates)


def _family(forecast: ReceiverForecast, family: str) -> str:
    """What is known of one family: never what is known of the other."""
    rate, seen = forecast.failure_rates.get(family), forecast.seen
    if seen is not None and speaks(forecast) and int(family) in seen.families:
        return "seen to refuse"
    if rate is not None:
        return _share(rate, forecast.actions.get(family, forecast.action))
    action = forecast.actions.get(family, AdmissionAction.UNKNOWN)
    if action not in REFUSING:
        return NOT_KNOWN
    return "puts off by its rules" if action is AdmissionAction.DEFER else "refuses by its rules"


def _share(rate: FailureRate, action: AdmissionAction) -> str:
    does = "puts off" if action is AdmissionAction.DEFER else "refuses"
    if action is AdmissionAction.UNKNOWN and rate.mean < LITTLE:
        return "takes the mail, so far as is known"
    return "takes the mail" if rate.mean < LITTLE else f"{does} {percent(rate.mean)} of posts"


def _back(forecast: ReceiverForecast, mta: MtaKind) -> str:
    """How many posts come back, where that is not what is refused, and why."""
    bounces, rate = forecast.post_bounces, forecast.failure_rate
    if bounces is None or rate is None or rate.mean < LITTLE or abs(bounces - rate.mean) <= ALIKE * rate.mean:
        return ""
    why = _why_fewer(forecast, mta) if bounces < rate.mean else ""
    return f"; {percent(bounces)} would bounce{f', since your server {why}' if why else ''}"


def _why_fewer(forecast: ReceiverForecast, mta: MtaKind) -> str:
    """What the MTA makes of a refusal over one family (RFC 5321 section 5.1), in the words of its own ways."""
    deferred = forecast.action is AdmissionAction.DEFER
    if "4" in _families(forecast) and "6" in _families(forecast):
        if mta.order is FamilyOrder.IPV4_ONLY:
            return "sends over IPv4 alone"
        if deferred and mta.other_family:
            return "brings back only what every address refuses"
        if mta.order is FamilyOrder.ANY and not deferred:
            return "begins with either family by chance"
    return "tries again what was put off" if deferred else ""


def _disabled(forecast: ReceiverForecast, now: datetime) -> Sentence:
    seen = forecast.seen
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        all_of_them = seen.disabled >= seen.subscribers > 1
        who = (
            (f"all {seen.disabled}" if seen.disabled <= COUNTED_MOST else "all of them")
            if all_of_them
            else counted(seen.disabled)
        )
        were: Sentence = (f"{who} {'was' if seen.disabled == 1 else 'were'} disabled on ", seen.disabled_at)
        return (*were, "; the others at the next post that is refused") if seen.at_next_post else were
    if forecast.disabled_on is None:
        return ()
    if seen is not None and speaks(forecast) and seen.at_next_post:
        return AT_NEXT_POST, max(forecast.disabled_on, now)
    dated = _dated(forecast.disabled_on, forecast.disabled, now)
    return ("if that goes on, ", *dated) if _once(forecast) else dated


def _fate(disabled: Sentence, forecast: ReceiverForecast, now: datetime) -> Sentence:
    """The same as a sentence of its own, without the doubt about its date."""
    if not disabled or (isinstance(disabled[0], str) and " disabled on " in disabled[0]):
        return disabled
    if disabled[0] == AT_NEXT_POST:
        return f"the first are disabled {AT_NEXT_POST}", disabled[1]
    if forecast.disabled_on is None:
        return ()
    past = forecast.disabled_on.date() < now.date()
    are = "were probably" if past else "are expected to be"
    return f"the first {are} disabled on ", forecast.disabled_on


def _left(forecast: ReceiverForecast, machine: AnyMachine, now: datetime) -> str:
    seen = forecast.seen
    over = seen is not None and seen.over_since is not None and seen.disabled > 0
    return still_disabled(seen, manager=machine.title, now=now) if seen is not None and over else ""


def _removed(forecast: ReceiverForecast, now: datetime) -> Sentence:
    seen = forecast.seen
    if seen is not None and seen.over_since is not None and seen.disabled:
        if seen.removed_on is None:
            return ()
        probably = "probably since " if seen.removed_on <= now else "from "
        return (
            f"those still disabled, {probably}",
            seen.removed_on,
            "" if seen.removed_on <= now else ", unless enabled",
        )
    if forecast.removed_on is None:
        return ()
    dated = _dated(forecast.removed_on, forecast.removed, now)
    return ("if that goes on, ", *dated) if _once(forecast) else dated


def _once(forecast: ReceiverForecast) -> bool:
    """Whether all that is known is one refused post."""
    return forecast.seen is not None and forecast.seen.hit is Hit.ONCE and speaks(forecast)


def _dated(on: datetime, days: DayDistribution | None, now: datetime) -> Sentence:
    """A median date, and how far it may be off; of one that lies in the past only that it does."""
    if on.date() < now.date():
        return "probably already, since ", on
    if days is None or days.p10_days is None or days.p90_days is None or days.p10_days == days.p90_days:
        return "expected on ", on
    return "expected on ", on, f"; 8 of 10 between day {days.p10_days} and {days.p90_days}"
