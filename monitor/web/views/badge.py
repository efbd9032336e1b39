"""A list's level as a small picture, and as the document that shields.io draws one from. Pure."""

from typing import Final
from unicodedata import east_asian_width

from markupsafe import Markup

from monitor.model.risk import RiskLevel
from monitor.tongue.voice import Voice
from monitor.wording.vocabulary import level_word

# Colours with at least 4.5 to 1 against white text (WCAG 2.2 success criterion 1.4.3).
COLOURS: Final = {
    RiskLevel.OK: "#1c6b47",
    RiskLevel.WATCH: "#7a5600",
    RiskLevel.AT_RISK: "#a53f00",
    RiskLevel.CRITICAL: "#a3123a",
    RiskLevel.UNKNOWN: "#5c5570",
}
CHAR_PX: Final = 6.6  # mean width of a character at 11 px
WIDE: Final = 11 / CHAR_PX
PADDING_PX: Final = 7
SHOWN: Final = 40  # characters of a list's name


def badge_svg(label: str, level: RiskLevel, voice: Voice) -> Markup:
    """The badge: the list's name, its level in words and colour."""
    label = label if len(label) <= SHOWN else label[: SHOWN - 1] + "…"
    word = voice(level_word(level))
    left, right = (round(_wide(text) * CHAR_PX + 2 * PADDING_PX) for text in (label, word))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {word}">'
        "<title>{label}: {word}</title>"
        '<clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>'
        '<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444b54"/>'
        '<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        '<text x="{at_left}" y="14" textLength="{long_left}">{label}</text>'
        '<text x="{at_right}" y="14" textLength="{long_right}">{word}</text></g></svg>'
    ).format(
        width=left + right,
        left=left,
        right=right,
        colour=COLOURS[level],
        label=label,
        word=word,
        at_left=left / 2,
        at_right=left + right / 2,
        long_left=left - 2 * PADDING_PX,
        long_right=right - 2 * PADDING_PX,
    )


def badge_json(label: str, level: RiskLevel, voice: Voice) -> dict[str, str | int]:
    """The endpoint document of shields.io, schema version 1."""
    return {"schemaVersion": 1, "label": label, "message": voice(level_word(level)), "color": COLOURS[level]}


def _wide(text: str) -> float:
    """How many characters of mean width it is as wide as: those of East Asia fill a square each (UAX #11)."""
    return sum(WIDE if east_asian_width(char) in "WF" else 1.0 for char in text)
