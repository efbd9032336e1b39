"""From forecasts to one risk level: thresholds with defaults, hysteresis, and no move on what is unknown."""

from collections.abc import Iterable, Mapping

from monitor.model.evidence import REFUSING, AdmissionAction
from monitor.model.risk import RiskLevel, Thresholds

ORDER = (RiskLevel.OK, RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL)


CRITICAL_WITHIN, AT_RISK_WITHIN, WATCH_WITHIN = "7d", "30d", "90d"  # the days that the thresholds' chances are about
RELIEF = 0.8  # a level once reached is left only below this share of its threshold
DEFAULTS = Thresholds()


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
        (RiskLevel.CRITICAL, disabled_within[CRITICAL_WITHIN], thresholds.critical),
        (RiskLevel.AT_RISK, disabled_within[AT_RISK_WITHIN], thresholds.at_risk),
        (RiskLevel.AT_RISK, post_bounces, thresholds.lost),
        (RiskLevel.WATCH, disabled_within[WATCH_WITHIN], thresholds.watch),
    )
    for level, value, threshold in rungs:
        if value >= threshold * (RELIEF if ORDER.index(level) <= held else 1.0):
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
