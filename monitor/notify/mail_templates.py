"""The templates of mails: every expression is shown inert, prose is wrapped, dates are as people read them. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from jinja2 import ChainableUndefined, Environment, PackageLoader, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from monitor.inert import inert
from monitor.model.findings import FixAction, is_spf_record, what_to_do
from monitor.notify.links import page
from monitor.phrase.english import SPACES
from monitor.phrase.phrase import When, capital, say, sentence, word
from monitor.tongue.lines import wrapped
from monitor.tongue.templates import install, voice_of
from monitor.wording.cited import cited
from monitor.wording.plain import page_path
from monitor.wording.vocabulary import level_word, severity_word

_CODE: Final = re.compile(r"`([^`]{1,80})`")
TEXT_WIDTH: Final = 72  # columns of prose; records and commands are never wrapped


def render(name: str, view: Mapping[str, Any]) -> tuple[str, str]:
    """The mail of that pair of templates, as text and as HTML."""
    text, html = (_environment().get_template(f"{name}.{kind}").render(view) for kind in ("txt", "html"))
    return text, html


@cache
def _environment() -> Environment:
    """Templates whose every expression is inert, and escaped in HTML. What an older version did not say is left out."""
    environment = Environment(
        loader=PackageLoader("monitor.notify", "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=ChainableUndefined,
        finalize=_finalized,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(environment, _finalized)
    environment.filters["wrapped"] = _wrapped
    environment.filters["day"] = _day
    environment.filters["level_word"] = level_word
    environment.filters["severity_word"] = severity_word
    environment.filters["capital"] = capital
    environment.filters["cited"] = cited
    environment.filters["sentence"] = sentence
    environment.filters["coded"] = _coded
    environment.filters["finding_page"] = _finding_page
    environment.filters["what_to_do"] = _what_to_do
    environment.filters["what_to_do_for_its_reader"] = _what_to_do_for_its_reader
    environment.filters["is_spf_record"] = _is_spf_record
    return environment


class _Prose(str):
    """Text of ours with line ends of ours."""

    __slots__ = ()


@pass_context
def _finalized(context: Context, value: object) -> str:
    """What a template's expression shows: inert, whatever it is. HTML is escaped after this."""
    if isinstance(value, Markup | _Prose):
        return value
    return "" if value is None else _inert(context, value)


def _inert(context: Context, value: object) -> str:
    """In the reader's language, and inert but for the spaces of its numbers."""
    return inert(voice_of(context)(value), keep=SPACES)


@pass_context
def _wrapped(context: Context, text: object, indent: int = 0, hang: int = 0) -> _Prose:
    """Prose in inert lines of bounded width, all but the first further in by `hang`.

    Words are never broken, so that addresses and records stay whole.
    """
    lines = wrapped(_inert(context, text), TEXT_WIDTH, first=" " * indent, rest=" " * (indent + hang))
    return _Prose("\n".join(lines))


def _is_spf_record(fix: Mapping[str, Any]) -> bool:
    return is_spf_record(str(fix["type"]), str(fix["value"]))


def _what_to_do(fix: Mapping[str, Any]) -> str:
    """The words in front of a fix's value."""
    return what_to_do(str(fix["action"]), fix["name"], str(fix["type"]))


def _what_to_do_for_its_reader(fix: Mapping[str, Any]) -> str:
    """The same in a passage that is forwarded to whoever is to be asked."""
    if fix["action"] == FixAction.ASK:
        return say("For {who}: please publish this {type} record", who=fix["name"], type=fix["type"])
    return _what_to_do(fix)


@pass_context
def _coded(context: Context, text: object) -> Markup:
    """Inert text for HTML, with what stands between grave accents as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(_inert(context, text)))))  # noqa: S704 - escaped here


@pass_context
def _finding_page(context: Context, code: object) -> str:
    """Where that finding is explained; "" where nobody knows how our pages are reached."""
    return page(context["base"] or None, page_path(str(code)).lstrip("/")) or ""


@pass_context
def _day(context: Context, at: object) -> str:
    """A day as it is where the reader is, from an RFC 3339 time: 3 December."""
    if not at:
        return word("day", "unknown")
    try:
        return voice_of(context).when(When(datetime.fromisoformat(str(at))))
    except ValueError:
        return str(at)
