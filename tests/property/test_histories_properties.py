"""What holds of every history: by entries of any number, in any order, any number of times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.entry import Entry, Facts
from monitor.evidence.fold import changes
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.sketch import digest
from monitor.evidence.source import ListEvidence
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.model.order import RANK
from monitor.model.risk import Assessment, RiskLevel
from monitor.operations.reassess import WEIGHED
from monitor.risk.judge import judge
from tests.builders import a_list
from tests.histories.account import account
from tests.histories.evidence import RULES, looks
from tests.histories.measured import measured
from tests.histories.mended import broken
from tests.histories.story import START, Bounces, each_day

SUBSCRIBERS = 22
DAYS = 8
NOW = START + timedelta(days=DAYS, hours=1)
LAST = 24 * DAYS - 1  # the hour of a post just before now
NUMBERS = st.integers(1, SUBSCRIBERS)


@dataclass(frozen=True)
class Refused:
    """A post that was refused for the first `members` of the subscribers."""

    hours: int  # from the start
    members: int

    @property
    def entry(self) -> Entry:
        at = START + timedelta(hours=self.hours)
        report = BounceReport(
            list_id="ops",
            id=f"{self.hours}",
            at=at,
            kind="policy",
            receiver="gmail",
            rule=None,
            about=None,
            action=AdmissionAction.REJECT,
            family=6,
            recipients=self.members,
            domains=("gmail.com",),
            post=digest(f"post {self.hours}"),
            members=tuple(sorted(digest(f"member {n}") for n in range(self.members))),
            text="550 5.7.1 refused by local policy",
        )
        entry = BOUNCES.entry(report)
        assert entry is not None
        return entry


HISTORIES = st.lists(
    st.builds(Refused, st.integers(0, 24 * DAYS - 1), NUMBERS), max_size=12, unique_by=lambda e: e.hours
)


@st.composite
def runs(draw: st.DrawFn) -> list[Refused]:
    """Refusals up to now, at least one each two days."""
    hours = [LAST]
    for gap in draw(st.lists(st.integers(1, 47), max_size=8)):
        hours.append(hours[-1] - gap)
    return [Refused(each, draw(NUMBERS)) for each in hours if each >= 0]


RUNS = runs()


def ledger(entries: Sequence[Entry]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for entry in entries:
        for name, text in changes(entry, fields).items():
            if text is None:
                fields.pop(name, None)
            else:
                fields[name] = text
    return fields


def looked() -> list[Entry]:
    """All the while checks saw nothing wrong."""
    facts = tuple(Facts(family=family, spf=SpfResult.PASS, ptr=PtrResult.PASS) for family in (4, 6))
    times = [START + timedelta(hours=hours) for hours in range(0, 24 * DAYS + 1, 6)]
    return [Entry(source="check", at=at, facts=facts) for at in times]


def assessed(fields: dict[str, str]) -> Assessment:
    evidence = ListEvidence(
        listed=a_list(messages_per_day=1.0, subscribers={"gmail.com": SUBSCRIBERS}),
        rules=RULES,
        now=NOW,
        reports={"check": (looks("sound", NOW, 1),)},
        ledger=read_ledger(fields, days=WEIGHED.ledger),
    )
    return judge(evidence)


@given(RUNS, HISTORIES)
def test_more_refusals_never_lower_the_level(run, more):
    """Of a run that goes on without a pause, in its time, for no fewer than before.

    A post that is refused for fewer says something else as well: that the others took it.
    """
    known, most = {each.hours for each in run}, max(each.members for each in run)
    within = [each for each in more if min(known) <= each.hours <= max(known) and each.hours not in known]
    all_of_them = [*run, *(Refused(each.hours, max(each.members, most)) for each in within)]
    less, worse = (assessed(ledger([*looked(), *(each.entry for each in those)])).level for those in (run, all_of_them))
    assert RANK[worse] >= RANK[less]


@given(HISTORIES, st.integers(0, 11), NUMBERS)
def test_more_recipients_never_lower_the_level(some, which, number):
    """Of one post, up to as many as any was refused for: more than all others say that those others were taken."""
    number = min(number, max((each.members for each in some), default=0))
    wider = [Refused(each.hours, max(each.members, number)) if n == which else each for n, each in enumerate(some)]
    less, worse = (assessed(ledger([*looked(), *(each.entry for each in those)])).level for those in (some, wider))
    assert RANK[worse] >= RANK[less]


@given(HISTORIES.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))), st.randoms())
def test_the_order_in_which_bounces_come_does_not_matter(orders, draw):
    """Nor what comes between them."""
    some, shuffled = orders
    mixed: list[Entry] = looked()
    for each in shuffled:
        mixed.insert(draw.randrange(len(mixed) + 1), each.entry)
    in_order = sorted([*looked(), *(each.entry for each in some)], key=lambda each: each.at)
    assert assessed(ledger(mixed)) == assessed(ledger(in_order))


@given(HISTORIES, st.data())
def test_bounces_told_twice_change_nothing(some, data):
    once = [*looked(), *(each.entry for each in some)]
    again = [each.entry for each in some if data.draw(st.booleans())]
    assert ledger([*once, *again]) == ledger(once)


@settings(max_examples=25)
@given(
    st.floats(0.3, 3.5),
    st.sampled_from([1, 12]),
    st.sampled_from([Bounces(), Bounces(copied=False), Bounces(late=0.375), Bounces(late=1.5, together=1)]),
    st.integers(0, 1000),
)
def test_a_mended_list_ends_ok_and_stays(until, posts, bounces, life):
    story = broken(
        "mended at some time", "", until, posts=each_day(posts), per_day=float(posts), bounces=bounces, life=life
    )
    found = account(story)
    end = START + timedelta(days=until, hours=1.5)
    after = [each for each in found.judged if each.assessed_at >= end]
    assert after
    assert {each.level for each in after} == {RiskLevel.OK}
    assert not measured(found).false
