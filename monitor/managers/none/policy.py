"""No bounce processing at all."""

from dataclasses import dataclass

from monitor.managers.custom.policy import Custom, Policy

OFF = Policy(enabled=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody(Custom):
    """No bounce processing at all: nobody is ever dropped."""

    title = "no bounce processing"
    policy: Policy = OFF
