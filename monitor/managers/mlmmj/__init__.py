"""mlmmj."""

from monitor.managers.kind import ManagerKind
from monitor.managers.mlmmj.policy import Mlmmj
from monitor.managers.mlmmj.remedies import REMEDIES

KIND = ManagerKind(id="mlmmj", machine=Mlmmj, remedies=REMEDIES, lever="bouncelife")
