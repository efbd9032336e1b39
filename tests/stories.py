"""A list whose assessments come one after the other: what is decided of each, and which notices that makes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.incident.decision import Decision, decide
from monitor.incident.silence import make
from monitor.model.findings import Finding
from monitor.model.incidents import Incident, IncidentState, Notice, Silence
from monitor.model.risk import RiskLevel
from monitor.notify.notices_for import notices_of_list
from monitor.operations.incident_policy import policy_of_list
from tests.sample_notices import NOW, assessment, mailing_list

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Told:
    """One decision, with its notices."""

    decided: Decision
    notices: tuple[Notice, ...]

    def __post_init__(self) -> None:
        self.reason, self.incident, self.change = self.decided.reason, self.decided.incident, self.decided.change


class Story:
    """The list, and what is known of it now."""

    def __init__(
        self,
        administrators: Sequence[str] = (),
        incidents: dict[str, object] | None = None,
        owner_tables: Sequence[dict[str, object]] = (),
        maintenance: Sequence[dict[str, object]] = (),
        **changes: object,
    ) -> None:
        self.listed = mailing_list(**changes)
        self.settings = Settings.model_validate(
            {
                "list": [self.listed],
                "owner": owner_tables,
                "maintenance": maintenance,
                "notices": {"administrators": administrators},
                "incidents": {"raise_after": [1, 1], "resolve_after": [1, 1], **(incidents or {})},
            },
            by_alias=True,
        )
        self.current: Incident | None = None
        self.levels: list[RiskLevel] = []
        self.silences: list[Silence] = []
        self.now: datetime = NOW
        self.disabled_on: datetime | None = None  # None: as the assessment has it

    def goes(self, level: RiskLevel, *findings: Finding, after: timedelta = HOUR) -> Told:
        """What the next assessment makes of it; the same facts are never told twice."""
        self.now += after
        self.levels.insert(0, level)
        told = self._told(self.current, level, findings)
        over = told.incident is None or told.incident.state is IncidentState.RESOLVED
        self.current = None if over else told.incident
        if not over:
            assert self._told(self.current, level, findings).notices == (), "the same facts were told twice"
        return told

    def _told(self, current: Incident | None, level: RiskLevel, findings: Sequence[Finding]) -> Told:
        found = assessment(level, *findings, at=self.now)
        if self.disabled_on is not None:
            found = replace(found, forecasts=tuple(replace(f, disabled_on=self.disabled_on) for f in found.forecasts))
        policy = policy_of_list(self.listed, self.settings)
        decided = decide(current, self.levels, found, policy, silences=self.silences, now=self.now)
        return Told(decided, notices_of_list(decided, found, self.listed, load_rules(), self.settings, now=self.now))

    def silence(self, *, lasts: timedelta = DAY, **what: str) -> None:
        """Silence what is named from now on, and nothing else."""
        facts = {"list_id": None, "receiver": None, "finding": None, "by": "ann", "reason": "known", **what}
        self.silences = [make(now=self.now, until=self.now + lasts, **facts)]
