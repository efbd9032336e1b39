"""List managers: each one's arithmetic from bounces to disabled to removed, as an exact deterministic state machine."""

from monitor.managers.catalogue import MANAGERS, policy_for
from monitor.managers.machine import Effect, Machine

__all__ = ["MANAGERS", "Effect", "Machine", "policy_for"]
