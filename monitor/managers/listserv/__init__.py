"""LISTSERV."""

from monitor.managers.kind import ManagerKind
from monitor.managers.listserv.policy import Listserv
from monitor.managers.listserv.remedies import REMEDIES

KIND = ManagerKind(id="listserv", machine=Listserv, remedies=REMEDIES, lever="delay")
