"""From forecasts to one risk level: thresholds with defaults, hysteresis, and no move on what is unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import RiskLevel

if TYPE_CHECKING:  # a forecast from numbers reads no configuration
    from monitor.config.settings import RiskSettings

ORDER = (RiskLevel.OK, RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """A level holds from this probability on that a subscriber there is disabled within so many days."""

    critical_within: str = "7d"
    critical_from: float = 0.5  # half the subscribers there are expected to be disabled within a week
    at_risk_within: str = "30d"
    at_risk_from: float = 0.25
    watch_within: str = "90d"
    watch_from: float = 0.05
    lost_from: float = 0.4  # at least at-risk where so many posts do not arrive at all, whatever the manager does
    relief: float = 0.8  # a level once reached is left only below this share of its threshold


DEFAULTS = Thresholds()


def thresholds_of(settings: "RiskSettings") -> Thresholds:
    """As the configuration's [risk] says."""
    return Thresholds(
        critical_from=settings.critical,
        at_risk_from=settings.at_risk,
        lost_from=settings.lost,
        watch_from=settings.watch,
    )


def worse(levels: Iterable[RiskLevel]) -> RiskLevel:
    """The worst of the known levels; UNKNOWN where none is known."""
    known = [level for level in levels if level is not RiskLevel.UNKNOWN]
    return max(known, key=ORDER.index, default=RiskLevel.UNKNOWN)


def receiver_level(
    disabled_within: Mapping[str, float] | None,
    *,
    post_bounces: float | None,
    action: AdmissionAction,
    previous: RiskLevel,
    thresholds: Thresholds = DEFAULTS,
) -> RiskLevel:
    """The level of one receiver; UNKNOWN without a forecast.

    `disabled_within` gives the chances from now on; `previous` is the list's last level, for hysteresis.
    """
    if disabled_within is None or post_bounces is None:
        return RiskLevel.UNKNOWN
    held = ORDER.index(previous) if previous in ORDER else 0
    rungs = (
        (RiskLevel.CRITICAL, disabled_within[thresholds.critical_within], thresholds.critical_from),
        (RiskLevel.AT_RISK, disabled_within[thresholds.at_risk_within], thresholds.at_risk_from),
        (RiskLevel.AT_RISK, post_bounces, thresholds.lost_from),
        (RiskLevel.WATCH, disabled_within[thresholds.watch_within], thresholds.watch_from),
    )
    for level, value, threshold in rungs:
        if value >= threshold * (thresholds.relief if ORDER.index(level) <= held else 1.0):
            return level
    return RiskLevel.WATCH if action in REFUSING else RiskLevel.OK


def list_level(receivers: Iterable[RiskLevel], previous: RiskLevel) -> RiskLevel:
    """The list's level. Better news counts only when no receiver is unknown; worse news counts at once."""
    levels = list(receivers)
    known = worse(levels)
    if known is RiskLevel.UNKNOWN:
        return previous
    if RiskLevel.UNKNOWN in levels and previous in ORDER and ORDER.index(previous) > ORDER.index(known):
        return previous
    return known
