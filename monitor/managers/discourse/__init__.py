"""Discourse in mailing-list mode."""

from monitor.managers.discourse.policy import Discourse
from monitor.managers.discourse.remedies import REMEDIES
from monitor.managers.kind import ManagerKind

KIND = ManagerKind(id="discourse", machine=Discourse, remedies=REMEDIES, lever="bounce_score_threshold")
