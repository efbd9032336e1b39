"""GNU Mailman 2.1."""

from monitor.managers.kind import ManagerKind
from monitor.managers.mailman2.policy import Mailman2
from monitor.managers.mailman2.remedies import REMEDIES

KIND = ManagerKind(
    id="mailman2",
    machine=Mailman2,
    remedies=REMEDIES,
    aliases=("mailman21", "mailman2.1"),
    lever="bounce_score_threshold",
)
