"""Receivers that refuse everything, DNS being in order: how many subscribers, how many posts, which list manager."""

from typing import Final

from tests.histories.levels import AT_THE_SECOND, CRITICAL, FROM_THE_FIRST, OK, RISK, WATCH
from tests.histories.story import Bounces, Refusal, Refused, Story, each_day

VERP: Final = Bounces(together=1)
DAILY: Final = Story(
    name="",
    truth="",
    refusals=(Refusal(),),
    days=6.0,
    danger=FROM_THE_FIRST,
    told=AT_THE_SECOND,
    levels=((0.0, OK, OK), (Refused(1, 1), WATCH, WATCH), (Refused(3, 1), CRITICAL, CRITICAL)),
    finding="replies.against-rules",
    disabled=4,
)


def daily(name: str, truth: str, **differs: object) -> Story:
    """All 22 refused, one post a day, for six days, but for what differs."""
    usual = {each: getattr(DAILY, each) for each in DAILY.__slots__}
    return Story(**{**usual, "name": name, "truth": truth, **differs})


ISSUE = (
    daily("all 600 refused, six days", "disabled on the fifth day", there={"gmail.com": 600}),
    daily("all 30 refused, six days", "disabled on the fifth day", there={"gmail.com": 30}, bounces=VERP),
    daily("all 22 refused, four days", "disabled at the next post", days=4.0),
    daily(
        "all 22 refused, two days",
        "disabled on the fifth day",
        days=2.1,
        levels=((0.0, OK, OK), (Refused(1, 1), WATCH, WATCH), (2.1, CRITICAL, CRITICAL)),
    ),
    daily(
        "one of 200 refused, six days",
        "one address; nobody else is in danger",
        there={"gmail.com": 200},
        refusals=(Refusal(whom=(0, 1)),),
        danger=None,
        told=None,
        levels=((6.0, OK, OK),),
        finding=None,
    ),
)

FLOODS = (
    daily(
        "a flood of 1",
        "the one there is disabled on the fifth day",
        there={"gmail.com": 1},
        alarm=WATCH,
        levels=(),
        finding=None,
    ),
    daily("a flood of 10", "disabled on the fifth day", there={"gmail.com": 10}, bounces=VERP),
    daily("a flood of 100", "disabled on the fifth day", there={"gmail.com": 100}, bounces=VERP),
    daily("a flood of 1,000", "disabled on the fifth day", there={"gmail.com": 1000}),
    daily("a flood of 10,000", "disabled on the fifth day", there={"gmail.com": 10000}, signed=True),
)

TRAFFIC = (
    daily(
        "a post each ten days",
        "every post is lost; nobody is disabled: a bounce is forgotten after a week",
        posts=each_day(0.1),
        per_day=0.1,
        days=45.0,
        levels=((45.0, RISK, RISK),),
        disabled=None,
        finding=None,
    ),
    daily(
        "a post a week",
        "every post is lost; hardly anybody is disabled",
        posts=each_day(1 / 7),
        per_day=0.14,
        days=36.0,
        levels=((36.0, RISK, RISK),),
        disabled=None,
        finding=None,
    ),
    daily(
        "a post each two days",
        "disabled at the fifth post",
        posts=each_day(0.5),
        per_day=0.5,
        days=11.0,
        levels=((Refused(2, 1), RISK, CRITICAL), (Refused(3, 1), CRITICAL, CRITICAL), (11.0, CRITICAL, CRITICAL)),
        disabled=9,
        dates=2,  # from one post to the next
    ),
    daily(
        "12 posts a day",
        "disabled on the fifth day",
        posts=each_day(12),
        per_day=12.0,
        levels=((Refused(4, 1), CRITICAL, CRITICAL),),
    ),
    daily(
        "200 posts a day",
        "disabled on the fifth day",
        posts=each_day(200),
        per_day=200.0,
        days=1.5,
        before=1,
        levels=((0.2, CRITICAL, CRITICAL), (1.5, CRITICAL, CRITICAL)),
    ),
    daily(
        "12 posts a day, which nobody configured",
        "disabled on the fifth day",
        posts=each_day(12),
        per_day=None,
        levels=((Refused(3, 1), CRITICAL, CRITICAL),),
    ),
)

MANAGERS = (
    daily(
        "a threshold of 0",
        "disabled at the first bounce",
        policy={"bounce_score_threshold": 0},
        days=3.0,
        told=Refused(1, 1),
        levels=((Refused(1, 1), CRITICAL, CRITICAL),),
        disabled=0,
        sure=Refused(1, 1),
        finding=None,
    ),
    daily(
        "a threshold of 1",
        "disabled at the first bounce",
        policy={"bounce_score_threshold": 1},
        days=3.0,
        told=Refused(1, 1),
        levels=((Refused(1, 1), CRITICAL, CRITICAL),),
        disabled=0,
        sure=Refused(1, 1),
        finding=None,
    ),
    daily(
        "a threshold of 10",
        "disabled on the tenth day",
        policy={"bounce_score_threshold": 10},
        days=11.0,
        levels=((Refused(2, 1), RISK, CRITICAL), (Refused(4, 1), CRITICAL, CRITICAL)),
        disabled=9,
    ),
    daily("Mailman 2.1", "disabled on the fifth day", manager="mailman2"),
    daily(
        "mlmmj",
        "removed a week after",
        manager="mlmmj",
        days=9.0,
        levels=((Refused(3, 1), CRITICAL, CRITICAL),),
        disabled=6,
    ),
    daily(
        "Discourse",
        "no mail from the third day on",
        manager="discourse",
        days=4.0,
        levels=((Refused(2, 1), CRITICAL, CRITICAL),),
        disabled=2,
    ),
    daily(
        "listmonk",
        "blocked at the first bounce",
        manager="listmonk",
        days=3.0,
        told=Refused(1, 1),
        levels=((Refused(1, 1), CRITICAL, CRITICAL),),
        disabled=0,
        sure=Refused(1, 1),
        finding=None,
    ),
)

STORIES = (*ISSUE, *FLOODS, *TRAFFIC, *MANAGERS)
