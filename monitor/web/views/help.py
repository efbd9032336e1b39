"""`/help/…`: pages for owners, written in Markdown, which the folder of documents holds as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from monitor.tongue.languages import ENGLISH
from monitor.wording.plain import PAGES

HELP: Final[Mapping[str, str]] = {"critical": "my-list-is-critical.md"}  # address below /help/ → file
# Where a link to another document leads on the pages.
ADDRESSES: Final[Mapping[str, str]] = {"findings.md": PAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """A page of ours: its title, and the rest."""

    title: str
    body: Markup


@cache
def help_page(name: str, language: str = ENGLISH) -> HelpPage | None:
    """The page of that name, in English where nobody wrote it in that language; None where there is none.

    Its text is ours, and no HTML in it is obeyed.
    """
    if name not in HELP:
        return None
    place = files("monitor.wording").joinpath("help")
    translated = place.joinpath(language, HELP[name])
    written = (translated if translated.is_file() else place.joinpath(HELP[name])).read_text(encoding="utf-8")
    head, _, rest = written.partition("\n")
    reader = MarkdownIt("commonmark", {"html": False})
    reader.add_render_rule("link_open", _link)
    return HelpPage(title=head.removeprefix("# "), body=Markup(reader.render(rest)))  # noqa: S704  # our own text


def _link(renderer: RendererHTML, tokens: Sequence[Token], number: int, options: OptionsDict, env: Any) -> str:
    target = str(tokens[number].attrGet("href"))
    if target.startswith("https://"):
        tokens[number].attrSet("rel", "noreferrer")
    else:
        tokens[number].attrSet("href", ADDRESSES[target])
    return renderer.renderToken(tokens, number, options, env)
