"""How a letter is written down: plain text of a width that mails have, all of it inert. Pure."""

from collections.abc import Callable, Sequence
from textwrap import fill

from monitor.inert import inert
from monitor.letters.pages import Page, has_subscribers, is_refusing
from monitor.letters.standards import CLAUSES
from monitor.letters.topics import Topic
from monitor.model.findings import Finding, Fix, FixAction
from monitor.model.risk import ReceiverForecast
from monitor.risk.seen_findings import named_within

WIDTH = 76
LONGEST = 400  # characters of a piece of evidence that are shown
# Evidence in words; other names are told as they are.
WORDS = {
    "client_ip": "client address",
    "status_code": "enhanced status code",
    "remote_mta": "remote MTA",
    "domains": "recipients' domains",
    "rule": "our name for the rule behind the reply",
    "about": "whose set-up that rule is about",
    "posts_sent": "posts sent in that time",
    "subscribers": "different subscribers refused",
    "subscribers_there": "subscribers there",
    "disabled": "of whom the list has stopped mail to",
}


def part(topic: Topic, findings: Sequence[Finding], *, fixes: Sequence[Fix]) -> str:
    """One topic: what it is, what was seen, what ends it, and what can be cited."""
    parts = [_heading(topic.title[0].upper() + topic.title[1:]), fill(topic.plain, WIDTH), _heading("What was seen")]
    parts.append(
        "\n\n".join(_paragraph(each) for each in dict.fromkeys(finding.message for finding in findings)) + "\n"
    )
    evidence: dict[str, object] = {}
    for finding in findings:
        evidence |= {key: value for key, value in finding.evidence.items() if value is not None}
    if evidence:
        parts[-1] += "\n" + "\n".join(_told(name, value) for name, value in evidence.items())
    if fixes:
        parts += [_heading("What ends it"), "\n".join(_fix(fix) for fix in fixes)]
    parts += [_heading("What the standards say")]
    parts += [fill(f"{section}: {CLAUSES[section]}", WIDTH, subsequent_indent="  ") for section in topic.clauses]
    if topic.no_standard:
        parts += [_heading("What no standard says"), *(fill(each, WIDTH) for each in topic.no_standard)]
    return "\n\n".join(parts)


def closing(dates: Sequence[str], pages: Sequence[Page]) -> str:
    """What is said once, however many topics there are: until when, and what receivers ask for; "" where neither is."""
    parts = [_heading("Until when"), "\n".join(dates)] if dates else []
    if pages:
        parts += [_heading("What receivers' own pages ask for"), *(_page(each) for each in pages)]
    return "\n\n".join(parts)


def dates(forecasts: Sequence[ReceiverForecast], name: Callable[[str | None], str | None]) -> tuple[str, ...]:
    """When subscribers are dropped, by receiver; the first date without a name where nobody knows who is where."""
    known = [each for each in forecasts if has_subscribers(each) or is_refusing(each)]
    said = tuple(_date(each, name) for each in known if each.disabled_on is not None)
    days = [each.disabled_on for each in forecasts if each.subscribers is None and each.disabled_on is not None]
    if said or not days:
        return said
    return (_paragraph(f"The first subscribers are expected to be dropped on {min(days):%Y-%m-%d}."),)


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _told(name: str, value: object) -> str:
    """One piece of evidence, unbroken so that it can be copied. It may come from strangers: it is made inert."""
    name = WORDS.get(name, name.replace("_", " "))
    values = list(value) if isinstance(value, list | tuple) else [value]
    return "\n".join(f"{_cut(name)}: {_cut(each)}" for each in values)


def _fix(fix: Fix) -> str:
    """What to do. A record is never cut or folded: it is there to be copied."""
    if fix.type and fix.action is not FixAction.ASK:
        return f"{fix.action.value}: {_cut(fix.name)} {fix.type} {inert(fix.value)}"
    if fix.type:
        return f"{_cut(fix.words)}:\n{inert(fix.value)}"
    return _paragraph(f"{_cut(fix.words)}: {_cut(fix.value)}")


def _date(one: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """When subscribers at a receiver are dropped, or were."""
    seen = one.seen if is_refusing(one) else None
    number = one.subscribers or (0 if seen is None else seen.subscribers)
    at = named_within(one, name) if one.receiver else "the receiver"
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        were = "was" if seen.disabled == 1 else "were"
        return _paragraph(
            f"{seen.disabled} of the subscribers at {at} {were} dropped on {seen.disabled_at:%Y-%m-%d} already."
        )
    count = f"{number or ''} subscriber{'' if number == 1 else 's'}".strip()
    are = "is" if number == 1 else "are"
    return _paragraph(f"{count} at {at} {are} expected to be dropped from {one.disabled_on:%Y-%m-%d} on.")


def _page(page: Page) -> str:
    """A receiver's page by its day, with its address unbroken."""
    said = fill(f"{page.title}, as of {page.as_of:%Y-%m-%d}: {page.says}", WIDTH, subsequent_indent="  ")
    return f"{said}\n  {page.url}"


def _paragraph(text: str) -> str:
    return fill(_cut(text), WIDTH, break_long_words=False, break_on_hyphens=False)


def _cut(value: object) -> str:
    """A value as one line of visible characters, not too long."""
    text = inert(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
