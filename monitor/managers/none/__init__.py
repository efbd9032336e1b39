"""No bounce processing."""

from monitor.managers.kind import ManagerKind
from monitor.managers.none.policy import Nobody

KIND = ManagerKind(id="none", machine=Nobody)
