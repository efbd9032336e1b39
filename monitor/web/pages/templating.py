"""Jinja2 as the pages use it: everything escaped, text from outside inert, moments as `<time>`."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from monitor import __version__
from monitor.admission.rules import UNDECIDED, RuleSet
from monitor.inert import escaped
from monitor.notify.notice import shown_target
from monitor.risk.reach import GENERIC, OTHERS
from monitor.web.paths import EVERYWHERE
from monitor.web.views import wording
from monitor.web.views.reading import standards, ticked
from monitor.wording import days
from monitor.wording.plain import plain_sentence
from monitor.wording.sentence import NARROW_SPACE, Sentence, percent
from monitor.wording.signing import signed_words, signing_words
from monitor.wording.vocabulary import level_meaning, level_title, level_word, severity_mark, severity_word, status_word


def environment(rules: RuleSet) -> jinja2.Environment:
    """The templates of this package, which name receivers and rules.

    An undefined name is an error and never an empty string.
    """
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # an upgrade of the files under a running process must not mix old code with new pages
    )
    env.filters |= {
        "inert": inert,
        "shown_target": shown_target,
        "ticked": ticked,
        "standards": standards,
        "plain_sentence": plain_sentence,
        "moment": moment,
        "day": day,
        "date": date_of,
        "percent": percent,
        "sentence": sentence,
        "span": wording.span,
        "number": wording.number,
        "figure": wording.figure,
        "check_key": wording.check_key,
        "receiver_name": lambda receiver: rules.receiver_name(receiver) or OTHERS,
        "receiver_within": lambda receiver: _within(receiver, rules.receiver_name(receiver) or OTHERS),
        "rule": rules.rule,
        "signing_words": lambda check: () if check is None else signing_words(check),
        "signed_words": signed_words,
        "undecided": lambda fact: UNDECIDED.get(fact, fact),
        "level_word": level_word,
        "level_title": level_title,
        "level_meaning": level_meaning,
        "severity_mark": severity_mark,
        "severity_word": severity_word,
        "status_word": status_word,
    }
    env.tests["printable"] = lambda text, keep="": all(char.isprintable() or char in keep for char in str(text))
    env.globals |= {"version": __version__}
    return env


def renderer(rules: RuleSet, now: Callable[[], datetime]) -> Callable[..., HTMLResponse]:
    """A function (template name, **context) → response, with `now` and the filters that count from it."""
    env = environment(rules)
    for template in env.list_templates():
        env.get_template(template)

    def render(name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        moment_of_page = now()
        said = env.get_template(name).render(
            now=moment_of_page,
            ago=partial(_ago, now=moment_of_page),
            due=partial(_due, now=moment_of_page),
            until=lambda at: wording.days_until(at, moment_of_page),
            **{"paths": EVERYWHERE, **context},
        )
        return HTMLResponse(said, status_code=status)

    return render


def inert(outside: object, keep: str = "") -> Markup:
    """Text from outside, escaped, its invisible and direction-changing characters shown as what they are.

    Those in `keep` stand: the line ends of a letter of ours.
    """
    text = str(outside)
    if text.isprintable():
        return escape(text)
    parts: list[str | Markup] = []
    for char in text:
        if char.isprintable() or char in keep:
            parts.append(escape(char))
        else:
            parts.append(Markup('<span class="unprintable">{}</span>').format(escaped(char)))
    return Markup("").join(parts)


@jinja2.pass_context
def sentence(context: Context, said: Sentence) -> Markup:
    """A sentence with its dates as `day` writes them."""
    return Markup("").join(
        day(context, each) if isinstance(each, datetime) else inert(each, NARROW_SPACE) for each in said
    )


def _within(receiver: str | None, name: str) -> str:
    """A receiver's name within a sentence: that of nobody in particular begins small there."""
    return name.lower() if receiver in {None, GENERIC} else name


@jinja2.pass_context
def moment(context: Context, at: datetime) -> Markup:
    """A moment to the minute, in UTC; the script turns it into the reader's zone."""
    utc = at.astimezone(UTC)
    said = days.moment(utc, now=context["now"])
    return Markup('<time datetime="{}" data-as="moment">{}</time>').format(_iso(utc), said)


@jinja2.pass_context
def day(context: Context, at: datetime) -> Markup:
    """A date; the script turns it into the reader's zone."""
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}" data-as="day">{}</time>').format(_iso(utc), days.day(utc, now=context["now"]))


@jinja2.pass_context
def date_of(context: Context, day: date) -> str:
    """A date that has no time of day, and is the same in every zone."""
    return days.day(datetime(day.year, day.month, day.day, tzinfo=UTC), now=context["now"])


def _ago(at: datetime, *, now: datetime) -> Markup:
    return _relative(at, "ago", wording.ago(at, now), now=now)


def _due(at: datetime, *, now: datetime) -> Markup:
    return _relative(at, "due", wording.due(at, now), now=now)


def _relative(at: datetime, kind: str, said: str, *, now: datetime) -> Markup:
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}" data-as="{}" title="{}">{}</time>').format(
        _iso(utc), kind, days.moment(utc, now=now), said
    )


def _iso(utc: datetime) -> str:
    return (utc - timedelta(microseconds=utc.microsecond)).isoformat().replace("+00:00", "Z")
