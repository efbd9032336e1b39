"""What becomes of a notice after a try: when it is tried again, and when it has ended.

Pure, the same for mail and webhooks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.metrics import NOTICE_ATTEMPTS, NOTICES, outcome_label
from monitor.model.incidents import DELIVERED, DeliveryAttempt, Notice, NoticeState
from monitor.phrase.phrase import When, say

# Delays after the first, second … try: the schedule that Standard Webhooks 1.0 recommends, three and a quarter days in
# all.
SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES: Final = len(SCHEDULE) + 1  # of one round; a replayed notice gets another round
JITTER: Final = 0.1  # a delay grows by up to so much, lest all that failed together return together
RETRY_AFTER_LIMIT: Final = timedelta(hours=24)  # what the other side may ask for; longer would lose the notice's point
WAIT_MOST: Final = max(SCHEDULE[-1] * (1 + JITTER), RETRY_AFTER_LIMIT)  # of any notice: quiet hours end within a day
ROUNDS_KEPT: Final = 4  # of tries in a notice's record

# Nothing that we could repeat will change these: the endpoint is gone (Standard Webhooks 1.0: 410), the URL may not be
# called at all, the target is no longer configured. SMTP 5yz is added below (RFC 5321 section 4.2.1).
_FINAL: Final = frozenset({"http-410", "endpoint-gone", "bounced", "refused-url", "no-endpoint", "no-owner"})


def is_final(outcome: str) -> bool:
    """Whether trying again will not help."""
    return outcome in _FINAL or outcome.startswith("smtp-5")


def next_attempt(tries: int, attempt: DeliveryAttempt, *, now: datetime, jitter: float) -> datetime | None:
    """When to try again after this failure, the `tries`-th of its round (from 1); None: never.

    `jitter` lies in [0, 1). A time that the other side asked for is honoured where it is later than ours.
    """
    if is_final(attempt.outcome) or tries >= TRIES:
        return None
    ours = now + SCHEDULE[tries - 1] * (1 + JITTER * jitter)
    if attempt.retry_at is None:
        return ours
    return max(ours, min(attempt.retry_at, now + RETRY_AFTER_LIMIT))


def after(notice: Notice, attempt: DeliveryAttempt, *, now: datetime) -> Notice:
    """The notice after this try: delivered, due again, or dead."""
    attempts = (*notice.attempts, attempt)
    tries = (len(notice.attempts) % TRIES) + 1
    if attempt.outcome == DELIVERED:
        return replace(
            notice, state=NoticeState.DELIVERED, attempts=_kept(attempts), next_attempt_at=None, finished_at=now
        )
    again = next_attempt(tries, attempt, now=now, jitter=_jitter(notice.id, len(attempts)))
    if again is None:
        return replace(notice, state=NoticeState.DEAD, attempts=_kept(attempts), next_attempt_at=None, finished_at=now)
    return replace(notice, attempts=_kept(attempts), next_attempt_at=again)


def withheld(notice: Notice, until: datetime, *, now: datetime) -> Notice:
    """The notice that its reader does not want now."""
    detail = say("Its reader wants no mail until {moment}.", moment=When(until, "moment"))
    said = DeliveryAttempt(at=now, outcome="paused", detail=detail)
    attempts = (*notice.attempts, said)
    return replace(notice, state=NoticeState.WITHHELD, attempts=attempts, next_attempt_at=None, finished_at=now)


def counts_of(notice: Notice) -> dict[str, float]:
    """What the last try of a notice adds to the counts."""
    counts: dict[str, float] = {}
    if notice.attempts:
        counts[NOTICE_ATTEMPTS.field(notice.channel, outcome_label(notice.attempts[-1].outcome))] = 1
    if notice.state is not NoticeState.PENDING:
        counts[NOTICES.field(notice.channel, notice.state)] = 1
    return counts


def _kept(attempts: Sequence[DeliveryAttempt]) -> tuple[DeliveryAttempt, ...]:
    """The attempts without the oldest rounds: whole rounds go, so that the count within a round stays right."""
    rounds_over = max(0, -(-len(attempts) // TRIES) - ROUNDS_KEPT)
    return tuple(attempts[rounds_over * TRIES :])


def _jitter(notice_id: str, tries: int) -> float:
    """A number in [0, 1) that spreads notices, and that a repeated task draws again."""
    digest = hashlib.sha256(f"{notice_id}\n{tries}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
