"""Faults that are mended, that come back, and lists that rest."""

from random import Random

from tests.histories.levels import CRITICAL, OK, RISK
from tests.histories.story import EVER, GUIDELINES, Bounces, Dns, Refusal, Refused, Story, each_day
from tests.histories.whole import daily


def broken(name: str, truth: str, until: float, **differs: object) -> Story:
    """SPF names nobody from day 0 on; mended at `until`."""
    usual = {
        "refusals": (Refusal(until=until, reply=GUIDELINES),),
        "dns": (Dns(state="nobody", until=until),),
        "danger": (0.0, until),
        "told": 1 / 24,
        "over": 1.5,  # the next probe, and one check more
        "days": until + 3.0,
        "levels": ((until + 1.0, OK, OK), (until + 3.0, OK, OK)),
        "finding": None,
    }
    return daily(name, truth, **{**usual, **differs})


def weekend(date: int, draw: Random) -> int:
    """Four posts each on Saturdays and Sundays; day 0 is a Monday."""
    del draw
    return 4 if date % 7 in {5, 6} else 0


def silent_weeks(date: int, draw: Random) -> int:
    """A post a day, but none for four weeks."""
    del draw
    return 0 if 3 <= date < 31 else 1


BUSY = {"posts": each_day(12), "per_day": 12.0}
HOUR = 1.2 / 24
MENDED = (
    broken(
        "SPF broken for an hour, no bounces copied", "nobody was dropped", HOUR, bounces=Bounces(copied=False), **BUSY
    ),
    broken("SPF broken for an hour, bounces at once", "nobody was dropped", HOUR, **BUSY),
    broken(
        "SPF broken for an hour, bounces nine hours late",
        "nobody was dropped",
        HOUR,
        bounces=Bounces(late=0.375),
        **BUSY,
    ),
    broken("SPF broken for a day, no bounces copied", "nobody was dropped", 1.0, bounces=Bounces(copied=False)),
    broken(
        "SPF broken for a day, bounces nine hours late", "nobody was dropped", 1.0, bounces=Bounces(late=0.375), **BUSY
    ),
    broken("SPF broken for three days, no bounces copied", "nobody was dropped", 3.0, bounces=Bounces(copied=False)),
    broken(
        "SPF broken for three days, bounces read from octets", "nobody was dropped", 3.0, bounces=Bounces(real=True)
    ),
    broken(
        "SPF broken for three days, bounces a day late", "nobody was dropped", 3.0, bounces=Bounces(late=1.0), **BUSY
    ),
    broken(
        "SPF mended after everybody was disabled",
        "disabled on the fifth day; mended on the seventh",
        6.5,
        levels=((6.0, CRITICAL, CRITICAL), (9.0, OK, OK)),
    ),
    broken(
        "SPF mended, bounces of posts put off come for five days",
        "nobody was dropped",
        2.25,
        refusals=(Refusal(until=2.25, expires=True, reply=GUIDELINES),),
        days=9.0,
        levels=((4.0, OK, OK), (9.0, OK, OK)),
        by_chance=True,
        dates=None,
    ),
    daily(
        "a receiver refuses for two days, then takes everything",
        "nobody was dropped",
        refusals=(Refusal(until=2.0),),
        days=10.0,
        danger=(Refused(1), 2.0),
        told=Refused(2, 1),
        over=24.0 * 4,
        levels=((2.0, CRITICAL, CRITICAL), (7.0, OK, OK), (10.0, OK, OK)),
    ),
    daily(
        "restored by the owner, with DNS as the cause",
        "disabled on the fifth day, mended and turned on again on the seventh",
        refusals=(Refusal(until=6.5, reply=GUIDELINES),),
        dns=(Dns(state="nobody", until=6.5),),
        enabled=(6.75,),
        days=14.0,
        danger=(0.0, 6.5),
        told=0.05,
        over=1.5,
        levels=((6.0, CRITICAL, CRITICAL), (8.0, OK, OK), (14.0, OK, OK)),
        finding=None,
    ),
    daily(
        "restored by the owner, DNS in order all the time",
        "disabled on the fifth day, turned on again on the seventh, and taken",
        refusals=(Refusal(until=6.5),),
        enabled=(6.75,),
        days=40.0,
        danger=(Refused(1), 6.75),
        over=31 * 24.0,
        levels=((6.0, CRITICAL, CRITICAL), (39.0, OK, OK)),
    ),
)

COMING_AND_GOING = (
    daily(
        "SPF broken every other day",
        "disabled on the ninth day",
        refusals=(Refusal(posts=lambda post: post.date % 2 == 0, reply=GUIDELINES),),
        dns=tuple(Dns(state="nobody", since=float(day), until=day + 1.0) for day in range(0, 12, 2)),
        days=11.0,
        danger=(0.0, EVER),
        told=0.1,
        levels=((0.5, RISK, CRITICAL), (2.5, CRITICAL, CRITICAL), (8.9, CRITICAL, CRITICAL)),
        steady=False,
        disabled=8,
        dates=None,
        finding=None,
    ),
    daily(
        "silent for four weeks, refused before and after",
        "the bounces before are forgotten; disabled on the fifth day after",
        posts=silent_weeks,
        days=38.0,
        levels=((2.95, CRITICAL, CRITICAL), (33.0, CRITICAL, CRITICAL), (38.0, CRITICAL, CRITICAL)),
        steady=False,
        disabled=35,
        dates=None,
    ),
    daily(
        "a weekend list without a canary",
        "disabled at the fifth day with posts, a Saturday",
        posts=weekend,
        per_day=8 / 7,
        before=7,
        days=21.0,
        levels=((13.5, CRITICAL, CRITICAL), (18.0, CRITICAL, CRITICAL), (21.0, CRITICAL, CRITICAL)),
        steady=False,
        disabled=19,
        dates=None,
    ),
    daily(
        "a weekend list",
        "disabled at the fifth day with posts, a Saturday",
        posts=weekend,
        canary=True,
        per_day=8 / 7,
        before=7,
        days=21.0,
        levels=(
            (5.0, OK, OK),
            (10.0, RISK, CRITICAL),
            (13.5, CRITICAL, CRITICAL),
            (18.0, CRITICAL, CRITICAL),
            (21.0, CRITICAL, CRITICAL),
        ),
        disabled=19,
        dates=None,
    ),
)

STORIES = (*MENDED, *COMING_AND_GOING)
