"""What Jinja's templates need of a language: the functions that translate their own text, by the voice of a context.

`{% trans receiver=name %}Seen at {{ receiver }}.{% endtrans %}` and `_("Seen")`, as Jinja documents them (newstyle): a
per cent sign in the text is doubled, and what stands in it is put out like any other expression.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from monitor.phrase.phrase import joined
from monitor.tongue.voice import Voice

PutOut = Callable[[Context, Any], Any]  # what a template's expression becomes: inert, in the reader's language


def voice_of(context: Context) -> Voice:
    """How the reader is spoken to for whom a template is rendered."""
    voice: Voice = context["voice"]
    return voice


def install(environment: Environment, put_out: PutOut) -> None:
    """Let these templates speak: `_`, `ngettext`, `pgettext`, the tag `trans`, the filters `joined` and `separator`.

    `joined` puts sentences one after the other; `separator` is what stands between two of them beside markup.
    The environment has the extension `jinja2.ext.i18n`.
    """

    def filled(context: Context, text: str, parts: Mapping[str, Any]) -> str:
        made = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 - of ours, as the templates are
        said: str = made % {name: put_out(context, each) for name, each in parts.items()}
        return type(said)(voice_of(context).closed_up(said))

    @pass_context
    def gettext(context: Context, message: str, /, **parts: Any) -> str:
        return filled(context, voice_of(context).message(message, None), parts)

    @pass_context
    def ngettext(context: Context, one: str, several: str, num: int, /, **parts: Any) -> str:
        return filled(context, voice_of(context).plural(one, several, num), {"num": num, **parts})

    @pass_context
    def pgettext(context: Context, about: str, message: str, /, **parts: Any) -> str:
        return filled(context, voice_of(context).message(message, about), parts)

    @pass_context
    def separator(context: Context, between: str) -> str:
        return voice_of(context).separator(between)

    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's
    environment.globals |= {"_": gettext, "gettext": gettext, "ngettext": ngettext, "pgettext": pgettext}
    environment.filters["separator"] = separator
    environment.filters["joined"] = lambda phrases, separator=" ": joined(separator, phrases)
