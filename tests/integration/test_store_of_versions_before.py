"""A store as versions before wrote it: all of it is read, nothing is lost while new things come, and pages show it.

`tests/data/store/before.jsonl` holds the commands that make such a store: half a day of one list, with seven hours of
checks of which ten found that the record lacks IPv6, probes of which one is open, bounces, an incident that is over
and its notices. Octets are in base64.
"""

import json
import zlib
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.canary.source import CANARY
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.probes.source import PROBES
from monitor.model.dns import SpfResult
from monitor.model.evidence import CanaryKind, CanaryMail, ProbeState
from monitor.model.incidents import IncidentState
from monitor.operations.reassess import evidence_of
from monitor.risk.judge import judge
from monitor.store import Store, keys
from monitor.store.codec import encode, pack
from monitor.store.list_record import Depth
from tests.builders import a_check, a_list, a_vantage, an_arrival, an_spf_outcome
from tests.pages import pages_of

COMMANDS = [json.loads(line) for line in Path("tests/data/store/before.jsonl").read_text().splitlines()]
POST = CanaryMail(kind=CanaryKind.POST)
LIST, NOW = "list-0", datetime(2026, 11, 24, 0, 5, tzinfo=UTC)
LISTED = a_list(id=LIST, outbound=("192.0.2.25", "::1"), owners=("owner@example.net",))
SETTINGS = Settings(list=[LISTED], receiver=a_vantage())
EVERYTHING = Depth(
    evidence=dict.fromkeys(SOURCES, 300), history=2000, incidents=9, notices=99, tallies=True, assessment=True
)


def octets(command: list[str]) -> list[object]:
    """The arguments of a command as they were given to Redis."""
    name, key, *rest = command
    if name == "EXPIRE":
        return command
    plain = {"XADD": 1}.get(name, 0)
    scores = name == "ZADD"
    given = [
        each if at < plain or (scores and at % 2 == 0) else b64decode(each, validate=True)
        for at, each in enumerate(rest)
    ]
    return [name, key, *given]


@pytest.fixture
def before(store) -> Store:
    """The store as it was."""
    for command in COMMANDS:
        store.client.execute_command(*octets(command))
    return store


def documents(stream: str) -> list[dict[str, object]]:
    """What a stream held, newest first, read without any code of the product."""
    packed = [octets(each)[4] for each in COMMANDS if each[:2] == ["XADD", f"staysub:{stream}:{LIST}"]]
    return [json.loads(zlib.decompress(each)) for each in packed[::-1]]


def written(kind: str) -> list[dict[str, object]]:
    """The documents of that kind, in no order."""
    return [
        json.loads(octets(each)[2]) for each in COMMANDS if each[0] == "SET" and each[1].startswith(f"staysub:{kind}:")
    ]


def same(values, raw) -> bool:
    """Whether values say at least what the documents say, whatever fields have come since."""
    return len(raw) > 0 and covers([json.loads(encode(each)) for each in values], raw)


def without_what_went(check: dict[str, object]) -> dict[str, object]:
    """A check without what is kept of domains for themselves by now, once for all lists."""
    return {name: value for name, value in check.items() if name != "mail_hosts"}


def covers(new, old) -> bool:
    """Whether the new document says all that the old one says, at any depth."""
    if isinstance(old, dict):
        return old.keys() <= new.keys() and all(covers(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(covers, new, old))
    return new == old


def test_every_report_is_read_as_it_was_written(before):
    record = before.list_record(LIST, EVERYTHING)
    assert same(record.of(CHECKS), [without_what_went(each) for each in documents("checks")])
    assert same(record.of(ARRIVALS), documents("arrivals"))
    assert same(record.of(BOUNCES), documents("bounces"))
    probes = sorted(written("probe"), key=lambda each: (each["scheduled_at"], each["id"]), reverse=True)
    assert same(record.of(PROBES), probes)
    assert same(record.incidents, written("incident"))
    assert same(
        record.notices, sorted(written("notice"), key=lambda each: (each["created_at"], each["id"]), reverse=True)
    )
    assert same([record.assessment], documents_of_hash("assessment"))
    for source in SOURCES:
        assert before.evidence.read(source, LIST, 300) == record.of(source)
    drawn = before.list_record(LIST, Depth(drawn=100)).drawn
    assert [each.status for each in drawn] == [each["status"] for each in documents("checks")]


def documents_of_hash(name: str) -> list[dict[str, object]]:
    (command,) = [octets(each) for each in COMMANDS if each[:2] == ["HSET", f"staysub:{name}"]]
    return [json.loads(zlib.decompress(command[3]))]


def test_levels_and_counts_are_as_they_were(before):
    raw = documents("assessments")
    assert list(before.outcomes.levels(LIST, 100)) == [each["level"] for each in raw][:100]
    history = before.list_record(LIST, EVERYTHING).history
    assert [(each.level, each.reason) for each in history] == [(each["level"], each["reason"]) for each in raw]
    tallies = before.list_record(LIST, EVERYTHING).tallies
    counts = sum((Counter(each.checks) for each in tallies), Counter())
    assert +counts == Counter(each["status"] for each in documents("checks"))
    levels = sum((Counter(each.levels) for each in tallies), Counter())
    assert +levels == Counter(each["level"] for each in raw)
    assert (sum(each.arrived for each in tallies), sum(each.bounced for each in tallies)) == (4, 3)


def test_it_is_judged_as_if_it_were_written_now(before, redis_url):
    found = before.list_record(LIST, EVERYTHING)
    was = judge(evidence_of(before, LISTED, SETTINGS, load_rules(), now=NOW))
    before.client.flushdb()
    for source in SOURCES:
        for report in reversed(found.of(source)):
            if source.stream is not None:
                assert before.evidence.record(source, report)
    for probe in reversed(found.of(PROBES)):
        assert before.probes.open(probe, now=NOW)
        before.client.delete(keys.probe_open(LIST))
    before.client.hset(keys.ASSESSMENT, LIST, octets_of_hash("assessment"))
    before.client.hset(keys.HEARTBEAT, mapping={"receiver": str(NOW.timestamp())})
    again = judge(evidence_of(before, LISTED, SETTINGS, load_rules(), now=NOW))
    assert again.forecasts
    assert again.level == was.level
    assert replace(again, blind=was.blind) == was


def octets_of_hash(name: str) -> bytes:
    (command,) = [octets(each) for each in COMMANDS if each[:2] == ["HSET", f"staysub:{name}"]]
    return command[3]


def test_what_was_recorded_before_is_not_recorded_again(before):
    for source in (CHECKS, ARRIVALS, BOUNCES):
        newest = before.evidence.read(source, LIST, 1)[0]
        assert not before.evidence.record(source, newest)
    assessment = before.outcomes.assessment(LIST)
    slot = before.evidence.read(CHECKS, LIST, 1)[0].slot
    assert not before.outcomes.record_assessment(assessment, cause=f"check:{slot}")


def test_nothing_is_lost_while_new_checks_come(before):
    """The bound holds for old and new together, the oldest go first, and the old stream is gone in the end."""
    old = before.evidence.read(CHECKS, LIST, 300)
    newest, kept = old[0], CHECKS.stream.kept
    for number in range(1, kept + 1):
        at = newest.evaluated_at + number * timedelta(minutes=15)
        assert before.evidence.record(CHECKS, replace(newest, slot=newest.slot + number, evaluated_at=at))
        if number in {1, 2, kept - len(old), kept - len(old) + 1, kept - 1, kept}:
            found = before.evidence.read(CHECKS, LIST, 300)
            assert [each.slot - newest.slot for each in found[:number]] == [*range(number, 0, -1)]
            assert found[number:] == old[: max(0, kept - number)]
    assert not before.client.exists(keys.evidence("checks", LIST))


def test_the_open_probe_arrives_and_the_history_goes_on(before):
    current = before.probes.current(LIST)
    assert current.state is ProbeState.SCHEDULED
    before.probes.change(current.id, lambda one: replace(one, state=ProbeState.ARRIVED, finished_at=NOW))
    assert before.probes.current(LIST) is None
    assert before.probes.get(current.id).state is ProbeState.ARRIVED
    levels = before.outcomes.levels(LIST, 3)
    assert before.outcomes.record_assessment(replace(before.outcomes.assessment(LIST), assessed_at=NOW), cause="new")
    assert before.outcomes.levels(LIST, 4)[1:] == levels
    first = before.list_record(LIST, EVERYTHING).tallies
    assert sum(sum(each.levels.values()) for each in first) == len(documents("assessments")) + 1
    (over,) = before.incidents.of_list(LIST)
    assert over.state is IncidentState.RESOLVED


@pytest.mark.parametrize("window", ["1h", "24h", "7d", "90d"])
def test_the_pages_show_it(before, window):
    client = TestClient(pages_of(lambda: SETTINGS, before, lambda: NOW), base_url="http://127.0.0.1:8025")
    page = client.get(f"/lists/{LIST}", params={"window": window})
    assert page.status_code == 200
    told = {"1h": "0 of 4 checks", "24h": "of 29 checks", "7d": "of 29 checks", "90d": "of 29 checks"}
    assert told[window] in page.text
    if window != "1h":
        assert "posts to 3 recipients were refused" in page.text
    api = f"/api/v1/lists/{LIST}"
    assert len(client.get(f"{api}/history", params={"limit": 100}).json()["history"]) == len(documents("assessments"))
    assert len(client.get(f"{api}/checks", params={"limit": 100}).json()["checks"]) == len(documents("checks"))


DIRECT_OR_BLIND = [
    pytest.param(ARRIVALS, {"direct": True, "probe_id": "new"}, id="a probe around the server"),
    pytest.param(CHECKS, {"ours": "no resolver", "slot": 7}, id="a check that was blind"),
]


def looked(store, source) -> int:
    """How many looks of that kind the ledger counts."""
    days = store.evidence.ledger(LIST).days
    return sum(n for day in days for look, n in day.facts.items() if look.startswith(f"{source.name} "))


@pytest.mark.parametrize(("source", "change"), DIRECT_OR_BLIND)
def test_nothing_is_dropped_before_it_was_brought_over(before, source, change):
    """What enters nothing in the ledger leaves the old stream as it is, however much comes."""
    known = {each: looked(before, each) for each in (CHECKS, ARRIVALS)}
    newest = before.evidence.read(source, LIST, 1)[0]
    for number in range(source.stream.kept + 1):
        given = {name: f"{value}{number}" if name == "probe_id" else value for name, value in change.items()}
        given |= {"slot": 7 + number} if "slot" in given else {}
        assert before.evidence.record(source, replace(newest, **given))
    assert {each: looked(before, each) for each in (CHECKS, ARRIVALS)} == known
    check = before.evidence.read(CHECKS, LIST, 300)[-1]
    assert before.evidence.record(CHECKS, replace(check, slot=1, evaluated_at=NOW, ours=None))
    assert looked(before, ARRIVALS) == known[ARRIVALS]


def test_what_an_old_part_writes_beside_new_ones_is_brought_over(before):
    """Each once, at the next thing that is recorded; what this version has recorded meanwhile stays."""
    newest = before.evidence.read(CHECKS, LIST, 1)[0]

    def checked(number: int) -> None:
        at = newest.evaluated_at + number * timedelta(minutes=15)
        assert before.evidence.record(CHECKS, replace(newest, slot=newest.slot + number, evaluated_at=at))

    known = looked(before, CHECKS)
    one = len({each.family for each in newest.results})
    checked(1)
    assert looked(before, CHECKS) == known + one
    arrival = before.evidence.read(ARRIVALS, LIST, 1)[0]
    arrived = looked(before, ARRIVALS)
    refused = before.evidence.read(BOUNCES, LIST, 1)[0]
    for number in (1, 2, 3):
        late = replace(arrival, probe_id=f"late-{number}", received_at=arrival.received_at + timedelta(hours=number))
        before.client.xadd(keys.evidence("arrivals", LIST), {"d": pack(late)})
        bounce = replace(refused, id=f"late-{number}", at=NOW - timedelta(days=number))
        before.client.xadd(keys.evidence("bounces", LIST), {"d": pack(bounce)})
        checked(2 * number)
        assert looked(before, ARRIVALS) == arrived + number
        days = {day.date for day in before.evidence.ledger(LIST).days if day.replies}
        assert (NOW - timedelta(days=number)).date() in days
        checked(2 * number + 1)
        assert (looked(before, ARRIVALS), looked(before, CHECKS)) == (arrived + number, known + one * (2 * number + 1))


@pytest.mark.parametrize("checked", [True, False])
def test_posts_to_the_canary_are_the_lists_by_what_vouches_for_them(store, checked):
    """As versions before kept them, of a list that was never probed; a stranger's are not taken."""
    if checked:
        store.client.xadd(
            keys.evidence("checks", LIST), {"d": pack(replace(a_check("v=spf1 -all", at=NOW), list_id=LIST))}
        )
    elsewhere = IPv6Address("2001:db8:bad::1")
    failed = an_spf_outcome(SpfResult.FAIL, client_ip=elsewhere)
    stranger = an_arrival(list_id=LIST, probe_id=None, canary=POST, client_ip=elsewhere, spf=(failed,))
    if checked:  # then the list's domain is known, and whoever has another one is not the list
        passed = an_spf_outcome(client_ip=elsewhere, domain="stranger.example")
        stranger = replace(stranger, reverse_path="x@stranger.example", spf=(passed,))
    own = an_arrival(list_id=LIST, probe_id=None, canary=POST)
    for number in range(3):
        for mail in (own, stranger):
            came = replace(mail, received_at=NOW - timedelta(hours=number), message_id=f"<{number}@a.example>")
            store.client.xadd(keys.evidence("canary", LIST), {"d": pack(came)})
    assert looked(store, CANARY) == 3
