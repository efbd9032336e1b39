"""listmonk."""

from monitor.managers.kind import ManagerKind
from monitor.managers.listmonk.policy import Listmonk

KIND = ManagerKind(id="listmonk", machine=Listmonk, lever="hard.count")
