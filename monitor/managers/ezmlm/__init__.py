"""ezmlm-idx."""

from monitor.managers.ezmlm.policy import Ezmlm
from monitor.managers.ezmlm.remedies import REMEDIES
from monitor.managers.kind import ManagerKind

KIND = ManagerKind(id="ezmlm", machine=Ezmlm, remedies=REMEDIES, aliases=("ezmlm-idx",), lever="bouncetimeout")
