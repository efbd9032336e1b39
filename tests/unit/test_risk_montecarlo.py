"""The chain of each machine against many lives of the same machine, drawn by chance."""

import random

import pytest

from monitor.managers.calendar import DAY_S
from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.risk.forecast import forecast, mixture

LIVES = 150
DAYS = 90
NOON = DAY_S // 2


class ByChance(Replay):
    """A replay whose probes bounce by chance."""

    rate = 0.0
    draw = random.Random()

    def _comes_back(self, effect):
        return super()._comes_back(effect) and self.draw.random() < self.rate


def life(machine, rate, per_day, draw):
    """(day of the first disabling or removal, day of removal), None beyond the horizon."""
    replay = ByChance(machine, 60)
    replay.rate, replay.draw = rate, draw
    for day in range(DAYS):
        whole = int(per_day) + (draw.random() < per_day - int(per_day))
        for n in range(whole):
            sent = day * DAY_S + NOON + 120 * n
            replay.add([Event(at=sent, kind=EventKind.POST)])
            if draw.random() < rate:
                replay.add([Event(at=sent + 60, kind=EventKind.BOUNCE)])
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
        ("ezmlm", {}, 0.6, 1.0),
        ("listserv", {}, 0.2, 1.0),
        ("listserv", {}, 0.5, 40.0),
        ("listmonk", {"hard.count": 2}, 0.02, 3.0),
        ("discourse", {}, 0.1, 4.0),
        ("discourse", {}, 0.15, 1.0),
        ("custom", {"threshold": 4, "warnings": 1, "points_per_day": 0}, 0.2, 1.0),
        ("sympa", {}, 0.6, 8.0),
    ],
)
def test_the_chain_agrees_with_many_lives(manager, policy, rate, per_day):
    """Each probability lies within four standard errors (and a little, where the chain says that it simplifies)."""
    machine = policy_for(manager, policy)
    found = forecast(machine, post_bounces=rate, messages_per_day=per_day)
    draw = random.Random(f"{manager}{policy}{rate}")
    lives = [life(machine, rate, per_day, draw) for _ in range(LIVES)]
    slack = 0.06 if manager in {"sympa", "discourse"} else 0.005
    for curve, drawn in ((found.disabled, [a for a, _ in lives]), (found.removed, [b for _, b in lives])):
        for day in (3, 7, 14, 30, 60, 90):
            expected = curve.by(day)
            share = sum(1 for d in drawn if d is not None and d <= day) / LIVES
            error = 4 * (expected * (1 - expected) / LIVES) ** 0.5 + slack
            assert share == pytest.approx(expected, abs=error), (day, share, expected)


def test_mixtures_weigh_their_parts():
    machine = policy_for("mailman3")
    sure = forecast(machine, post_bounces=1.0, messages_per_day=1.0).disabled
    never = forecast(machine, post_bounces=0.0, messages_per_day=1.0).disabled
    found = mixture([(0.3, sure), (0.7, never)])
    assert found.within["7d"] == pytest.approx(0.3)
    assert (found.p10_days, found.median_days, found.mean_days) == (5, None, None)
