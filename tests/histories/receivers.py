"""Which receivers refuse, and what is known of the subscribers there."""

from tests.histories.levels import OK, WATCH
from tests.histories.story import NOBODY, Bounces, Refusal
from tests.histories.whole import daily

STORIES = (
    daily(
        "a receiver changes its rule",
        "from one day on all is refused; disabled on the fifth day",
        there={"gmail.com": 22, "microsoft.com": 40, "example.net": 60},
        before=14,
        bounces=Bounces(real=True),
    ),
    daily(
        "two receivers at once",
        "disabled on the fifth day at both",
        there={"gmail.com": 30, "microsoft.com": 20},
        refusals=(Refusal(), Refusal(domain="microsoft.com", family=None)),
    ),
    daily(
        "one receiver of two",
        "disabled on the fifth day at one; the other takes all",
        there={"gmail.com": 30, "microsoft.com": 200},
    ),
    daily(
        "a receiver where nobody was known to be",
        "disabled on the fifth day",
        there={"gmx.de": 12, "example.net": 100},
        configured={"example.net": 100},
        refusals=(Refusal(domain="gmx.de"),),
    ),
    daily("an unknown number of subscribers", "disabled on the fifth day", configured={}),
    daily(
        "an unknown number of subscribers, one refused",
        "one address; nobody else is in danger",
        there={"gmail.com": 200},
        configured={},
        refusals=(Refusal(whom=(0, 1)),),
        danger=None,
        told=None,
        calm=WATCH,
        levels=((6.0, OK, WATCH),),
        finding=None,
    ),
    daily(
        "a receiver without rules of its own",
        "disabled on the fifth day",
        there={"example.net": 25, "gmail.com": 100},
        refusals=(Refusal(domain="example.net", family=None),),
        finding=None,
    ),
    daily(
        "three of 22 addresses do not exist",
        "those addresses are gone, and that is theirs",
        refusals=(Refusal(whom=(0, 3), kind="address", reply=NOBODY),),
        bounces=Bounces(real=True, together=1),
        danger=None,
        told=None,
        levels=((6.0, OK, OK),),
        finding=None,
    ),
    daily(
        "a list of which nothing is wrong",
        "nobody is in danger",
        refusals=(),
        days=14.0,
        danger=None,
        told=None,
        levels=((14.0, OK, OK),),
        finding=None,
        disabled=None,
    ),
)
