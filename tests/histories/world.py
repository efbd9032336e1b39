"""The world of a story: posts go out, receivers take or refuse them, and the list manager counts what comes back.

The list manager is its own machine, held elsewhere to the program, and run for each kind of subscriber: all those with
the same fate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from statistics import median_low
from typing import Any, Final

from monitor.managers.calendar import Calendar
from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Bounce, Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.mtas.catalogue import mta_named
from tests.histories.story import EVER, START, Post, Refusal, Story

DAY_S: Final = 86400.0
AT_ONCE_S: Final = 20.0  # a rejected post is back within seconds
BEYOND: Final = 60  # days that are played on, to see what becomes of them
CALENDAR_DAYS: Final = 60  # the machine's clock begins so long before day 0


@dataclass(frozen=True, slots=True)
class Returned:
    """One post that came back for some of the subscribers at a domain."""

    post: Post
    refusal: Refusal
    members: tuple[range, ...]
    back: float  # the day at which the list manager has it


@dataclass(slots=True)
class Kind:
    """Subscribers with one fate."""

    domain: str
    members: range
    life: Replay
    enabled: tuple[float, ...] = ()  # seconds at which delivery was turned on again

    def run(self, day: float) -> None:
        self.life.run(seconds(day))

    @property
    def off(self) -> bool:
        """Whether nothing is sent to them."""
        ended = max(self.life.effects[Effect.DISABLED][-1:], default=-1.0)
        begun = max((each for each in self.enabled if each <= self.life.clock), default=-1.0)
        return self.life.removed or ended > begun

    @property
    def disabled(self) -> float | None:
        """The day on which they were disabled or removed for the first time."""
        times = [*self.life.effects[Effect.DISABLED][:1], *self.life.effects[Effect.REMOVED][:1]]
        return min(times) / DAY_S - CALENDAR_DAYS if times else None


@dataclass(slots=True)
class World:
    """All that happened."""

    posts: list[Post]
    returned: list[Returned] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)

    def disabled(self, domain: str) -> float | None:
        """The day on which half of those who were ever refused there were disabled; None: most never were."""
        hit = [kind for kind in self.kinds if kind.domain == domain and self._was_refused(kind)]
        days = sorted((EVER if each.disabled is None else each.disabled) for each in hit for _ in each.members)
        return None if not days or median_low(days) == EVER else median_low(days)

    def _was_refused(self, kind: Kind) -> bool:
        return any(kind.members in each.members for each in self.returned if each.refusal.domain == kind.domain)


def seconds(day: float) -> float:
    """On the machine's clock."""
    return (day + CALENDAR_DAYS) * DAY_S


def posts_of(story: Story, until: float) -> list[Post]:
    """The posts at random hours."""
    draw = Random(story.seed)
    days: list[float] = []
    for date in range(-story.before, int(until) + 1):
        days += sorted(date + draw.random() for _ in range(story.posts(date, draw)))
    first = sum(day < 0 for day in days)
    return [Post(number - first, day, (number - first) % 12) for number, day in enumerate(days)]


def played(story: Story, *, until: float) -> World:
    """The story as it goes."""
    draw = Random(story.seed + 1)
    calendar = Calendar(start=START - timedelta(days=CALENDAR_DAYS))
    machine = policy_for(story.manager, story.policy, calendar=calendar)
    world = World(posts=posts_of(story, until), kinds=list(_kinds(story, machine)))
    waits = {True: mta_named(story.mta).expires_s / DAY_S, False: AT_ONCE_S / DAY_S}
    for kind in world.kinds:
        kind.life.add(Event(at=at, kind=EventKind.ENABLE) for at in kind.enabled)
    for post in world.posts:
        back: dict[int, list[range]] = {}
        delivery = draw.random()
        for kind in world.kinds:
            kind.run(post.day)
            if kind.off:
                continue
            kind.life.add([Event(at=seconds(post.day), kind=EventKind.POST)])
            for number, refusal in enumerate(story.refusals):
                chance = draw.random() if story.bounces.together == 1 else delivery
                if _refuses(refusal, kind, post) and chance < refusal.chance:
                    back.setdefault(number, []).append(kind.members)
                    bounce = Bounce(hard=not refusal.expires, status_code=refusal.reply.replace("-", " ")[4:9])
                    at = seconds(post.day + waits[refusal.expires])
                    kind.life.add([Event(at=at, kind=EventKind.BOUNCE, bounce=bounce)])
                    break
        for number, members in back.items():
            refusal = story.refusals[number]
            world.returned.append(Returned(post, refusal, tuple(members), post.day + waits[refusal.expires]))
    for kind in world.kinds:
        kind.run(until)
    return world


def unmended(story: Story) -> Story:
    """The same if nobody did anything: what is refused once goes on being refused."""
    going_on = tuple(replace(each, until=EVER) for each in story.refusals)
    return replace(story, refusals=going_on, enabled=())


def _refuses(refusal: Refusal, kind: Kind, post: Post) -> bool:
    low, high = refusal.whom
    return (
        refusal.domain == kind.domain
        and low <= kind.members[0] < high
        and refusal.since <= post.day < refusal.until
        and refusal.posts(post)
    )


def _kinds(story: Story, machine: Any) -> Iterator[Kind]:
    for domain, number in story.there.items():
        of_domain = [each for each in story.refusals if each.domain == domain]
        alone = story.bounces.together == 1 and any(each.chance < 1.0 for each in of_domain)
        edges = {0, number} | {min(edge, number) for each in of_domain for edge in each.whom}
        edges |= set(range(number)) if alone else set()
        for low, high in pairwise(sorted(edges)):
            probes = AT_ONCE_S if any(each.whom[0] <= low < each.whom[1] for each in of_domain) else None
            life = Replay(machine=machine, probe_bounces_after=probes)
            yield Kind(domain, range(low, high), life, tuple(map(seconds, sorted(story.enabled))))
