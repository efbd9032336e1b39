"""listmonk."""

from monitor.managers.kind import ManagerKind
from monitor.managers.listmonk.policy import Listmonk
from monitor.managers.listmonk.remedies import REMEDIES

KIND = ManagerKind(id="listmonk", machine=Listmonk, remedies=REMEDIES, lever="hard.count")
