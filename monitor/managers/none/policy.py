"""No bounce processing at all."""

from dataclasses import dataclass

from monitor.managers.custom.policy import Custom, Policy
from monitor.phrase.phrase import say

OFF = Policy(enabled=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody(Custom):
    """No bounce processing at all: nobody is ever dropped."""

    title = say("no bounce processing")
    policy: Policy = OFF
