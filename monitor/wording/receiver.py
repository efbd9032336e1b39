"""One receiver in words: what was seen of it, what is reckoned, and what becomes of the subscribers there. Pure.

Command, page, mail and API say it in these words, so that nobody reads one thing here and another there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import RECIPIENTS
from monitor.managers.machine import AnyMachine
from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import DayDistribution, FailureRate, Hit, ReceiverForecast, SeenRefusals
from monitor.mtas.kind import FamilyOrder, MtaKind
from monitor.phrase.phrase import Phrase, When, joined, listed, percent, plural, say
from monitor.risk.calm import is_nobody
from monitor.risk.seen_findings import COUNTED_MOST, counted, counted_of, named, still_disabled, whom_over
from monitor.wording.sentence import subscribers

NOT_COUNTED: Final = say("subscribers not counted")
NOT_KNOWN: Final = say("not known")
NOTHING: Final = joined("", ())  # where there is nothing to say
ALIKE: Final = 0.05  # relative difference below which as many come back as are refused
LITTLE: Final = 0.001  # a failure rate below this is a slip of ours now and then
FAMILIES: Final = ("6", "4")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverWords:
    """Parts of sentences without a capital or a full stop; "" where there is nothing to say."""

    whom: str  # "600 subscribers"
    place: str = ""  # the domains of whom a receiver refuses that is nobody in particular: its name then
    nobody: bool = False  # the list has no subscriber there, and none was seen to be refused of late
    seen: str = ""  # "refused 6 of about 6 posts since Sat 21 Nov 2026, for all 600 subscribers there"
    reply: str = ""  # the newest one
    refusals: str = ""  # of each post anew: "132 in all"
    reckoned: str = ""  # "its rules would take the mail"
    back: str = ""  # how much of that comes back, where that is something else: "12 % would bounce"
    families: Mapping[str, str] = field(default_factory=dict)  # what it does over each: "refuses 3 % of posts"
    disabled: str = ""  # "22 were disabled on Thu 26 Nov 2026"
    removed: str = ""
    left: str = ""  # of those disabled by what is over: "22 are still disabled; Mailman 3 removes them …"
    fate: str = ""  # what becomes of the first of them: "all 22 were disabled on Thu 26 Nov 2026"

    @property
    def all_reckoned(self) -> Phrase:
        """What is reckoned, with what comes back of it."""
        return joined("; ", (self.reckoned, self.back))

    def document(self) -> dict[str, Any]:
        """As every JSON document says it; dates are days in UTC."""
        return {
            "whom": self.whom,
            "seen": self.seen,
            "reply": self.reply,
            "refusals": self.refusals,
            "reckoned": self.all_reckoned,
            "families": dict(self.families),
            "disabled": self.disabled,
            "removed": self.removed,
            "left": self.left,
        }


def words_of(forecast: ReceiverForecast, *, machine: AnyMachine, mta: MtaKind, now: datetime) -> ReceiverWords:
    """The receiver in words. Where nobody of the list is there, nothing has a date."""
    seen, there = forecast.seen, forecast.subscribers
    nobody = is_nobody(forecast)
    of_rules = speaks(forecast)
    return ReceiverWords(
        whom=_whom(forecast),
        place=named(forecast, lambda _: "") if forecast.receiver == NOBODY_IN_PARTICULAR and seen is not None else "",
        nobody=nobody,
        seen="" if seen is None else seen_words(seen, there),
        reply="" if seen is None else seen.reply,
        refusals="" if seen is None else say("{count} in all", count=counted(seen.recipients, RECIPIENTS * seen.posts)),
        reckoned=_of_rules(forecast) if of_rules else _reckoned(forecast),
        back="" if of_rules or not _speaks_of_any(forecast) else _back(forecast, mta),
        families={family: _family(forecast, family) for family in _families(forecast)},
        disabled="" if nobody else _disabled(forecast, now),
        removed="" if nobody or not machine.removes else _removed(forecast, now),
        left=_left(forecast, machine, now),
        fate="" if nobody else _fate(forecast, now),
    )


def concerned(forecast: ReceiverForecast) -> int | None:
    """How many subscribers the forecast's dates are about: those who are hit, or all there; None where not counted."""
    if forecast.seen is not None and speaks(forecast):
        return forecast.seen.subscribers
    return forecast.subscribers if forecast.at_risk is None else forecast.at_risk


def _whom(forecast: ReceiverForecast) -> Phrase:
    if forecast.subscribers == 0 and not is_nobody(forecast) and forecast.seen is not None:
        return say("at least {subscribers} (none in your counts)", subscribers=subscribers(forecast.seen.subscribers))
    if forecast.subscribers is None:
        return NOT_COUNTED
    there = subscribers(forecast.subscribers)
    if forecast.at_risk is not None and 0 <= forecast.at_risk < forecast.subscribers:
        return say("{subscribers}, {number} of whom could be refused", subscribers=there, number=forecast.at_risk)
    return there


def speaks(forecast: ReceiverForecast) -> bool:
    """Whether rates, dates and level are those of what was seen: they begin at the first refusal."""
    seen = forecast.seen
    return seen is not None and seen.over_since is None and forecast.failing_since == seen.first


def seen_words(seen: SeenRefusals, there: int | None) -> Phrase:
    """What it was seen to refuse, since when, and for whom of those who are there."""
    put_off = seen.action is AdmissionAction.DEFER
    of = max(round(seen.sent), seen.posts)
    parts: dict[str, Any] = {
        "first": When(seen.first),
        "last": When(seen.last),
        "whom": whom_over(seen, there),
        "of": of,
    }
    if seen.gives_up_at is not None:
        return _waits(seen, seen.gives_up_at, parts)
    if seen.hit is Hit.ONCE:
        if put_off:
            return say("put off one post of {first} until the queue gave it up, for {whom}", **parts)
        return say("refused one post of {first}, for {whom}", **parts)
    if seen.over_since is not None:
        if put_off:
            return say(
                "put off {posts} of about {of} posts until the queue gave them up from {first} to {last}, for {whom}; none since",
                posts=seen.posts,
                **parts,
            )
        return say(
            "refused {posts} of about {of} posts from {first} to {last}, for {whom}; none since",
            posts=seen.posts,
            **parts,
        )
    if seen.hit is Hit.ADDRESSES:
        alone = say("; nobody else there is refused") if there else ""
        if put_off:
            return plural(
                "put off {n} post until the queue gave it up since {first}, for {whom}{alone}",
                "put off {n} posts until the queue gave them up since {first}, for {whom}{alone}",
                seen.posts,
                alone=alone,
                **parts,
            )
        return plural(
            "refused {n} post since {first}, for {whom}{alone}",
            "refused {n} posts since {first}, for {whom}{alone}",
            seen.posts,
            alone=alone,
            **parts,
        )
    if put_off and of == 1:
        return say(
            "put off one post of {first} until the queue gave it up, for {whom}", **parts
        )  # others may wait still
    if put_off:
        return say(
            "put off {posts} of about {of} posts until the queue gave them up since {first}, for {whom}",
            posts=seen.posts,
            **parts,
        )
    if of == 1:
        return say("refused the only post since {first}, for {whom}", **parts)
    return say("refused {posts} of about {of} posts since {first}, for {whom}", posts=seen.posts, **parts)


def _waits(seen: SeenRefusals, gives_up_at: datetime, parts: Mapping[str, Any]) -> Phrase:
    """What it puts off and the queue still has."""
    if seen.over_since is not None:
        return plural(
            "put off {n} post from {first} to {last}, for {whom}; takes posts since",
            "put off {n} posts from {first} to {last}, for {whom}; takes posts since",
            seen.posts,
            **parts,
        )
    day = When(gives_up_at)
    if parts["of"] == 1:
        return say("puts off the only post since {first}, for {whom}: it bounces from {day} on", day=day, **parts)
    return plural(
        "puts off {n} of about {of} posts since {first}, for {whom}: it bounces from {day} on",
        "puts off {n} of about {of} posts since {first}, for {whom}: they bounce from {day} on",
        seen.posts,
        day=day,
        **parts,
    )


_RULES_SAY: Final = {
    AdmissionAction.ACCEPT: say("its rules would take the mail"),
    AdmissionAction.REJECT: say("its rules reject the mail"),
    AdmissionAction.DEFER: say("its rules put the mail off"),
    AdmissionAction.UNKNOWN: say("what its rules say is not known"),
}


def _of_rules(forecast: ReceiverForecast) -> Phrase:
    """What the receiver's rules say to the mail, where what it did is told already."""
    answers = {family: forecast.actions[family] for family in FAMILIES if family in forecast.actions}
    if not answers:
        return say("what its rules would say is not known")
    if len(set(answers.values())) == 1:
        return _RULES_SAY[next(iter(answers.values()))]
    return joined(", ", (over(_RULES_SAY[action], family) for family, action in answers.items()))


def over(does: str, *families: str) -> Phrase:
    """What is done over these address families alone."""
    return say("{does} over {families}", does=does, families=listed(f"IPv{each}" for each in families))


def _speaks_of_any(forecast: ReceiverForecast) -> bool:
    """Whether anything is reckoned of it."""
    said = [_family(forecast, family) for family in _families(forecast)]
    return forecast.failure_rate is not None or any(each != NOT_KNOWN for each in said)


def _reckoned(forecast: ReceiverForecast) -> Phrase:
    """How often it refuses, and over what."""
    said = {family: _family(forecast, family) for family in _families(forecast)}
    if not said:
        rate = forecast.failure_rate
        return say("no evidence yet") if rate is None else _share(rate, forecast.action)
    if not _speaks_of_any(forecast):
        return NOT_KNOWN
    if len(set(said.values())) == 1:
        family, both = next(iter(said.items()))
        refuses = both not in (NOT_KNOWN, SEEN, TAKES, TAKES_SO_FAR)
        return over(both, family) if len(said) == 1 and refuses else both
    return joined(
        ", ",
        (
            say("over IPv{family} it is not known", family=family) if does == NOT_KNOWN else over(does, family)
            for family, does in said.items()
        ),
    )


def _families(forecast: ReceiverForecast) -> Iterator[str]:
    """Those that mail goes over, IPv6 first."""
    yield from (each for each in FAMILIES if each in forecast.actions or each in forecast.failure_rates)


SEEN: Final = say("seen to refuse")
TAKES: Final = say("takes the mail")
TAKES_SO_FAR: Final = say("takes the mail, so far as is known")


def _family(forecast: ReceiverForecast, family: str) -> Phrase:
    """What is known of one family: never what is known of the other."""
    rate, seen = forecast.failure_rates.get(family), forecast.seen
    if seen is not None and speaks(forecast) and int(family) in seen.families:
        return SEEN
    if rate is not None:
        return _share(rate, forecast.actions.get(family, forecast.action))
    action = forecast.actions.get(family, AdmissionAction.UNKNOWN)
    if action not in REFUSING:
        return NOT_KNOWN
    return say("puts off by its rules") if action is AdmissionAction.DEFER else say("refuses by its rules")


def _share(rate: FailureRate, action: AdmissionAction) -> Phrase:
    if rate.mean < LITTLE:
        return TAKES_SO_FAR if action is AdmissionAction.UNKNOWN else TAKES
    return refuses_share(rate.mean, put_off=action is AdmissionAction.DEFER)


def refuses_share(share: float, *, put_off: bool) -> Phrase:
    """How much of the posts does not get in."""
    if put_off:
        return say("puts off {share} of posts", share=percent(share))
    return say("refuses {share} of posts", share=percent(share))


def _back(forecast: ReceiverForecast, mta: MtaKind) -> Phrase:
    """How many posts come back, where that is not what is refused, and why."""
    bounces, rate = forecast.post_bounces, forecast.failure_rate
    if bounces is None or rate is None or rate.mean < LITTLE or abs(bounces - rate.mean) <= ALIKE * rate.mean:
        return NOTHING
    bounced = say("{share} would bounce", share=percent(bounces))
    return (_why_fewer(forecast, mta, bounced) if bounces < rate.mean else None) or bounced


def _why_fewer(forecast: ReceiverForecast, mta: MtaKind, bounced: Phrase) -> Phrase | None:
    """What the MTA makes of a refusal over one family (RFC 5321 section 5.1), in the words of its own ways."""
    deferred = forecast.action is AdmissionAction.DEFER
    if "4" in _families(forecast) and "6" in _families(forecast):
        if mta.order is FamilyOrder.IPV4_ONLY:
            return say("{bounced}, since your server sends over IPv4 alone", bounced=bounced)
        if deferred and mta.other_family:
            return say("{bounced}, since your server brings back only what every address refuses", bounced=bounced)
        if mta.order is FamilyOrder.ANY and not deferred:
            return say("{bounced}, since your server begins with either family by chance", bounced=bounced)
    return say("{bounced}, since your server tries again what was put off", bounced=bounced) if deferred else None


def _disabled(forecast: ReceiverForecast, now: datetime) -> Phrase:
    seen = forecast.seen
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        return _were_disabled(seen, seen.disabled_at)
    if forecast.disabled_on is None:
        return NOTHING
    if _next_post(forecast):
        return say("at the next post that is refused, expected on {day}", day=When(max(forecast.disabled_on, now)))
    dated = _dated(forecast.disabled_on, forecast.disabled, now)
    return say("if that goes on, {dated}", dated=dated) if _once(forecast) else dated


def _were_disabled(seen: SeenRefusals, at: datetime) -> Phrase:
    """Those who are disabled already."""
    day = When(at)
    if not seen.disabled >= seen.subscribers > 1:
        were = plural(
            "{count} was disabled on {day}",
            "{count} were disabled on {day}",
            seen.disabled,
            count=counted_of(seen, seen.disabled),
            day=day,
        )
    elif seen.disabled <= COUNTED_MOST or seen.exact:
        were = say("all {number} were disabled on {day}", number=seen.disabled, day=day)
    else:
        were = say("all of them were disabled on {day}", day=day)
    return say("{were}; the others at the next post that is refused", were=were) if seen.at_next_post else were


def _next_post(forecast: ReceiverForecast) -> bool:
    """Whether the next refused post disables them."""
    return forecast.seen is not None and speaks(forecast) and forecast.seen.at_next_post


def _fate(forecast: ReceiverForecast, now: datetime) -> Phrase:
    """The same as a sentence of its own, without the doubt about its date."""
    seen = forecast.seen
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        return _were_disabled(seen, seen.disabled_at)
    if forecast.disabled_on is None:
        return NOTHING
    if _next_post(forecast):
        day = When(max(forecast.disabled_on, now))
        return say("the first are disabled at the next post that is refused, expected on {day}", day=day)
    if forecast.disabled_on.date() < now.date():
        return say("the first were probably disabled on {day}", day=When(forecast.disabled_on))
    return say("the first are expected to be disabled on {day}", day=When(forecast.disabled_on))


def _left(forecast: ReceiverForecast, machine: AnyMachine, now: datetime) -> str:
    seen = forecast.seen
    over = seen is not None and seen.over_since is not None and seen.disabled > 0
    return still_disabled(seen, manager=machine.title, now=now) if seen is not None and over else ""


def _removed(forecast: ReceiverForecast, now: datetime) -> Phrase:
    seen = forecast.seen
    if seen is not None and seen.over_since is not None and seen.disabled:
        if seen.removed_on is None:
            return NOTHING
        day = When(seen.removed_on)
        if seen.removed_on <= now:
            return say("those still disabled, probably since {day}", day=day)
        return say("those still disabled, from {day}, unless enabled", day=day)
    if forecast.removed_on is None:
        return NOTHING
    dated = _dated(forecast.removed_on, forecast.removed, now)
    return say("if that goes on, {dated}", dated=dated) if _once(forecast) else dated


def _once(forecast: ReceiverForecast) -> bool:
    """Whether all that is known is one refused post."""
    return forecast.seen is not None and forecast.seen.hit is Hit.ONCE and speaks(forecast)


def _dated(on: datetime, days: DayDistribution | None, now: datetime) -> Phrase:
    """A median date, and how far it may be off; of one that lies in the past only that it does."""
    if on.date() < now.date():
        return say("probably already, since {day}", day=When(on))
    if days is None or days.p10_days is None or days.p90_days is None or days.p10_days == days.p90_days:
        return say("expected on {day}", day=When(on))
    return say(
        "expected on {day}; 8 of 10 between day {first} and {last}",
        day=When(on),
        first=days.p10_days,
        last=days.p90_days,
    )
