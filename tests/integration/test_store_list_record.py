"""What is recorded of a list is read in two questions, and is what the store's parts give one by one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.probes.source import PROBES
from monitor.model.incidents import IncidentState
from monitor.store import keys
from monitor.store.codec import encode
from monitor.store.list_record import Depth
from tests import seed
from tests.integration.commands import commands_of
from tests.integration.redis_server import redis_server

LIST = "ipv6-ops"
EVERYTHING = Depth(
    evidence=dict.fromkeys(SOURCES, 5),
    drawn=7,
    history=5,
    incidents=5,
    notices=5,
    assessment=True,
    current=True,
    tallies=True,
    roster=True,
    due=True,
    heartbeats=True,
)


@pytest.fixture(scope="module")
def redis_url():
    """A server of their own: what other tests' threads ask theirs is not heard here."""
    with redis_server() as url:
        yield url


def test_a_record_is_what_the_parts_of_the_store_give_one_by_one(store):
    """Each part of it equals the answer of the method that reads it alone."""
    seed.fill(store)
    store.evidence.record(BOUNCES, seed.bounce(LIST, seed.NOW))
    store.schedule.sync({("check", LIST): timedelta(minutes=15)}, seed.NOW)
    about = store.incidents.current(LIST)
    record = store.list_record(LIST, EVERYTHING, about=about)
    outcomes = store.outcomes
    for source in SOURCES:
        assert record.of(source) == store.evidence.read(source, LIST, 5)
    assert [(each.evaluated_at, each.status) for each in record.drawn] == [
        (each.evaluated_at, each.status) for each in store.evidence.read(CHECKS, LIST, 7)
    ]
    one_by_one = [each.level for each in record.history for _ in range(each.times)]
    assert one_by_one == list(outcomes.levels(LIST, len(one_by_one)))
    assert [each.level for each in record.history] == ["critical", "watch", "watch", "ok"], "a silence between"
    assert record.assessment == outcomes.assessment(LIST)
    assert sum(sum(each.checks.values()) for each in record.tallies) == 8, "as many as the seed records"
    assert record.incidents == store.incidents.of_list(LIST, 5)
    assert record.current == about
    assert record.notices == store.notices.of_list(LIST, 5)
    assert record.of_incident == store.notices.of_incident(about.id)
    assert record.roster == store.rosters.of_list(LIST)
    assert seed.NOW <= record.next_check <= seed.NOW + timedelta(minutes=15)
    assert record.next_probe is None
    assert record.heartbeats == store.heartbeats.all()


def test_no_key_is_read_twice_for_a_record(store):
    """The open incident stands in the index as well, and its notices among the list's: each document is read once."""
    seed.fill(store)
    about = store.incidents.current(LIST)
    with commands_of(store) as seen:
        store.list_record(LIST, EVERYTHING, about=about)
    assert len(seen.keys) == len(set(seen.keys))
    assert keys.incident(about.id) not in seen.keys


def test_what_is_not_asked_for_is_not_read(store):
    """A depth of nothing asks nothing, and two depths together are as deep as the deeper one in each."""
    with commands_of(store) as seen:
        store.list_record(LIST, Depth())
    assert seen.keys == []
    one, other = Depth(evidence={CHECKS: 3}, due=True), Depth(evidence={CHECKS: 1, PROBES: 2})
    assert one | other == Depth(evidence={CHECKS: 3, PROBES: 2}, due=True)


def test_an_incident_that_has_ended_is_not_the_current_one(store):
    """Its pointer was read before it ended, its document after."""
    seed.fill(store)
    current = store.incidents.current(LIST)
    over = replace(current, state=IncidentState.RESOLVED, resolved_at=seed.NOW)
    store.client.set(keys.incident(current.id), encode(over))
    assert store.list_record(LIST, Depth(current=True)).current is None
