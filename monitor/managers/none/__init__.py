"""No bounce processing."""

from monitor.managers.kind import ManagerKind
from monitor.managers.none.policy import Nobody
from monitor.managers.remedies import Remedies

KIND = ManagerKind(id="none", machine=Nobody, remedies=Remedies(restore=""))  # nobody is ever disabled
