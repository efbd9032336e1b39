"""The life of one probe: pure transitions, Probe → Probe. A step that does not fit leaves the probe as it is.

    scheduled ──► submitted ──► arrived
       │  ▲            ├──────► bounced ──┐ (a DSN came, and then the message after all)
       ▼  │ 4yz        └──────► lost ─────┤ (a late arrival mends it)
     deferred ─► rejected (5yz)           └──► arrived

An arrival is the strongest evidence there is: it ends every other state, also one in which we never learnt that the
message had been taken (killed between submission and note). `arrived` alone is never left. `ours` says that the trouble
is on our side, so that the probe says nothing about the list: its risk is then unknown, never worse.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from monitor.errors import RelayUnavailable
from monitor.model.ahead import is_ahead
from monitor.model.evidence import Arrival, Attempt, Probe, ProbeState
from monitor.phrase.phrase import say

UNSENT = frozenset({ProbeState.SCHEDULED, ProbeState.DEFERRED})
OPEN = UNSENT | {ProbeState.SUBMITTED}
GONE_WRONG: Final = frozenset({ProbeState.REJECTED, ProbeState.BOUNCED, ProbeState.LOST})
REPLY_OCTETS_MAX: Final = 512  # RFC 5321 section 4.5.3.1.5: a reply line; longer text is somebody's flood
SEEN_MAX: Final = 200  # refused attempts that are kept: five days of Postfix' retries are about 120
AT_ONCE: Final = timedelta(seconds=15)  # one connection and a message; MTAs wait minutes before they retry

# The reason of RelayUnavailable that is the list's MTA's own answer (4yz): it says something about the list's mail.
DEFERRED_BY_MTA: Final = "reply-4yz"


def is_open(probe: Probe) -> bool:
    """Whether the probe still waits for something; while it does, its list gets no other."""
    return probe.state in OPEN


def is_unsent(probe: Probe) -> bool:
    """Whether the message still has to be handed to the list's MTA."""
    return probe.state in UNSENT


def submitted(probe: Probe, *, reply: str, now: datetime) -> Probe:
    """The list's MTA took the message (250 after DATA)."""
    return _tried(probe, reply, state=ProbeState.SUBMITTED, submitted_at=now, ours=False)


def not_submitted(probe: Probe, error: RelayUnavailable, *, quotes_us: bool = False) -> Probe:
    """The list's MTA did not take the message now.

    Its own 4yz is `deferred`; ours to explain where it quotes our receiver, which it has asked for the address. Where
    it could not be reached, or not as the configuration says (TLS, password), the state stays and the trouble counts as
    ours until somebody shows otherwise: nothing was learnt about the list's mail.
    """
    by_mta = error.reason == DEFERRED_BY_MTA
    ours = quotes_us or not by_mta
    return _tried(probe, error.sentence, state=ProbeState.DEFERRED if by_mta else probe.state, ours=ours)


def put_off(probe: Probe, *, reply: str) -> Probe:
    """Nobody tried, because the list's MTA let others run out of time: nothing was learnt about the list's mail."""
    return replace(probe, reply=_short(reply), ours=True) if probe.state in UNSENT else probe


def rejected(probe: Probe, *, reply: str, now: datetime, quotes_us: bool = False) -> Probe:
    """The list's MTA refused the message for good (5yz) at submission: our own fault where it quotes our receiver."""
    return _tried(probe, reply, state=ProbeState.REJECTED, finished_at=now, ours=quotes_us)


def arrived(probe: Probe, *, now: datetime) -> Probe:
    """The receiver has recorded the message. A second copy changes nothing; a late one mends `lost` and `bounced`."""
    if probe.state is ProbeState.ARRIVED:
        return probe
    return replace(probe, state=ProbeState.ARRIVED, finished_at=now, ours=False)


def taken(probe: Probe, *, reply: str, now: datetime) -> Probe:
    """Our receiver itself said 250 to a direct probe: it has recorded the arrival. What it noted in the probe stays."""
    return replace(arrived(probe, now=now), reply=_short(reply), attempts=probe.attempts + 1)


def cut_off(probe: Probe, *, reply: str, ours: bool, now: datetime) -> Probe:
    """A direct probe did not get through to our receiver: it ends at once as lost.

    `ours` where that was not the network.
    """
    return _tried(probe, reply, state=ProbeState.LOST, finished_at=now, ours=ours)


def bounced(probe: Probe, *, diagnostic: str, ours: bool, now: datetime) -> Probe:
    """A DSN with action `failed` came back (RFC 3464 section 2.3.3).

    `ours` where the diagnostic names a fault of our side, such as a probe domain without its MX.
    """
    if probe.state not in OPEN:
        return probe
    return replace(probe, state=ProbeState.BOUNCED, finished_at=now, reply=_short(diagnostic), ours=ours)


def returned(probe: Probe, *, action: str, summary: str, now: datetime, ours: bool = True) -> Probe:
    """A DSN about the probe came back to us: it is kept, and `failed` (RFC 3464 section 2.3.3) ends an open probe.

    DSNs come back to an address of ours only where the probe was sent with it as reverse-path, which is not how list
    mail goes: what they say is ours, and no evidence about the list. A copy of a DSN that went to the list is not ours,
    unless it names a fault of ours.
    """
    noted = replace(probe, dsn=_short(summary))
    ours = ours or probe.as_rule is not None
    return bounced(noted, diagnostic=summary, ours=ours, now=now) if action == "failed" else noted


def refused_as_asked(probe: Probe, attempt: Attempt, *, limit: int | None) -> Probe:
    """Our receiver is about to refuse an attempt as the probe's rule says; unchanged where `limit` were refused before.

    Without a limit every attempt is refused. A reply for good (5yz) ends the probe as bounced. That is our own doing,
    so that it never counts against the list.
    """
    if probe.as_rule is None or (limit is not None and len(probe.seen) >= limit):
        return probe
    seen = (*probe.seen, attempt)[-SEEN_MAX:]
    if attempt.reply.startswith("5") and probe.state in OPEN:
        return replace(
            probe, seen=seen, state=ProbeState.BOUNCED, finished_at=attempt.at, reply=_short(attempt.reply), ours=True
        )
    return replace(probe, seen=seen)


def retries(probe: Probe, arrived_at: datetime | None = None) -> tuple[timedelta, ...]:
    """The list's MTA's retry schedule as seen: the time from each attempt to the next, the arrival being the last."""
    times = [attempt.at for attempt in probe.seen] + ([] if arrived_at is None else [arrived_at])
    return tuple(after - before for before, after in pairwise(times))


def goes_on(probe: Probe, arrival: Arrival | None = None) -> bool | None:
    """Whether the list's MTA goes on to our next address at once when it is deferred at one (RFC 5321 section 5.1).

    An MTA that does so also goes over to IPv4 where a receiver has it. None where nothing was seen that tells: our
    receiver's name may have one address only.
    """
    tries = [(attempt.at, attempt.server_ip) for attempt in probe.seen if attempt.reply.startswith("4")]
    if arrival is not None:
        tries.append((arrival.received_at, arrival.server_ip))
    ours = {address for _, address in tries} - {None}
    if len(ours) < 2:
        return None
    return any(after - before <= AT_ONCE and one != other for (before, one), (after, other) in pairwise(tries))


def expired(probe: Probe, *, receiver_was_down: bool, now: datetime) -> Probe:
    """The deadline has passed: an open probe is `lost`; before the deadline nothing changes.

    A message that was never handed over keeps `ours` as it stands. One that was handed over is ours to explain only
    where our receiver was down, or could not be found, meanwhile. A probe that was never tried is ours too: our worker
    did not come to it.
    """
    if probe.state not in OPEN or now < probe.deadline_at:
        return probe
    never_tried = probe.state is ProbeState.SCHEDULED and probe.attempts == 0
    return replace(
        probe,
        state=ProbeState.LOST,
        finished_at=now,
        ours=probe.ours or receiver_was_down or never_tried or probe.as_rule is not None,
    )


def undated(probe: Probe, *, now: datetime) -> Probe:
    """A probe that was begun at a time to come, by a clock that was put right since: it ends as lost by our own fault.

    Its deadline would keep the list's next probe waiting for as long as the clock ran ahead; an arrival mends it.
    """
    if probe.state not in OPEN or not is_ahead(probe.scheduled_at, now):
        return probe
    reply = say("It was begun while our clock ran ahead; the clock was put right.")
    return replace(probe, state=ProbeState.LOST, finished_at=now, reply=reply, ours=True)


def abandoned(probe: Probe, *, now: datetime) -> Probe:
    """A worker was stopped while it submitted the probe: whether it went out is not known, and it is not sent again.

    It ends as lost by our own fault, so that the list's next probe need not wait for its deadline; an arrival mends it.
    """
    if probe.state not in UNSENT:
        return probe
    reply = say("Our worker was stopped while it submitted this probe; whether it went out is not known.")
    return replace(probe, state=ProbeState.LOST, finished_at=now, reply=reply, ours=True)


def _tried(probe: Probe, reply: str, **changes: Any) -> Probe:
    """A probe that was not handed over yet, after one more try to."""
    if probe.state not in UNSENT:
        return probe
    return replace(probe, reply=_short(reply), attempts=probe.attempts + 1, **changes)


def _short(reply: str) -> str:
    return reply if len(reply) <= REPLY_OCTETS_MAX else reply[: REPLY_OCTETS_MAX - 1] + "…"
