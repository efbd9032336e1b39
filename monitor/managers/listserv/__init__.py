"""LISTSERV."""

from monitor.managers.kind import Habits, ManagerKind
from monitor.managers.listserv.policy import Listserv
from monitor.managers.listserv.remedies import REMEDIES

KIND = ManagerKind(
    id="listserv",
    machine=Listserv,
    remedies=REMEDIES,
    lever="delay",
    habits=Habits(bounces="owner-{}", owner="{}-request"),  # owner- takes bounces
)
