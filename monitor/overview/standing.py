"""What a list stands under where lists that share a cause stand together. Pure.

A cause is what `monitor.incident.cause` says; what nobody shares so stands under its code alone, or with the receiver
whose doing it is. Of lists of which nothing is known it is why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from monitor.incident.blindness import kind_of
from monitor.incident.cause import Cause, about_of
from monitor.model.findings import Finding, Fix, Severity
from monitor.model.order import ALARMING
from monitor.model.risk import Assessment, ReceiverForecast, RiskLevel

# Kinds of causes that no finding has.
BLIND: Final = "blind"  # a part of our own, as in monitor.incident.condition
FORECAST: Final = "forecast"  # what receivers would do, though no finding says what is to be mended
NO_EVIDENCE: Final = "no-evidence"
NOT_CHECKED: Final = "not-checked"
SETTINGS: Final = "settings"
UNREADABLE: Final = "unreadable"
WELL: Final = "well"

_RESOLVER: Final = "resolver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A cause that a list may stand under, and what ends it there."""

    cause: Cause
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """The causes of one list: the worst ones, of which it stands under one, and those beside them."""

    worst: tuple[Standing, ...]  # never empty
    beside: tuple[Cause, ...] = ()

    @property
    def all(self) -> Iterable[Cause]:
        """Every cause that it has, once."""
        return dict.fromkeys((*(one.cause for one in self.worst), *self.beside))


def alone(kind: str, about: str = "") -> Standings:
    """A cause that is no finding's."""
    return Standings(worst=(Standing(cause=(kind, about)),))


IN_ORDER: Final = alone(WELL)


def standings_of(assessment: Assessment) -> Standings:
    """What the list may stand under: its worst findings; else why nothing is known of it, or that it is well.

    In the order in which `monitor.risk.judge` gives its reason, so that a group says what its lists say.
    """
    if assessment.level is RiskLevel.OK:
        return IN_ORDER
    alarming = [each for each in assessment.findings if each.severity in ALARMING]
    if alarming:
        worst = [each for each in alarming if each.severity is alarming[0].severity]
        return Standings(worst=_each_once(worst), beside=tuple(_cause(each) for each in alarming[len(worst) :]))
    unknown = next((each for each in assessment.findings if each.severity is Severity.UNKNOWN), None)
    if unknown is not None and _RESOLVER not in assessment.blind:
        return Standings(worst=_each_once([unknown]))
    if assessment.blind:
        return alone(BLIND, kind_of(assessment.blind[0]))
    if assessment.level is RiskLevel.UNKNOWN:
        return alone(NO_EVIDENCE)
    return alone(FORECAST, _worst_receiver(assessment.forecasts))


def _each_once(findings: Iterable[Finding]) -> tuple[Standing, ...]:
    found: dict[Cause, Standing] = {}
    for each in findings:
        cause = _cause(each)
        found.setdefault(cause, Standing(cause=cause, fix=each.fix))
    return tuple(found.values())


def _cause(finding: Finding) -> Cause:
    return finding.code, about_of(finding) or str(finding.evidence.get("receiver") or "")


def _worst_receiver(forecasts: Iterable[ReceiverForecast]) -> str:
    rated = [each for each in forecasts if each.failure_rate is not None and each.level is not RiskLevel.OK]
    worst = max(rated, key=lambda each: each.failure_rate.mean if each.failure_rate else 0.0, default=None)
    return "" if worst is None else worst.receiver or ""
