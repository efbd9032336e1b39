"""ezmlm-idx."""

from monitor.managers.ezmlm.policy import Ezmlm
from monitor.managers.ezmlm.remedies import REMEDIES
from monitor.managers.kind import Habits, ManagerKind

KIND = ManagerKind(
    id="ezmlm",
    machine=Ezmlm,
    remedies=REMEDIES,
    aliases=("ezmlm-idx",),
    lever="bouncetimeout",
    habits=Habits(bounces="{}-return"),  # with a number and the recipient behind it
)
