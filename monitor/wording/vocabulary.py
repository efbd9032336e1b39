"""One vocabulary: what people read of a finding's severity and of a list's level, and no word serves both. Pure.

Command, page, mail and feed take their words, marks and shapes from here. JSON documents keep the two enumerations.
"""

from collections.abc import Mapping
from typing import Final

from monitor.model.findings import CheckStatus, Severity
from monitor.model.risk import Assessment, RiskLevel
from monitor.risk.calm import in_danger, is_calm

__all__ = [
    "calm",
    "in_danger",
    "level_meaning",
    "level_title",
    "level_word",
    "severity_mark",
    "severity_word",
    "status_word",
]

_SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "mend now",
    Severity.WARNING: "mend soon",
    Severity.INFO: "note",
    Severity.UNKNOWN: "not found out",
}
_MARKS: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "✗",
    Severity.WARNING: "!",
    Severity.INFO: "·",
    Severity.UNKNOWN: "?",
}
_LEVELS: Final[Mapping[RiskLevel, str]] = {
    RiskLevel.OK: "ok",
    RiskLevel.WATCH: "watch",
    RiskLevel.AT_RISK: "at risk",
    RiskLevel.CRITICAL: "critical",
    RiskLevel.UNKNOWN: "unknown",
}
_TITLES: Final[Mapping[RiskLevel, str]] = {
    RiskLevel.OK: "OK",
    RiskLevel.WATCH: "Watch",
    RiskLevel.AT_RISK: "At risk",
    RiskLevel.CRITICAL: "Critical",
    RiskLevel.UNKNOWN: "Unknown",
}
_MEANINGS: Final[Mapping[RiskLevel, str]] = {
    RiskLevel.OK: "Nothing is known that makes receivers refuse this list's mail.",
    RiskLevel.WATCH: "Something is to be mended, but nobody is known to be in danger.",
    RiskLevel.AT_RISK: "Subscribers are likely to be dropped in the coming weeks.",
    RiskLevel.CRITICAL: "Subscribers are about to be dropped, or are being dropped now.",
    RiskLevel.UNKNOWN: "We cannot tell. That is never the same as a failure.",
}


def severity_word(severity: object) -> str:
    """How soon a finding is to be mended; what is none of ours was not found out."""
    return _SEVERITIES[_severity(severity)]


def severity_mark(severity: object) -> str:
    """The same as one character, where there is no colour."""
    return _MARKS[_severity(severity)]


def status_word(status: object) -> str:
    """A check's worst finding; a check that found nothing, or mere notes, is in order."""
    return "in order" if status == CheckStatus.OK else severity_word(status)


def level_word(level: object) -> str:
    """A list's level within a sentence; what is none of ours is unknown."""
    return _LEVELS[_level(level)]


def level_title(level: object) -> str:
    """A list's level where it stands alone, with a capital."""
    return _TITLES[_level(level)]


def level_meaning(level: object) -> str:
    """What a level says, in a sentence."""
    return _MEANINGS[_level(level)]


def calm(assessment: Assessment | None) -> bool:
    """Whether every receiver with subscribers has a known level and nothing is critical or unknown.

    Only then "Nobody is expected …" and "no reason to refuse" may stand anywhere.
    """
    return assessment is not None and is_calm(
        assessment.level, assessment.findings, assessment.forecasts, assessment.admission, unplaced=assessment.unplaced
    )


def _level(level: object) -> RiskLevel:
    return next((each for each in RiskLevel if each == level), RiskLevel.UNKNOWN)


def _severity(severity: object) -> Severity:
    return next((each for each in Severity if each == severity), Severity.UNKNOWN)
