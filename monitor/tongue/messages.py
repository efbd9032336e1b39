"""Every message that a language needs, as it stands in code, templates and data: `python -m monitor.tongue.messages`.

It brings the catalogues up to date: new messages come in untranslated, those that nobody says any more go. Where a
message changed its English, its translation goes with it: a catalogue never says what the program does not.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import monitor
from monitor.tongue.catalogue import DOMAINS, read_catalogue
from monitor.tongue.languages import ENGLISH, LANGUAGES

HOUSE: Final = Path(monitor.__file__).parent
CATALOGUES: Final = Path(__file__).with_name("catalogues")
# How phrases are made: which arguments are messages; `word` has what tells meanings apart in front.
KEYWORDS: Final = {"say": None, "plural": (1, 2), "word": ((1, "c"), 2)}
IN_TEMPLATES: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
TEMPLATES: Final = {
    "extensions": "jinja2.ext.i18n", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"
}  # fmt: skip
# Data files whose texts are shown: which of their keys hold texts.
TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "wording/findings/*.toml": frozenset(
        {
            "subject",
            "about",
            "see",
            "title",
            "sentence",
            "means",
            "otherwise",
            "do",
            "exact",
            "remedy",
            "severity",
            "word",
        }
    ),
    "admission/receivers.toml": frozenset({"about", "called", "remedy"}),
}
NOT_TEXTS: Final = frozenset({"info", "warning", "critical", "unknown", "list", "author", "receiver"})
WIDTH: Final = 120
BEGUN: Final = datetime(2026, 11, 28, tzinfo=UTC)  # of all catalogues: they change with their messages alone


@cache
def messages(domain: str) -> Catalog:
    """All messages of a domain, in English."""
    catalog = Catalog(domain=domain, project="Staysub", creation_date=BEGUN)
    found = {"words": _words, "pages": _pages, "findings": _findings}[domain]()
    for place, message, comments, context in sorted(found, key=lambda each: (str(each[1]), each[0])):
        catalog.add(message, locations=[(place, 0)] if place else [], auto_comments=comments, context=context)
    return catalog


def renewed(language: str, domain: str) -> Catalog:
    """The catalogue of a language with all messages that there are now, and no others."""
    catalog = read_catalogue(language, domain)
    catalog.update(messages(domain), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = f"# Staysub in {LANGUAGES[language]}"
    catalog.project, catalog.version, catalog.fuzzy = "Staysub", "", False
    catalog.creation_date = catalog.revision_date = BEGUN
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = ""
    return catalog


def _words() -> Iterator[tuple[str, Any, list[str], str | None]]:
    yield from _extracted([("cli/**.py", "ignore"), ("demo/**.py", "ignore"), ("**.py", "python")], KEYWORDS, {})


def _pages() -> Iterator[tuple[str, Any, list[str], str | None]]:
    methods = [
        ("demo/**", "ignore"),
        ("**/templates/**.html", "jinja2.ext.babel_extract"),
        ("**/templates/**.txt", "jinja2.ext.babel_extract"),
    ]
    yield from _extracted(methods, IN_TEMPLATES, {"**/templates/**.html": TEMPLATES, "**/templates/**.txt": TEMPLATES})


def _extracted(methods: Any, keywords: Any, options: Any) -> Iterator[tuple[str, Any, list[str], str | None]]:
    for place, _, message, comments, context in extract_from_dir(
        HOUSE, methods, options, keywords=keywords, comment_tags=("To translators:",), strip_comment_tags=True
    ):
        if message:
            yield place, message, comments, context


def _findings() -> Iterator[tuple[str, Any, list[str], str | None]]:
    for pattern, keys in TEXTS.items():
        for path in sorted(HOUSE.glob(pattern)):
            found = tomllib.loads(path.read_text(encoding="utf-8"))
            yield from ((path.name, text, [], None) for text in _texts(found, keys, told=False))


def _texts(value: Any, keys: frozenset[str], *, told: bool) -> Iterator[str]:
    """The texts at these keys, and below them."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, keys, told=told or key in keys)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, keys, told=told)
    elif told and isinstance(value, str) and value and value not in NOT_TEXTS:
        yield value


def written(catalog: Catalog) -> bytes:
    """The catalogue as its file has it."""
    out = BytesIO()
    write_po(out, catalog, width=WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return out.getvalue()


def untranslated(catalog: Catalog) -> list[Any]:
    """The messages that the catalogue lacks."""
    return [each.id for each in catalog if each.id and not _is_said(each.string)]


def main() -> None:
    """Renew all catalogues, and say what is still to be translated."""
    for language in sorted(set(LANGUAGES) - {ENGLISH}):
        for domain in DOMAINS:
            catalog = renewed(language, domain)
            place = CATALOGUES / language / f"{domain}.po"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(written(catalog))
            missing = len(untranslated(catalog))
            sys.stdout.write(f"{language} {domain}: {len(catalog)} messages, {missing} to be translated\n")


def _is_said(string: Any) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    main()
