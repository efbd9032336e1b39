"""LISTSERV."""

from monitor.managers.kind import ManagerKind
from monitor.managers.listserv.policy import Listserv

KIND = ManagerKind(id="listserv", machine=Listserv, lever="delay")
