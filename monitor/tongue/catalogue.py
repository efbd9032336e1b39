"""The messages of a language, from its gettext catalogues: `catalogues/LANGUAGE/*.po`.

They are read as they were written: what a translator mended is there at the next start, and nothing compiled can be
older than its source.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final

from monitor.tongue.languages import ENGLISH

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

DOMAINS: Final = ("findings", "pages", "words")  # data files; templates; sentences made in code


@cache
def catalogue(language: str) -> NullTranslations:
    """All messages of that language, read once a process; English has none, and needs none."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    found: NullTranslations | None = None
    for domain in DOMAINS:
        binary = BytesIO()
        write_mo(binary, read_catalogue(language, domain))
        binary.seek(0)
        one = GNUTranslations(binary)
        if found is not None:
            one.add_fallback(found)
        found = one
    return found or NullTranslations()


def read_catalogue(language: str, domain: str) -> "Catalog":
    """One catalogue as its translators see it; empty where there is none yet."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    place = files("monitor.tongue").joinpath("catalogues", language, f"{domain}.po")
    if not place.is_file():
        return Catalog(locale=language, domain=domain)
    with place.open("rb") as written:
        return read_po(written, locale=language, domain=domain)
