"""How a letter is written down: plain text of a width that mails have, all of it inert, in one language. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from monitor.inert import inert
from monitor.letters.pages import Page, has_subscribers, is_refusing
from monitor.letters.standards import CLAUSES
from monitor.letters.topics import Topic
from monitor.model.findings import Finding, Fix, FixAction
from monitor.model.risk import ReceiverForecast
from monitor.phrase.english import SPACES
from monitor.phrase.phrase import Phrase, When, capital, plural, say, word
from monitor.risk.seen_findings import named_within
from monitor.tongue.lines import columns, wrapped
from monitor.tongue.voice import Voice
from monitor.wording.cited import cited

WIDTH = 76
LONGEST = 400  # characters of a piece of evidence that are shown
# Evidence in words; other names are told as they are.
WORDS: Final[Mapping[str, str]] = {
    "client_ip": say("client address"),
    "status_code": say("enhanced status code"),
    "remote_mta": say("remote MTA"),
    "domains": say("recipients' domains"),
    "rule": say("our name for the rule behind the reply"),
    "about": say("whose set-up that rule is about"),
    "posts_sent": say("posts sent in that time"),
    "subscribers": say("different subscribers refused"),
    "subscribers_there": say("subscribers there"),
    "disabled": say("of whom the list has stopped mail to"),
    "disabled_at": say("disabled at"),
    "receiver": say("receiver"),
    "reply": say("reply"),
    "posts": say("posts"),
    "families": say("families"),
    "first": say("first"),
    "last": say("last"),
    "domain": say("domain"),
    "sender": say("sender"),
    "mechanism": say("mechanism"),
    "term": say("term"),
    "lookups": say("lookups"),
    "void_lookups": say("void lookups"),
    "record_domain": say("record domain"),
    "policy": say("policy"),
    "reachable": say("reachable"),
    "record": say("record"),
    "names": say("names"),
    "addresses": say("addresses"),
    "results": say("results"),
    "servers": say("servers"),
    "problem": say("problem"),
    "author_domain": say("author domain"),
    "author_domains": say("author domains"),
    "elsewhere": say("elsewhere"),
    "testing": say("testing"),
    "void": say("void"),
}
_FACTS: Final = {True: word("whether something is so", "True"), False: word("whether something is so", "False")}


@dataclass(frozen=True, slots=True)
class Writing:
    """A letter's parts in its language."""

    voice: Voice

    def part(self, topic: Topic, findings: Sequence[Finding], *, fixes: Sequence[Fix]) -> str:
        """One topic: what it is, what was seen, what ends it, and what can be cited."""
        parts = [
            self._heading(capital(topic.title)),
            self._filled(topic.plain),
            self._heading(say("What was seen")),
            "\n\n".join(self._paragraph(each) for each in dict.fromkeys(finding.message for finding in findings))
            + "\n",
        ]
        evidence: dict[str, object] = {}
        for finding in findings:
            evidence |= {key: value for key, value in finding.evidence.items() if value is not None}
        if evidence:
            parts[-1] += "\n" + "\n".join(self._told(name, value) for name, value in evidence.items())
        if fixes:
            parts += [self._heading(say("What ends it")), "\n".join(self._fix(fix) for fix in fixes)]
        parts += [self._heading(say("What the standards say"))]
        parts += [
            self._filled(say("{what}: {value}", what=cited(section), value=CLAUSES[section]), rest="  ")
            for section in topic.clauses
        ]
        if topic.no_standard:
            parts += [self._heading(say("What no standard says")), *map(self._filled, topic.no_standard)]
        return "\n\n".join(parts)

    def closing(self, dates: Sequence[str], pages: Sequence[Page]) -> str:
        """What is said once, however many topics there are: until when, and what receivers ask for; "" for neither."""
        parts = [self._heading(say("Until when")), "\n".join(map(self._paragraph, dates))] if dates else []
        if pages:
            parts += [self._heading(say("What receivers' own pages ask for")), *map(self._page, pages)]
        return "\n\n".join(parts)

    def _heading(self, text: str) -> str:
        said = self.voice(text)
        return f"{said}\n{'-' * min(columns(said), WIDTH)}"

    def _filled(self, text: str, rest: str = "") -> str:
        return "\n".join(wrapped(self.voice(text), WIDTH, rest=rest, long_words=True))

    def _paragraph(self, text: str) -> str:
        return "\n".join(wrapped(self._cut(text), WIDTH))

    def _told(self, name: str, value: object) -> str:
        """One piece of evidence, unbroken so that it can be copied. It may come from strangers: it is made inert."""
        called = self._cut(WORDS.get(name, name.replace("_", " ")))
        values = [_FACTS[value]] if isinstance(value, bool) else value if isinstance(value, list | tuple) else [value]
        return "\n".join(self.voice(say("{what}: {value}", what=called, value=self._cut(each))) for each in values)

    def _fix(self, fix: Fix) -> str:
        """What to do. A record is never cut or folded: it is there to be copied."""
        if fix.type and fix.action is not FixAction.ASK:
            return self.voice(_TO_DO[fix.action](f"{self._cut(fix.name)} {fix.type} {inert(fix.value)}"))
        words = self._cut(fix.words)
        if fix.type:
            asked = self.voice(say("{what}:", what=words))
            return f"{asked}\n{inert(fix.value)}"
        return self._paragraph(say("{what}: {value}", what=words, value=self._cut(fix.value)))

    def _page(self, page: Page) -> str:
        """A receiver's page by its day, with its address unbroken."""
        said = say(
            "{title}, as of {day}: {says}",
            title=page.title,
            day=When(datetime.combine(page.as_of, time(), UTC)),
            says=page.says,
        )
        return f"{self._filled(said, rest='  ')}\n  {page.url}"

    def _cut(self, value: object) -> str:
        """A value as one line of visible characters; cut where its English is too long, since others need more."""
        text = inert(self.voice(value), keep=SPACES)
        return text if len(inert(value)) <= LONGEST else text[:LONGEST] + " …"


_TO_DO: Final[Mapping[FixAction, Callable[[str], Phrase]]] = {
    FixAction.PUBLISH: lambda record: say("publish: {record}", record=record),
    FixAction.CHANGE: lambda record: say("change: {record}", record=record),
    FixAction.REMOVE: lambda record: say("remove: {record}", record=record),
}


def dates(forecasts: Sequence[ReceiverForecast], name: Callable[[str | None], str | None]) -> tuple[str, ...]:
    """When subscribers are dropped, by receiver; the first date without a name where nobody knows who is where."""
    known = [each for each in forecasts if has_subscribers(each) or is_refusing(each)]
    said = tuple(_date(each, name) for each in known if each.disabled_on is not None)
    days = [each.disabled_on for each in forecasts if each.subscribers is None and each.disabled_on is not None]
    if said or not days:
        return said
    return (say("The first subscribers are expected to be dropped on {day}.", day=When(min(days))),)


def _date(one: ReceiverForecast, name: Callable[[str | None], str | None]) -> Phrase:
    """When subscribers at a receiver are dropped, or were."""
    seen = one.seen if is_refusing(one) else None
    number = one.subscribers or (0 if seen is None else seen.subscribers)
    at = named_within(one, name) if one.receiver else say("the receiver")
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        return plural(
            "{n} of the subscribers at {receiver} was dropped on {day} already.",
            "{n} of the subscribers at {receiver} were dropped on {day} already.",
            seen.disabled,
            receiver=at,
            day=When(seen.disabled_at),
        )
    parts = {"receiver": at, "day": "" if one.disabled_on is None else When(one.disabled_on)}
    if not number:
        return say("subscribers at {receiver} are expected to be dropped from {day} on.", **parts)
    return plural(
        "{n} subscriber at {receiver} is expected to be dropped from {day} on.",
        "{n} subscribers at {receiver} are expected to be dropped from {day} on.",
        number,
        **parts,
    )
