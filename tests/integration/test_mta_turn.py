"""Turns at a list's MTA in a real Redis: few at once, and fewer and fewer tries of one that comes to no end."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import ScheduleSettings, Settings
from monitor.errors import OutOfFiles, Refused, RelayUnavailable
from monitor.model.evidence import ProbeState
from monitor.model.risk import RiskLevel
from monitor.operations import direct_probe, mta_turn
from monitor.operations import probe as probe_operation
from monitor.operations.mta_turn import mta_of, turn_at
from monitor.operations.probe import probe
from monitor.operations.receiver_health import note_life
from monitor.operations.services import Services
from monitor.operations.timing import LEASE
from monitor.phrase.phrase import When
from tests.builders import a_list, a_vantage
from tests.fakes import ZoneResolver

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RECEIVER = a_vantage()
SLOW = [a_list(id=f"slow-{number}", submission="smtp://MTA.example.org:587") for number in range(3)]
GOOD = a_list(id="good", submission="smtp://other.example.org:587")
OUT_OF_TIME = RelayUnavailable("mta.example.org port 587 is too slow: no end within 45 s.", reason="slow")


class Mtas:
    """What each MTA says, and who was handed to it."""

    def __init__(self):
        self.says, self.tried = {}, []

    def submit(self, url, **_):
        host = url.reveal().partition("//")[2].partition(":")[0].lower()
        self.tried.append(host)
        said = self.says.get(host, "250 2.0.0 Ok")
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def at():
    return [datetime.now(UTC).replace(microsecond=0)]


@pytest.fixture
def services(store, at):
    settings = Settings(list=[*SLOW, GOOD], receiver=RECEIVER, schedule=ScheduleSettings(probe_every=HOUR))
    made = Services(
        settings=lambda: settings,
        store=store,
        resolver=lambda: ZoneResolver({}),
        rules=load_rules(),
        now=lambda: at[0],
    )
    note_life(made, RECEIVER)
    return made


@pytest.fixture
def mtas(monkeypatch):
    made = Mtas()
    monkeypatch.setattr(probe_operation, "submit", made.submit)
    monkeypatch.setattr(mta_turn, "FOR_A_PLACE", timedelta())
    return made


def probed(services, listed, slot):
    note_life(services, RECEIVER)
    probe(services, listed.id, slot=slot)
    return services.store.probes.of_list(listed.id, 1)[0]


def test_no_more_than_two_talk_to_one_mta_at_once(services, mtas):
    with ExitStack() as stack:
        turns = [stack.enter_context(turn_at(services, mta_of(SLOW[0]))) for _ in range(3)]
        assert turns[:2] == [None, None]
        assert turns[2].again < MINUTE
        assert probed(services, SLOW[1], 1).state is ProbeState.SCHEDULED, "it is not its turn"
        assert probed(services, GOOD, 1).state is ProbeState.SUBMITTED, "that is another MTA"
    assert probed(services, SLOW[1], 2).state is ProbeState.SUBMITTED
    assert mtas.tried == ["other.example.org", "mta.example.org"]


def test_the_places_of_a_worker_that_was_killed_are_free_after_its_lease(services):
    store = services.store
    for _ in range(2):
        assert store.submissions.take_place("m:25", places=2, lease=LEASE) is not None
    lives = [store.client.pttl(key) for key in store.client.keys("staysub:at-mta:*")]
    assert len(lives) == 2
    assert all(0 < life <= LEASE.total_seconds() * 1000 for life in lives)


def test_an_mta_that_comes_to_no_end_is_left_alone_longer_each_time_with_all_its_lists(services, mtas, at):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    tries, began = [], at[0]
    for minute in range(0, 24 * 60, 5):
        at[0] = began + minute * MINUTE + timedelta(seconds=1)
        before = len(mtas.tried)
        for listed in SLOW:
            probed(services, listed, minute + 1)
        tries += [minute] * (len(mtas.tried) - before)
    assert tries[0] == 0
    assert 8 <= len(tries) <= 12, tries  # three lists once each five minutes would be 864
    assert all(later - earlier >= 5 for earlier, later in pairwise(tries))
    assert tries[-1] - tries[-2] >= 300


def test_what_is_told_is_that_we_were_impatient_and_nothing_about_the_list(services, mtas, at):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    tried, left = probed(services, SLOW[0], 1), probed(services, SLOW[1], 1)
    assert tried.state is left.state is ProbeState.SCHEDULED
    assert (tried.attempts, left.attempts) == (1, 0)
    assert tried.ours
    assert left.ours
    again = f"It is tried again at {When(at[0] + 5 * MINUTE, 'moment')}."
    assert tried.reply.startswith(str(OUT_OF_TIME))
    assert tried.reply.endswith(again)
    assert left.reply.endswith(again)
    at[0] += 3 * HOUR
    ended = services.store.probes.get(tried.id)
    probed(services, SLOW[0], 2)
    ended = services.store.probes.get(tried.id)
    assert (ended.state, ended.ours) == (ProbeState.LOST, True)
    assert services.store.outcomes.levels("slow-0", 1) in {(), (RiskLevel.UNKNOWN,)}


@pytest.mark.parametrize(
    "answer",
    [
        "250 2.0.0 Ok",
        Refused("It refused: 550 no", reply="550 no"),
        RelayUnavailable("It said: 451 later", reason="reply-4yz"),
        RelayUnavailable("It cannot be reached.", reason="connect"),
    ],
    ids=["takes", "refuses", "defers", "cannot be reached"],
)
def test_once_it_comes_to_an_end_all_is_as_before(services, mtas, at, answer):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    for slot in range(1, 5):
        probed(services, SLOW[0], slot)
        at[0] += 2 * HOUR
    assert services.store.submissions.slow(mta_of(SLOW[0])).timeouts == 4
    mtas.says["mta.example.org"] = answer
    probed(services, SLOW[0], 5)
    assert services.store.submissions.slow(mta_of(SLOW[0])) is None
    mtas.says["mta.example.org"] = "250 2.0.0 Ok"
    assert probed(services, SLOW[1], 6).state is ProbeState.SUBMITTED


def test_of_one_that_was_slow_one_list_finds_out_whether_it_still_is(services, mtas, at):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    probed(services, SLOW[0], 1)
    at[0] += HOUR
    with turn_at(services, mta_of(SLOW[0])) as first, turn_at(services, mta_of(SLOW[1])) as second:
        assert first is None
        assert second is not None


def test_a_pause_that_a_clock_which_ran_ahead_noted_is_none(services, mtas, at):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    at[0] += timedelta(days=3)
    probed(services, SLOW[0], 1)
    at[0] -= timedelta(days=3)
    mtas.says.clear()
    assert probed(services, SLOW[1], 2).state is ProbeState.SUBMITTED


def test_nothing_is_due_later_than_its_interval_whatever_its_mta_does(services, mtas, at):
    mtas.says["mta.example.org"] = OUT_OF_TIME
    store = services.store
    store.schedule.sync({("probe", "slow-0"): HOUR}, at[0])
    for tries in range(30):
        (score,) = store.client.zmscore("staysub:schedule", ["probe:slow-0"])
        at[0] = datetime.fromtimestamp(score + 1, UTC)
        (claim,) = store.schedule.claim(at[0], limit=5, lease=LEASE)
        probed(services, SLOW[0], claim.slot)
        due = store.client.zscore("staysub:schedule", claim.member) - at[0].timestamp()
        assert 0 < due <= 1.05 * HOUR.total_seconds(), tries
    assert len(mtas.tried) < 15, "an hour apart, and most of them found it left alone"


def test_where_we_may_open_no_file_the_probe_waits_as_our_own_trouble(services, mtas, at):
    """Nothing is noted of an MTA that was not reached, and the next turn submits the probe."""
    mtas.says["other.example.org"] = OutOfFiles()
    waiting = probed(services, GOOD, 1)
    assert (waiting.state, waiting.ours) == (ProbeState.SCHEDULED, True)
    assert "may open no more files" in waiting.reply
    assert services.store.submissions.slow(mta_of(GOOD)) is None
    mtas.says.clear()
    at[0] += 6 * MINUTE
    assert probed(services, GOOD, 2).state is ProbeState.SUBMITTED


def test_a_direct_probe_that_found_no_file_blames_no_network(services, monkeypatch):
    def submit(*_, **__):
        raise OutOfFiles

    monkeypatch.setattr(direct_probe, "submit", submit)
    monkeypatch.setattr(direct_probe, "receiver_address", lambda *_: ip_address("2001:db8::25"))
    source = ip_address("2001:db8:25::25")
    (lost,) = direct_probe.probe_directly(services, GOOD, RECEIVER, slot=1, only=(source,))
    assert (lost.state, lost.ours) == (ProbeState.LOST, True)
