"""A forecast from numbers alone: a receiver that refuses a given share of posts, and nothing else known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.managers.catalogue import DEFAULT_MANAGER
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import FailureRate, ReceiverForecast, RiskLevel
from monitor.mtas.catalogue import DEFAULT_MTA
from monitor.mtas.kind import MtaKind
from monitor.mtas.parties import parties
from monitor.phrase.phrase import say
from monitor.risk.curve import HORIZON_DAYS, mixture
from monitor.risk.forecast import forecast
from monitor.risk.level import receiver_level
from monitor.risk.retry import Outcome, ipv6_share, persisting, seen_by, sporadic

GIVEN = (say("as given, not measured"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is supposed."""

    manager: str = DEFAULT_MANAGER
    bounce_policy: Mapping[str, Any] = field(default_factory=dict)
    mta: str = DEFAULT_MTA
    messages_per_day: float = 1.0
    failure_rate: float = 1.0
    reply: AdmissionAction = AdmissionAction.REJECT
    ipv4_alternative: bool = False
    persisting: bool = False  # whether a refused post is refused at every attempt; so it is where all are refused


def from_numbers(numbers: Numbers, *, horizon: int = HORIZON_DAYS) -> ReceiverForecast:
    """The exact distribution under these numbers. Raises ConfigError where manager, settings or MTA are wrong."""
    machine, mta = parties(numbers.manager, numbers.mta, numbers.bounce_policy)
    outcome = _outcome(numbers, mta)
    seen = seen_by(machine, mta, outcome)
    curves = forecast(
        machine,
        post_bounces=seen.bounces,
        messages_per_day=numbers.messages_per_day,
        latency_s=seen.latency_s,
        bounce=seen.bounce,
        notices=seen.notices,
        horizon=max(horizon, HORIZON_DAYS),
    )
    disabled = mixture([(1.0, curves.disabled)], horizon)
    refused = numbers.reply if numbers.failure_rate > 0 else AdmissionAction.ACCEPT
    rate = numbers.failure_rate
    return ReceiverForecast(
        receiver=None,
        action=refused,
        failure_rate=FailureRate(mean=rate, low=rate, high=rate, evidence=GIVEN),
        post_bounces=outcome.bounces,
        disabled=disabled,
        removed=mixture([(1.0, curves.removed)], horizon),
        level=receiver_level(disabled.within, post_bounces=outcome.bounces, action=refused, previous=RiskLevel.OK),
    )


def _outcome(numbers: Numbers, mta: MtaKind) -> Outcome:
    four = AdmissionAction.ACCEPT if numbers.ipv4_alternative else None
    if numbers.failure_rate >= 1 or numbers.persisting:
        found = persisting(mta, numbers.reply, four)
        return replace(found, bounces=found.bounces * numbers.failure_rate)
    return sporadic(
        mta,
        numbers.failure_rate,
        numbers.reply,
        share=ipv6_share(mta, numbers.reply, four),
        alternative=numbers.ipv4_alternative,
    )
