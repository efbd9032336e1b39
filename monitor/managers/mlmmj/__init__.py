"""mlmmj."""

from monitor.managers.kind import ManagerKind
from monitor.managers.mlmmj.policy import Mlmmj

KIND = ManagerKind(id="mlmmj", machine=Mlmmj, lever="bouncelife")
