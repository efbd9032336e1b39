"""Other set-ups: signed posts, no reverse DNS, new lists, other traffic, and what the list manager is told."""

from random import Random

from tests.histories.levels import CRITICAL, OK, RISK, WATCH
from tests.histories.story import EVER, GUIDELINES, Dns, Refusal, Refused, each_day, some_each_day
from tests.histories.whole import VERP, daily


def one_thread(date: int, draw: Random) -> int:
    """A post a day, but eleven on day 0, and none in the week after it."""
    del draw
    return 11 if date == 0 else 0 if 0 < date < 8 else 1


STORIES = (
    daily(
        "SPF broken, posts signed",
        "a signature that passes is enough for Gmail",
        refusals=(),
        dns=(Dns(state="nobody"),),
        signed=True,
        danger=(0.0, EVER),
        alarm=WATCH,
        told=0.1,
        calm=WATCH,
        levels=((6.0, WATCH, WATCH),),
        disabled=None,
        finding="spf.address-not-authorised",
    ),
    daily(
        "no reverse name over IPv6",
        "half of the deliveries go over IPv6 and are refused; disabled after ten days on average",
        refusals=(Refusal(chance=0.5, reply=GUIDELINES),),
        bounces=VERP,
        dns=(Dns(state="no-ptr-6"),),
        danger=(0.0, EVER),
        told=0.1,
        levels=((1.0, RISK, CRITICAL), (6.0, CRITICAL, CRITICAL)),
        by_chance=True,
        dates=None,
        finding="ptr.missing",
    ),
    daily(
        "watched since the day that refusals began",
        "disabled on the fifth day",
        before=0,
        levels=((Refused(3, 1), CRITICAL, CRITICAL),),
    ),
    daily(
        "posts that come by chance, one a day on average",
        "disabled on the fifth day with a post",
        posts=some_each_day(1.0),
        days=9.0,
        levels=((Refused(3, 1), RISK, CRITICAL), (9.0, CRITICAL, CRITICAL)),
        steady=False,  # after three days without a post nobody can know
        by_chance=True,
        dates=None,
    ),
    daily(
        "posts that come by chance, one each three days",
        "every post is lost; disabled at the fifth post unless a week passes without one",
        posts=some_each_day(1 / 3),
        per_day=0.33,
        days=30.0,
        told=Refused(3, 1),
        levels=((30.0, RISK, CRITICAL),),
        by_chance=True,
        dates=None,
        finding=None,
    ),
    daily(
        "bounces are not counted",
        "nobody is disabled, but every post is lost",
        policy={"process_bounces": False},
        levels=((6.0, RISK, RISK),),
        disabled=None,
    ),
    daily(
        "a receiver refuses for one evening",
        "nobody is disabled",
        posts=each_day(12),
        per_day=12.0,
        refusals=(Refusal(since=0.75, until=0.95),),
        days=6.0,
        danger=(Refused(1), 0.95),
        over=80.0,
        told=Refused(1, 1),
        alarm=WATCH,
        levels=((4.5, OK, OK), (6.0, OK, OK)),
        by_chance=True,
        dates=None,
        finding=None,
    ),
    daily(
        "three receivers refuse one author's posts",
        "one post of twelve is lost there; nobody is disabled",
        there={"gmail.com": 30, "microsoft.com": 20, "gmx.de": 10},
        refusals=tuple(
            Refusal(domain=domain, family=None, posts=lambda post: post.number % 12 == 5)
            for domain in ("gmail.com", "microsoft.com", "gmx.de")
        ),
        days=14.0,
        danger=None,
        told=None,
        calm=WATCH,
        levels=((11.0, OK, WATCH),),
        disabled=None,
        finding=None,
    ),
    daily(
        "an old fault mended, then a receiver refuses by itself",
        "SPF was broken for a day; from day 8 on all is refused again, DNS being in order",
        refusals=(Refusal(until=1.0, reply=GUIDELINES), Refusal(since=8.0)),
        dns=(Dns(state="nobody", until=1.0),),
        days=14.0,
        danger=(8.0, EVER),
        told=Refused(3, 1),
        calm=CRITICAL,
        levels=((0.5, RISK, CRITICAL), (1.5, OK, OK), (7.9, OK, OK), (12.9, CRITICAL, CRITICAL)),
        by_chance=True,
        dates=None,
        finding="replies.against-rules",
    ),
    daily(
        "2 % of 10,000 refused",
        "those 200 are disabled on the fifth day; nobody else is in danger",
        there={"gmail.com": 10000},
        signed=True,
        refusals=(Refusal(whom=(0, 200)),),
        danger=None,
        told=None,
        calm=WATCH,
        levels=((6.0, OK, WATCH),),
        finding=None,
    ),
    daily(
        "a fifth of 600 refused",
        "those 120 are disabled on the fifth day",
        there={"gmail.com": 600},
        refusals=(Refusal(whom=(0, 120)),),
        alarm=WATCH,
        levels=((Refused(3, 1), WATCH, RISK), (6.0, WATCH, RISK)),
        finding="replies.against-rules",
    ),
    daily(
        "every post of a long thread refused, then quiet",
        "eleven posts of one day are refused; the list rests for a week and is taken again",
        posts=one_thread,
        per_day=1.0,
        refusals=(Refusal(until=1.0),),
        days=14.0,
        danger=(Refused(1), 1.0),
        told=Refused(2, 1),
        over=9 * 24.0,
        levels=((13.0, OK, OK),),
        by_chance=True,
        dates=None,
    ),
)
