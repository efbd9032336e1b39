"""The chain of each machine against many lives of the same machine, drawn by chance."""

import math
import random
from itertools import count
from statistics import mean, stdev

import pytest

from monitor.managers.calendar import DAY_S
from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.risk.chain import REPLY_S
from monitor.risk.curve import mixture
from monitor.risk.forecast import forecast

LIVES = 150
DAYS = 90


class ByChance(Replay):
    """A replay whose probes bounce by chance."""

    rate = 0.0
    draw = random.Random()

    def _comes_back(self, effect):
        return super()._comes_back(effect) and self.draw.random() < self.rate


def life(machine, rate, per_day, draw):
    """(day of the first disabling or removal, day of removal), None beyond the horizon."""
    replay = ByChance(machine, REPLY_S)
    replay.rate, replay.draw = rate, draw
    for day in range(DAYS):
        whole = int(per_day) + (draw.random() < per_day - int(per_day))
        for _ in range(whole):
            sent = day * DAY_S + draw.random() * (DAY_S - REPLY_S)
            replay.add([Event(at=sent, kind=EventKind.POST)])
            if draw.random() < rate:
                replay.add([Event(at=sent + REPLY_S, kind=EventKind.BOUNCE)])
    replay.run(DAYS * DAY_S)
    removed = [t // DAY_S + 1 for t in replay.effects[Effect.REMOVED]]
    ends = [t // DAY_S + 1 for t in replay.effects[Effect.DISABLED][:1]] + removed
    return min(ends, default=None), min(removed, default=None)


@pytest.mark.parametrize(
    ("manager", "policy", "rate", "per_day"),
    [
        ("mailman3", {}, 0.3, 1.0),
        ("mailman3", {}, 0.05, 5.0),
        ("mailman3", {"verp_probes": True}, 0.6, 1.0),
        ("mailman3", {"bounce_score_threshold": 3, "bounce_info_stale_after": "3d"}, 0.4, 0.5),
        ("mailman2", {}, 0.3, 1.5),
        ("mailman2", {"verp_probes": True}, 0.5, 2.0),
        ("mlmmj", {}, 0.99, 1.0),
        ("mlmmj", {}, 1.0, 0.3),
        ("ezmlm", {}, 0.6, 1.0),
        ("ezmlm", {}, 1.0, 0.3),
        ("ezmlm", {}, 1.0, 8.0),
        ("listserv", {}, 0.2, 1.0),
        ("listserv", {}, 0.5, 40.0),
        ("listmonk", {"hard.count": 2}, 0.02, 3.0),
        ("discourse", {}, 0.1, 4.0),
        ("discourse", {}, 0.15, 1.0),
        ("custom", {"threshold": 4, "warnings": 1, "points_per_day": 0}, 0.2, 1.0),
        ("custom", {"stale_after": "2d", "threshold": 3}, 0.5, 0.7),
        ("sympa", {}, 0.6, 8.0),
    ],
)
def test_the_chain_agrees_with_many_lives(manager, policy, rate, per_day):
    """Each probability lies within four standard errors (and a little, where the chain says that it simplifies)."""
    machine = policy_for(manager, policy)
    found = forecast(machine, post_bounces=rate, messages_per_day=per_day)
    draw = random.Random(f"{manager}{policy}{rate}")
    lives = [life(machine, rate, per_day, draw) for _ in range(LIVES)]
    slack = 0.08 if manager in {"sympa", "discourse", "mlmmj", "ezmlm"} else 0.005
    for curve, drawn in ((found.disabled, [a for a, _ in lives]), (found.removed, [b for _, b in lives])):
        for day in (3, 7, 14, 30, 60, 90):
            expected = curve.by(day)
            share = sum(1 for d in drawn if d is not None and d <= day) / LIVES
            error = 4 * (expected * (1 - expected) / LIVES) ** 0.5 + slack
            assert share == pytest.approx(expected, abs=error), (day, share, expected)


def any_hour(draw, rate, per_day):
    """When bounces come in: a day has the whole number of posts below or above the mean, each at any hour."""
    for day in count():
        posts = int(per_day) + (draw.random() < per_day % 1)
        yield from sorted((day + draw.random()) * DAY_S for _ in range(posts) if draw.random() < rate)


def by_chance(draw, rate, per_day):
    """Likewise, where posts come independently of each other and of the calendar (Poisson)."""
    at = 0.0
    while True:
        at += draw.expovariate(rate * per_day) * DAY_S
        yield at


def days_until_disabled(machine, bounces):
    replay = Replay(machine)
    for at in bounces:
        replay.add([Event(at=at, kind=EventKind.BOUNCE)])
        replay.run(at)
        if replay.effects[Effect.DISABLED]:
            return replay.effects[Effect.DISABLED][0] // DAY_S + 1
    return None


@pytest.mark.parametrize("stream", [any_hour, by_chance])
@pytest.mark.parametrize(
    ("rate", "per_day", "lives"),
    [(0.5, 1 / 7, 400), (1.0, 0.1, 700), (0.1, 1.0, 700), (0.3, 1.0, 2000), (0.05, 3.0, 1000), (0.05, 12.0, 2000)],
)
def test_a_post_may_come_at_any_hour(stream, rate, per_day, lives):
    """Mailman 3 compares the times of two bounces to the second: of gaps of seven dates, half are longer than a week.

    The mean lies within three standard errors and one percent. A Poisson stream has a bounce on fewer dates.
    """
    machine = policy_for("mailman3")
    bounces, a_day = (rate, per_day) if stream is any_hour else (1.0, 1 - math.exp(-rate * per_day))
    expected = forecast(machine, post_bounces=bounces, messages_per_day=a_day).disabled.mean
    draw = random.Random(f"{rate} {per_day}")
    days = [days_until_disabled(machine, stream(draw, rate, per_day)) for _ in range(lives)]
    error = stdev(days) / math.sqrt(lives)
    assert mean(days) == pytest.approx(expected, abs=3 * error + 0.01 * expected)


def test_mixtures_weigh_their_parts():
    machine = policy_for("mailman3")
    sure = forecast(machine, post_bounces=1.0, messages_per_day=1.0).disabled
    never = forecast(machine, post_bounces=0.0, messages_per_day=1.0).disabled
    found = mixture([(0.3, sure), (0.7, never)])
    assert found.within["7d"] == pytest.approx(0.3)
    assert (found.p10_days, found.median_days, found.mean_days) == (5, None, None)
