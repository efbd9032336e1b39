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
        # When it ended, whose, reason or "", and when it was asked.
        self._asked: deque[tuple[float, str, str, float]] = deque(maxlen=REMEMBERED)

    def answered(self, name: str, at: float) -> None:
        """A question was answered at the monotonic second `at`; void answers are answers."""
        self._asked.append((at, _whose(name), "", at))

    def failed(self, name: str, reason: str, at: float, *, asked_at: float | None = None) -> None:
        """A question was not answered, which was asked at the second `asked_at`."""
        self._asked.append((at, _whose(name), reason, at if asked_at is None else asked_at))

    def trouble(self, at: float) -> str | None:
        """The sentence to show once where the last questions show that we ourselves cannot see; None where we can."""
        failed: dict[str, str] = {}
        seen: set[str] = set()
        for when, whose, reason, _ in list(self._asked):
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
        begins = min((when for when, whose, reason, _ in asked if reason and whose in own), default=None)
        if begins is None:
            return False
        others: dict[str, bool] = {}
        for when, whose, reason, _ in asked:
            if when >= begins - TOGETHER_S and whose not in own:
                others[whose] = others.get(whose, False) or bool(reason)
        return is_ours(others)

    def answered_beside(self, names: Collection[str], since: float) -> bool:
        """Whether an unrelated domain was answered right after one of these names was asked for in vain.

        Only that shows that we could see just then: an answer before, or when the name had been given up, may be from
        before or after an outage of our own. `since` as in failed_beside.
        """
        own = {_whose(name) for name in names}
        asked = [each for each in list(self._asked) if each[0] >= since]
        in_vain = [asked_at for _, whose, reason, asked_at in asked if reason and whose in own]
        answered = [when for when, whose, reason, _ in asked if not reason and whose not in own]
        return any(asked_at <= when <= asked_at + TOGETHER_S for asked_at in in_vain for when in answered)


def is_ours(failed: Mapping[str, bool]) -> bool:
    """Whether failures of so many unrelated domains are our own: domain → whether it failed."""
    count = sum(failed.values())
    return count >= OURS_AT_LEAST and count >= OURS_SHARE * len(failed)


def _whose(name: str) -> str:
    """Roughly whose name it is: its last two labels. Reverse names are each their own network's, taken more finely."""
    labels = name.split(".")
    return ".".join(labels[-5:] if labels[-1] == "arpa" else labels[-2:])
