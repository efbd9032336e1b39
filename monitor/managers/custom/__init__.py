"""A list manager described by its owner."""

from monitor.managers.custom.policy import Custom
from monitor.managers.kind import ManagerKind

KIND = ManagerKind(id="custom", machine=Custom, lever="threshold")
