"""The whole life of an incident as one table: what each check makes of it, what its history says, and what is told."""

from datetime import timedelta

from monitor.config.settings import Settings
from monitor.incident.decision import decide
from monitor.incident.entries import acknowledge
from monitor.incident.notify_reason import NotifyReason
from monitor.incident.silence import make
from monitor.model.incidents import IncidentState
from monitor.model.risk import RiskLevel
from monitor.operations.incident_policy import policy_of_list
from tests.sample_notices import NOW, assessment, mailing_list

OK, WATCH, RISK, CRIT, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
CHECK = timedelta(minutes=15)
SETTINGS = Settings.model_validate(
    {"incidents": {"remind_every": "6h", "escalate_after": "12h"}, "notices": {"administrators": ["host@example.org"]}}
)
# Each row is a check: hours since the one before (0: a quarter), what somebody did before it, the level that it finds;
# then the incident's state, the kind of the last entry in its history, and the named answer.
LIFE = [
    (0, "", OK, None, None, NotifyReason.NO_DANGER),
    (0, "", RISK, "pending", "pending", NotifyReason.PENDING),
    (0, "", UNKNOWN, "pending", "pending", NotifyReason.BLIND),
    (0, "", OK, "pending", "pending", NotifyReason.PENDING),
    (0, "", RISK, "open", "raised", NotifyReason.FIRST),
    (0, "", RISK, "open", "raised", NotifyReason.KNOWN),
    (0, "", UNKNOWN, "open", "raised", NotifyReason.BLIND),
    (7, "", RISK, "open", "reminder", NotifyReason.REMINDER),
    (6, "", RISK, "open", "escalated", NotifyReason.ESCALATION),
    (0, "acknowledge for 2 h", RISK, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (1, "", RISK, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (2, "", RISK, "open", "expired", NotifyReason.KNOWN),
    (0, "acknowledge for 90 h", RISK, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (9, "", RISK, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (0, "", CRIT, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (0, "", CRIT, "open", "changed", NotifyReason.WORSE),
    (0, "silence for 2 h", CRIT, "silenced", "silenced", NotifyReason.SILENCED),
    (1, "", WATCH, "silenced", "silenced", NotifyReason.SILENCED),
    (0, "", WATCH, "silenced", "changed", NotifyReason.SILENCED),
    (2, "", WATCH, "open", "unsilenced", NotifyReason.BETTER),
    (0, "", OK, "resolving", "resolving", NotifyReason.KNOWN),
    (0, "", WATCH, "open", "returned", NotifyReason.KNOWN),
    (0, "acknowledge for 90 h", WATCH, "acknowledged", "acknowledged", NotifyReason.KNOWN),
    (0, "", OK, "resolving", "resolving", NotifyReason.KNOWN),
    (0, "", UNKNOWN, "resolving", "resolving", NotifyReason.BLIND),
    (0, "", OK, "resolved", "resolved", NotifyReason.RESOLVED),
    (0, "", OK, None, None, NotifyReason.NO_DANGER),
    (0, "", CRIT, "pending", "pending", NotifyReason.PENDING),
    (0, "", OK, "pending", "pending", NotifyReason.PENDING),
    (0, "", OK, "pending", "pending", NotifyReason.PENDING),
    (0, "", OK, None, None, NotifyReason.NO_DANGER),
]


def test_the_life_of_an_incident():
    listed, current, levels, silences, now = mailing_list(), None, [], [], NOW
    for number, (hours, deed, level, state, kind, answer) in enumerate(LIFE):
        now += timedelta(hours=hours) or CHECK
        word, _, hour = deed.removesuffix(" h").partition(" for ")
        until = now + timedelta(hours=int(hour or 0))
        if word == "acknowledge":
            current, _ = acknowledge(current, by="ann", reason="on it", now=now, until=until)
        elif word == "silence":
            facts = {"list_id": listed.id, "receiver": None, "finding": None, "by": "ann", "reason": "known"}
            silences = [make(now=now, until=until, **facts)]
        levels.insert(0, level)
        facts = (levels, assessment(level, at=now), policy_of_list(listed, SETTINGS))
        out = decide(current, *facts, silences=silences, now=now)
        where = f"check {number}: {level} {deed}"
        assert (out.incident.state.value if out.incident else None) == state, where
        assert (out.incident.history[-1].kind.value if out.incident else None) == kind, where
        assert out.reason is answer, where
        over = out.incident is None or out.incident.state is IncidentState.RESOLVED
        if not over:
            again = decide(out.incident, *facts, silences=silences, now=now)
            assert again.heard is None, f"{where} was told twice"
        current = None if over else out.incident
