"""Whether trouble is ours: a failure common to many unrelated domains is our resolver's or network's, not theirs."""

from collections import Counter, deque
from collections.abc import Collection, Mapping
from typing import NamedTuple

from monitor.phrase.phrase import Phrase, say

WINDOW_S = 120.0  # how far back is looked
REMEMBERED = 512  # questions
OURS_AT_LEAST = 3  # so many unrelated domains must fail before the fault can be ours
OURS_SHARE = 0.8  # and so many of all that were asked for
UNSEEING = frozenset({"timeout", "network", "unroutable", "servfail"})  # what becomes of a question where we do not see
TOGETHER_S = 1.0  # questions that were asked at once give up within so long


class Asked(NamedTuple):
    """What became of a question; times are seconds of the monotonic clock."""

    ended: float
    whose: str
    reason: str  # why it was not answered; "" where it was
    began: float
    witness: bool = False  # asked only to know whether we see

    @property
    def unseeing(self) -> bool:
        """Whether it shows that we did not see all the time."""
        return self.witness and (self.reason in UNSEEING or self.ended - self.began > TOGETHER_S)


class Health:
    """What became of the last questions. Appending is atomic; no lock is needed."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=REMEMBERED)
        self._witnessed = False  # whether a witness has ever answered

    def answered(self, name: str, at: float, *, asked_at: float | None = None) -> None:
        """A question of the monotonic second `asked_at` was answered at the second `at`; void answers are answers."""
        self._asked.append(Asked(at, _whose(name), "", at if asked_at is None else asked_at))

    def failed(self, name: str, reason: str, at: float, *, asked_at: float | None = None) -> None:
        """A question was not answered."""
        self._asked.append(Asked(at, _whose(name), reason, at if asked_at is None else asked_at))

    def witnessed(self, name: str, reason: str, at: float, *, asked_at: float) -> None:
        """What became of a question to a witness, who answers whoever sees; `reason` as in Asked.

        That none answers says nothing where none ever has: a house may know its own name servers only.
        """
        self._witnessed = self._witnessed or not reason
        if self._witnessed:
            self._asked.append(Asked(at, _whose(name), reason, asked_at, witness=True))

    def trouble(self, at: float) -> Phrase | None:
        """The sentence to show once where the last questions show that we ourselves cannot see; None where we can."""
        failed: dict[str, str] = {}
        seen: set[str] = set()
        for one in list(self._asked):
            if at - one.ended <= WINDOW_S:
                seen.add(one.whose)
                if one.reason:
                    failed[one.whose] = one.reason
                else:
                    failed.pop(one.whose, None)  # whoever answers later is not in trouble
        if not is_ours({whose: whose in failed for whose in seen}):
            return None
        reason, _ = Counter(failed.values()).most_common(1)[0]
        return say(
            "Our own resolver or network does not answer: questions about {failed} of {asked} unrelated domains failed "
            "within the last {minutes} minutes ({reason}). Nothing is known about any of them meanwhile.",
            failed=len(failed),
            asked=len(seen),
            minutes=round(WINDOW_S / 60),
            reason=reason,
        )

    def failed_beside(self, names: Collection[str], since: float) -> bool:
        """Whether unrelated domains failed too, from when the first of these names failed after the second `since`.

        Who answers again by now has failed meanwhile. False where none of the names failed.
        """
        own, others = self._parted(names, since)
        begins = min((one.ended for one in own if one.reason), default=None)
        if begins is None:
            return False
        failed: dict[str, bool] = {}
        for one in others:
            if one.ended >= begins - TOGETHER_S:
                failed[one.whose] = failed.get(one.whose, False) or bool(one.reason)
        return is_ours(failed)

    def answered_beside(self, names: Collection[str], since: float) -> bool:
        """Whether an unrelated domain was answered right after one of these names was asked for in vain.

        Only that shows that we could see just then: an answer before, or when the name had been given up, may be from
        before or after an outage of our own. Nor does it where a witness was not answered, or late, meanwhile: there an
        outage of ours began. `since` as in failed_beside.
        """
        own, others = self._parted(names, since)
        blind = [one for one in others if one.unseeing]
        return any(
            any(not one.reason and vain.began <= one.ended <= vain.began + TOGETHER_S for one in others)
            and not any(one.began <= vain.ended and vain.began <= one.ended for one in blind)
            for vain in own
            if vain.reason
        )

    def _parted(self, names: Collection[str], since: float) -> tuple[list[Asked], list[Asked]]:
        """The questions that ended after the second `since`: about these names' owners, and about others."""
        whose = {_whose(name) for name in names}
        asked = [one for one in list(self._asked) if one.ended >= since]
        own = [one for one in asked if one.whose in whose and not one.witness]
        return own, [one for one in asked if one.whose not in whose]


def is_ours(failed: Mapping[str, bool]) -> bool:
    """Whether failures of so many unrelated domains are our own: domain → whether it failed."""
    count = sum(failed.values())
    return count >= OURS_AT_LEAST and count >= OURS_SHARE * len(failed)


def _whose(name: str) -> str:
    """Roughly whose name it is: its last two labels. Reverse names are each their own network's, taken more finely."""
    labels = name.split(".")
    return ".".join(labels[-5:] if labels[-1] == "arpa" else labels[-2:])
