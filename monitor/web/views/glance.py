"""The top of a list's page: who is at risk from when, since when it is so, and whether we look. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.admission.rules import RuleSet
from monitor.model.level_run import LevelRun
from monitor.model.reach import Reach
from monitor.model.risk import Assessment, RiskLevel
from monitor.phrase.phrase import Phrase, capital, joined
from monitor.wording.at_stake import stake_said
from monitor.wording.receiver import LITTLE, concerned
from monitor.wording.stake import Stake, stake_of
from monitor.wording.vocabulary import in_danger


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What stands below the lead and in the tiles; None and "" where there is nothing to say: no tile stands then."""

    why: str = ""  # a reason that stands in no finding: of a list that is well, or of which nothing is known
    act_by: datetime | None = None
    since: datetime | None = None  # since when the level has been what it is
    reached: int | None = None  # subscribers who get the mail, so far as is known; None: not counted, or not known
    total: int = 0
    bounced: float | None = None  # share of posts that come back where subscribers are in danger without a date


def glance(
    assessment: Assessment,
    levels: Sequence[LevelRun],
    there: Reach,
) -> Glance:
    """That of a list that was judged; `levels` are the newest first."""
    danger = [each for each in assessment.forecasts if in_danger(each.level)]
    return Glance(
        why=_why(assessment),
        act_by=assessment.act_by,
        since=_since(assessment.level, levels),
        reached=_reached(assessment, there),
        total=there.total,
        bounced=max((each.post_bounces for each in danger if each.post_bounces is not None), default=None)
        if danger and assessment.act_by is None
        else None,
    )


def lead_of(assessment: Assessment, rules: RuleSet, *, now: datetime) -> str:
    """What is at stake, as it stands alone."""
    return stake_alone(stake_of(assessment, name=rules.receiver_name), now=now)


def stake_alone(stake: Stake, *, now: datetime) -> str:
    """The same for what is at stake as a value."""
    return capital(stake_said(stake, now=now))


def _why(assessment: Assessment) -> str:
    """What the reason says beside the findings, each of which stands on the page itself."""
    reason, found = assessment.reason, {each.message for each in assessment.findings}
    several = isinstance(reason, Phrase) and reason.form == "joined" and reason not in found  # a message may be, too
    said = reason.parts.values() if isinstance(reason, Phrase) and several else (reason,)
    return joined(" ", (each for each in said if each not in found))


def _since(level: RiskLevel, levels: Sequence[LevelRun]) -> datetime | None:
    """Since when it has been so without a break, as far as is kept."""
    since = None
    for each in levels:
        if each.level is not level:
            break
        since = each.since
    return since


def _reached(assessment: Assessment, there: Reach) -> int | None:
    """All who were counted, but for those in danger or at domains that take no mail."""
    if not there.total or assessment.level is RiskLevel.UNKNOWN:
        return None
    lost = 0
    for each in assessment.forecasts:
        if each.level is RiskLevel.UNKNOWN and each.subscribers != 0:
            return None
        refused = each.failure_rate is not None and each.failure_rate.mean >= LITTLE and each.subscribers != 0
        if refused and not in_danger(each.level):
            return None  # some posts are refused: who gets which is not known
        if in_danger(each.level):
            hit = concerned(each)
            if hit is None:
                return None
            lost += hit
    return max(0, there.total - there.no_mail - lost)
