"""Room for messages: how many octets all sessions hold together, from DATA until a message is recorded. Pure."""

from monitor.receiver.limits import Limits


class MessageRoom:
    """Room for a small message there always is; the large ones share theirs.

    So a probe of 2 KiB is taken whatever else is under way, and all together stays below `connections` times
    `small_message_octets` and `large_messages_octets`.
    """

    def __init__(self, limits: Limits) -> None:
        self._small = limits.small_message_octets
        self._most = limits.large_messages_octets
        self.large = 0  # octets of large messages that are held

    def resize(self, before: int, now: int) -> bool:
        """A message that had `before` octets has `now`; False where there is no room, and then nothing has changed."""
        large = self.large + self._counted(now) - self._counted(before)
        if now > before and large > self._most:
            return False
        self.large = large
        return True

    def _counted(self, octets: int) -> int:
        return octets if octets > self._small else 0
