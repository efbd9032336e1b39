"""Whether trouble is ours: a failure common to many unrelated domains is our resolver's or network's, not theirs."""

from collections import Counter, deque
from collections.abc import Collection, Mapping

WINDOW_S = 120.0  # how far back is looked
REMEMBERED = 512  # questions
OURS_AT_LEAST = 3  # so many unrelated domains must fail before the fault can be ours
OURS_SHARE = 0.8  # and so many of all that were asked for
TOGETHER_S = 1.0  # questions that were asked at once give up within so long


class Health:
    """What became of the last questions. Appending is atomic; no lock is needed."""

    def __init__(self) -> None:
        self._asked: deque[tuple[float, str, str]] = deque(maxlen=REMEMBERED)  # when, whose, reason or ""

    def answered(self, name: str, at: float) -> None:
        """A question was answered at the monotonic second `at`; void answers are answers."""
        self._asked.append((at, _whose(name), ""))

    def failed(self, name: str, reason: str, at: float) -> None:
        """A question was not answered."""
        self._asked.append((at, _whose(name), reason))

    def trouble(self, at: float) -> str | None:
        """The sentence to show once where the last questions show that we ourselves cannot see; None where we can."""
        failed: dict[str, str] = {}
        seen: set[str] = set()
        for when, whose, reason in list(self._asked):
            if at - when <= WINDOW_S:
                seen.add(whose)
                if reason:
                    failed[whose] = reason
                else:
                    failed.pop(whose, None)  # whoever answers later is not in trouble
        if not is_ours({whose: whose in failed for whose in seen}):
            return None
        reason, _ = Counter(failed.values()).most_common(1)[0]
        return (
            f"Our own resolver or network does not answer: questions about {len(failed)} of {len(seen)} unrelated domains "
            f"failed within the last {WINDOW_S / 60:.0f} minutes ({reason}). Nothing is known about any of them meanwhile."
        )

    def failed_beside(self, names: Collection[str], since: float) -> bool:
        """Whether unrelated domains failed too, from when the first of these names failed after the second `since`.

        Who answers again by now has failed meanwhile. False where none of the names failed.
        """
        own = {_whose(name) for name in names}
        asked = [each for each in list(self._asked) if each[0] >= since]
        begins = min((when for when, whose, reason in asked if reason and whose in own), default=None)
        if begins is None:
            return False
        others: dict[str, bool] = {}
        for when, whose, reason in asked:
            if when >= begins - TOGETHER_S and whose not in own:
                others[whose] = others.get(whose, False) or bool(reason)
        return is_ours(others)


def is_ours(failed: Mapping[str, bool]) -> bool:
    """Whether failures of so many unrelated domains are our own: domain → whether it failed."""
    count = sum(failed.values())
    return count >= OURS_AT_LEAST and count >= OURS_SHARE * len(failed)


def _whose(name: str) -> str:
    """Roughly whose name it is: its last two labels. Reverse names are each their own network's, taken more finely."""
    labels = name.split(".")
    return ".".join(labels[-5:] if labels[-1] == "arpa" else labels[-2:])
