"""What an incident, a silent part, a clock and the store say: sentences that are kept and said in any language."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.incident.blindness import OF_WORK, PARTLY, SENTENCES, Blind
from monitor.incident.cause import Shared
from monitor.incident.clocks import away_sentence, jump_sentence, told_to_all
from monitor.incident.condition import condition_blind, condition_shared, condition_upheaval, over
from monitor.incident.entries import acknowledge, unwatched
from monitor.incident.lifecycle import LifePolicy, reason_in, step
from monitor.incident.maintenance import under_way
from monitor.incident.silence import words_of
from monitor.incident.upheaval import Change, Upheaval
from monitor.model.clocks import Jump, MachineClock
from monitor.model.incidents import Maintenance, Silence
from monitor.model.risk import RiskLevel
from monitor.model.times import Window
from monitor.phrase.phrase import Phrase, keep, kept, say
from tests.builders import NOW, an_assessment, an_incident

DAY = timedelta(days=1)
REASON = say("{name} has no PTR record.", name="mail.example.org")
UPSETS = [
    Upheaval(change=each, noticed_at=NOW, seen_at=NOW - DAY, lists=lists)
    for each in Change
    for lists in ((), ("a", "b"), tuple(map(str, range(50))))
]
CLOCK = MachineClock(host="watch1", ahead=timedelta(hours=-26), since=NOW - DAY, looked_at=NOW)
JUMP = Jump(at=NOW, by=timedelta(seconds=90), host="", shared=True)
SILENCE = Silence(id="s", by="ann", reason="holidays", created_at=NOW, until=NOW + DAY)
SILENT = [
    *(Blind(part=each, since=NOW) for each in SENTENCES),
    *(Blind(part=f"worker:{each}", since=None) for each in OF_WORK),
    *(Blind(part=f"{each}:ams1", since=NOW, partly=True) for each in PARTLY),
]


def incidents():
    bad = an_assessment(RiskLevel.CRITICAL, reason=REASON)
    opened, raised = step(None, [RiskLevel.CRITICAL] * 3, bad, LifePolicy(flapping=4), now=NOW)
    yield raised.cause
    pending, _ = step(None, [RiskLevel.CRITICAL], bad, LifePolicy(), now=NOW)
    yield pending.history[-1].cause
    good = an_assessment(RiskLevel.OK, reason=REASON)
    yield step(opened, [RiskLevel.OK] * 3, good, LifePolicy(), now=NOW)[1].cause
    for until in (None, NOW + DAY):
        yield acknowledge(an_incident(), by="", reason="", now=NOW, until=until)[1].cause
    yield unwatched(an_incident(), now=NOW).history[-1].cause


def conditions():
    one = Shared(cause=("ptr.missing", "2001:db8::25"), level=RiskLevel.CRITICAL, lists=("a", "b"))
    yield condition_shared(one, None)
    yield condition_shared(replace(one, lists=("a",)), None)
    yield from map(condition_blind, SILENT)
    yield from map(condition_upheaval, UPSETS)


EVERY = [
    *incidents(),
    *(each.reason for each in (*conditions(), over(condition_blind(SILENT[0]).subject))),
    *(each.title for each in conditions()),
    *(each.sentence for each in SILENT),
    *(away_sentence(replace(CLOCK, ahead=ahead)) for ahead in (CLOCK.ahead, timedelta(seconds=3))),
    *(jump_sentence(replace(JUMP, by=by, host=host)) for by in (JUMP.by, -JUMP.by) for host in ("", "watch1")),
    *told_to_all([CLOCK], replace(JUMP, host="watch1"), NOW),
    words_of(SILENCE),
    words_of(replace(SILENCE, by="", reason="")),
]


@pytest.mark.parametrize("said", EVERY, ids=str)
def test_every_sentence_is_kept_as_what_it_was_made_of(said):
    assert isinstance(said, Phrase)
    again = kept(keep(said))
    assert isinstance(again, Phrase)
    assert again == said
    assert not {"{", "}"} & set(said)


def test_the_reason_of_an_incident_that_was_raised_is_said_in_any_language_too():
    raised = next(incidents())
    assert raised == (
        "mail.example.org has no PTR record. (seen by 2 of the last 3 assessments; "
        "4 incidents of this list ended within a day, so this one's end will be told later)"
    )
    assert reason_in(raised) is REASON
    assert reason_in(str(raised)) == REASON, "as a version kept it that knew English alone"


def test_a_window_of_maintenance_says_so():
    windows = [Maintenance(during=Window(starts=NOW - DAY, ends=NOW + DAY), reason=why) for why in ("", "a new disk")]
    found = under_way(windows, "one", now=NOW)
    assert [str(each.reason) for each in found] == ["maintenance", "maintenance: a new disk"]
    assert all(isinstance(kept(keep(words_of(each))), Phrase) for each in found)
