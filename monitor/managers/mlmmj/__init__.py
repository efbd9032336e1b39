"""mlmmj."""

from monitor.managers.kind import Habits, ManagerKind
from monitor.managers.mlmmj.policy import Mlmmj
from monitor.managers.mlmmj.remedies import REMEDIES

KIND = ManagerKind(
    id="mlmmj",
    machine=Mlmmj,
    remedies=REMEDIES,
    lever="bouncelife",
    habits=Habits(bounces="{}+bounces", owner="{}+owner"),  # its default delimiter
)
