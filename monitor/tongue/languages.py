"""The languages there are, and which of them a reader wants. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final = "en"
# By tag (RFC 5646), each in its own words.
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {ENGLISH: "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語"}
)
WANTED_MOST: Final = 20  # languages of an Accept-Language field that are looked at


def language_named(tag: str | None) -> str | None:
    """The language of ours for that tag, whose region is left out (`de-AT`); None where there is none."""
    found = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return found if found in LANGUAGES else None


def language_wanted(accepted: str, *, otherwise: str = ENGLISH) -> str:
    """The first language of ours that an Accept-Language field asks for (RFC 9110 section 12.5.4)."""
    return next((found for tag in _by_weight(accepted) if (found := language_named(tag))), otherwise)


def _by_weight(accepted: str) -> Iterable[str]:
    """The tags that are asked for, the most wanted first; what cannot be read is not asked for."""
    asked: list[tuple[float, str]] = []
    for one in accepted.split(",")[:WANTED_MOST]:
        tag, *parameters = (each.strip() for each in one.split(";"))
        try:
            weight = next((float(each[2:]) for each in parameters if each.lower().startswith("q=")), 1.0)
        except ValueError:
            continue
        if 0.0 < weight <= 1.0:
            asked.append((-weight, tag))
    return [tag for _, tag in sorted(asked, key=lambda each: each[0])]
