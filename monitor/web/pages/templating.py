"""Jinja2 as the pages use it: everything escaped, text from outside inert, moments as `<time>`."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from monitor import __version__
from monitor.admission.rules import UNDECIDED, RuleSet
from monitor.notify.notice import shown_target
from monitor.phrase.phrase import Phrase, When, figure, listed, number, percent, say
from monitor.risk.reach import GENERIC, OTHERS, OTHERS_WITHIN
from monitor.tongue.languages import ENGLISH, LANGUAGES
from monitor.tongue.templates import install, voice_of
from monitor.tongue.voice import Voice
from monitor.web.pages.spoken import finalized, inert, inert_in, iso, said, ticked, timed
from monitor.web.paths import EVERYWHERE
from monitor.web.views import wording
from monitor.web.views.reading import standards
from monitor.wording.cited import cited
from monitor.wording.plain import plain_sentence
from monitor.wording.signing import signed_words, signing_words
from monitor.wording.states import (
    action_word,
    bounce_word,
    change_word,
    channel_word,
    incident_state_word,
    notice_kind_word,
    notice_state_word,
    probe_state_word,
    result_word,
)
from monitor.wording.vocabulary import level_meaning, level_title, level_word, severity_mark, severity_word, status_word

IN_LANGUAGES: Final = {tag: f"?language={tag}" for tag in LANGUAGES}  # where a page is in each, if it asks nothing else


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
        finalize=finalized,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,  # an upgrade of the files under a running process must not mix old code with new pages
    )
    env.filters |= {
        "inert": inert_in,
        "shown_target": shown_target,
        "ticked": ticked,
        "standards": standards,
        "cited": cited,
        "plain_sentence": plain_sentence,
        "moment": moment,
        "day": day,
        "date": date_of,
        "percent": percent,
        "span": wording.span,
        "figure": figure,
        "decimal": decimal,
        "listed": listed,
        "said": said,
        "told": told,
        "check_key": wording.check_key,
        "receiver_name": lambda receiver: rules.receiver_name(receiver) or OTHERS,
        "receiver_within": partial(_within, rules),
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
        "incident_state": incident_state_word,
        "change_word": change_word,
        "probe_state": probe_state_word,
        "notice_state": notice_state_word,
        "notice_kind": notice_kind_word,
        "channel_word": channel_word,
        "bounce_word": bounce_word,
        "action_word": action_word,
        "result_word": result_word,
    }
    env.tests["printable"] = lambda text, keep="": all(char.isprintable() or char in keep for char in str(text))
    env.globals |= {"version": __version__, "languages": LANGUAGES}
    install(env, finalized)
    return env


def renderer(rules: RuleSet, now: Callable[[], datetime]) -> Callable[..., HTMLResponse]:
    """A function (template name, **context) → response, with `now` and the filters that count from it."""
    env = environment(rules)
    for template in env.list_templates():
        env.get_template(template)

    def render(name: str, *, status: int = 200, language: str = ENGLISH, **context: Any) -> HTMLResponse:
        moment_of_page = now()
        voice = Voice(language, UTC, moment_of_page)
        said = env.get_template(name).render(
            now=moment_of_page,
            voice=voice,
            ago=partial(_relative, voice, "ago", moment_of_page),
            due=partial(_relative, voice, "due", moment_of_page),
            until=lambda at: wording.days_until(at, moment_of_page),
            **{"paths": EVERYWHERE, "in_languages": IN_LANGUAGES, **context},
        )
        return HTMLResponse(
            said, status_code=status, headers={"content-language": language, "vary": "accept-language, cookie"}
        )

    return render


def _within(rules: RuleSet, receiver: str | None) -> str:
    """A receiver's name within a sentence: that of nobody in particular is words, which begin small there."""
    name = None if receiver in {None, GENERIC} else rules.receiver_name(receiver)
    return name or OTHERS_WITHIN


def decimal(value: float) -> Phrase:
    """A number that may have a fraction, to six digits."""
    shown = float(f"{value:g}")
    return number(int(shown) if shown.is_integer() else shown)


def told(outside: object) -> Markup | Phrase:
    """What a bounce says of itself; that it does not, where it is silent."""
    return Markup("<span data-outside>{}</span>").format(inert(outside)) if outside else say("not told")


@jinja2.pass_context
def moment(context: Context, at: datetime) -> Markup:
    """A moment to the minute."""
    return timed(voice_of(context), at, "moment")


@jinja2.pass_context
def day(context: Context, at: datetime) -> Markup:
    """A date."""
    return timed(voice_of(context), at, "day")


@jinja2.pass_context
def date_of(context: Context, day: date) -> str:
    """A date that has no time of day, and is the same in every zone."""
    return voice_of(context).when(When(datetime(day.year, day.month, day.day, tzinfo=UTC)))


def _relative(voice: Voice, kind: str, now: datetime, at: datetime) -> Markup:
    """How long ago something was (`ago`), or when it is to be (`due`); the script keeps it up to date."""
    told = {"ago": wording.ago, "due": wording.due}[kind](at, now)
    return Markup('<time datetime="{}" data-as="{}" title="{}">{}</time>').format(
        iso(at), kind, voice.when(When(at, "moment")), voice(told)
    )
