"""The queues of the broker: one a kind of work, so that slow webhooks delay no check."""

from typing import Final

QUEUES: Final = ("dns", "probe", "notify", "webhook", "upkeep")
