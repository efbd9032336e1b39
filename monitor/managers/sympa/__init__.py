"""Sympa 6.2."""

from monitor.managers.kind import Habits, ManagerKind
from monitor.managers.sympa.policy import Sympa
from monitor.managers.sympa.remedies import REMEDIES
from monitor.managers.sympa.score import bounce_score

KIND = ManagerKind(
    id="sympa",
    machine=Sympa,
    remedies=REMEDIES,
    lever="bouncers_level2.rate",
    score=bounce_score,
    habits=Habits(bounces="{}-owner", owner="{}-request"),  # -owner takes bounces, -request reaches people
)
