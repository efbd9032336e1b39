"""ezmlm-idx."""

from monitor.managers.ezmlm.policy import Ezmlm
from monitor.managers.kind import ManagerKind

KIND = ManagerKind(id="ezmlm", machine=Ezmlm, aliases=("ezmlm-idx",), lever="bouncetimeout")
