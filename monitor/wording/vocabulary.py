"""One vocabulary: what people read of a finding's severity and of a list's level, and no word serves both. Pure.

Command, page, mail and feed take their words, marks and shapes from here. JSON documents keep the two enumerations.
"""

from collections.abc import Mapping
from typing import Final

from monitor.model.findings import CheckStatus, Severity
from monitor.model.risk import Assessment, RiskLevel
from monitor.phrase.phrase import Phrase, say, word
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

_SEVERITIES: Final[Mapping[Severity, Phrase]] = {
    Severity.CRITICAL: word("how soon a finding is to be mended", "mend now"),
    Severity.WARNING: word("how soon a finding is to be mended", "mend soon"),
    Severity.INFO: word("how soon a finding is to be mended", "note"),
    Severity.UNKNOWN: word("how soon a finding is to be mended", "not found out"),
}
_IN_ORDER: Final = word("how a check ended", "in order")
_MARKS: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "✗",
    Severity.WARNING: "!",
    Severity.INFO: "·",
    Severity.UNKNOWN: "?",
}
_LEVELS: Final[Mapping[RiskLevel, Phrase]] = {
    RiskLevel.OK: word("level of a list", "ok"),
    RiskLevel.WATCH: word("level of a list", "watch"),
    RiskLevel.AT_RISK: word("level of a list", "at risk"),
    RiskLevel.CRITICAL: word("level of a list", "critical"),
    RiskLevel.UNKNOWN: word("level of a list", "unknown"),
}
_TITLES: Final[Mapping[RiskLevel, Phrase]] = {
    RiskLevel.OK: word("level of a list, standing alone", "OK"),
    RiskLevel.WATCH: word("level of a list, standing alone", "Watch"),
    RiskLevel.AT_RISK: word("level of a list, standing alone", "At risk"),
    RiskLevel.CRITICAL: word("level of a list, standing alone", "Critical"),
    RiskLevel.UNKNOWN: word("level of a list, standing alone", "Unknown"),
}
_MEANINGS: Final[Mapping[RiskLevel, Phrase]] = {
    RiskLevel.OK: say("Nothing is known that makes receivers refuse this list's mail."),
    RiskLevel.WATCH: say("Something is to be mended, but nobody is known to be in danger."),
    RiskLevel.AT_RISK: say("Subscribers are likely to be dropped in the coming weeks."),
    RiskLevel.CRITICAL: say("Subscribers are about to be dropped, or are being dropped now."),
    RiskLevel.UNKNOWN: say("We cannot tell. That is never the same as a failure."),
}


def severity_word(severity: object) -> Phrase:
    """How soon a finding is to be mended; what is none of ours was not found out."""
    return _SEVERITIES[_severity(severity)]


def severity_mark(severity: object) -> str:
    """The same as one character, where there is no colour."""
    return _MARKS[_severity(severity)]


def status_word(status: object) -> Phrase:
    """A check's worst finding; a check that found nothing, or mere notes, is in order."""
    return _IN_ORDER if status == CheckStatus.OK else severity_word(status)


def level_word(level: object) -> Phrase:
    """A list's level within a sentence; what is none of ours is unknown."""
    return _LEVELS[_level(level)]


def level_title(level: object) -> Phrase:
    """A list's level where it stands alone, with a capital."""
    return _TITLES[_level(level)]


def level_meaning(level: object) -> Phrase:
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
