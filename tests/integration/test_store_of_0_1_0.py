"""Stores as 0.1.0 kept them, of its first days and of its last: all of it is read, shown, and gone on with.

`tests/data/store/0.1.0-first.backup` and `0.1.0-last.backup` are the demonstration's store after three minutes, of
commits 34d0dc5 and bb52401, which had no backups themselves. They do not expire here, however old they are by now.
"""

import io
import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from monitor.config.settings import Settings
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.checks.source import CHECKS
from monitor.model.incidents import IncidentState
from monitor.store import Store, keys
from monitor.store.backup.document import Head, Writer, checked, read
from monitor.store.backup.putting_back import put_back
from monitor.store.list_record import Depth
from tests.harness import TOP
from tests.pages import pages_of
from tests.seed import mailing_list

EVERYTHING = Depth(
    evidence=dict.fromkeys(SOURCES, 300), history=500, incidents=9, notices=99, tallies=True, assessment=True
)
VERSIONS = ["first", "last"]


@pytest.fixture(params=VERSIONS)
def kept(request) -> io.BytesIO:
    """The backup, without the times at which its keys expire."""
    lasting = io.BytesIO()
    with (TOP / "tests/data/store" / f"0.1.0-{request.param}.backup").open("rb") as file:
        head, entries = read(file)
        writer = Writer(lasting, head)
        for entry in entries:
            writer.write(replace(entry, expires_at=None))
    writer.end()
    return lasting


@pytest.fixture
def head(kept) -> Head:
    return checked(kept).head


@pytest.fixture
def before(store, kept, caplog) -> Store:
    """The store as it was; whatever cannot be read from now on fails the test."""
    put_back(store.client, kept, ours="0.2.0", aside=False)
    caplog.set_level(logging.WARNING)
    yield store
    assert [each.getMessage() for each in caplog.records if "unreadable" in each.getMessage()] == []


@pytest.fixture
def lists(before) -> list[str]:
    return sorted(each.decode() for each in before.client.hkeys(keys.ASSESSMENT))


def test_it_was_written_by_that_version_and_is_worth_reading(kept):
    contents = checked(kept)
    assert contents.head.version == "0.1.0"
    assert contents.lists >= 7
    assert contents.kinds["incident"] >= 5
    assert contents.kinds["notice"] >= 10


def test_every_document_is_read(before, kept, lists):
    """None is left out: as many as there are keys and entries."""
    kinds = checked(kept).kinds
    assert len(before.incidents.recent(100)) + len(pending(before)) == kinds["incident"]
    assert len(before.notices.recent(100)) == kinds["notice"]
    found = Counter[str]()
    for name in lists:
        record = before.list_record(name, EVERYTHING)
        assert record.assessment is not None
        assert record.of(CHECKS)
        found.update({source.name: len(record.of(source)) for source in SOURCES})
        assert len(record.of(CHECKS)) == entries(before, "checks", name)
    assert found["arrival"] == sum(entries(before, "arrivals", name) for name in lists) > 0
    assert found["probe"] > 0


def pending(store):
    """Incidents that were seen too seldom yet: in no index."""
    names = [each.decode().removeprefix(keys.incident("")) for each in store.client.scan_iter(keys.incident("*"))]
    found = [store.incidents.get(name) for name in names]
    return [each for each in found if each.state is IncidentState.PENDING]


def entries(store, stream, name):
    """How many reports there are, as either version keeps them."""
    return store.client.xlen(keys.evidence(stream, name)) + store.client.llen(keys.kept(stream, name))


def test_pages_show_it_and_open_incidents_go_on(before, head, lists):
    """With their first notices in the record, so that nobody is told of them anew."""
    settings = Settings(list=[mailing_list(name) for name in lists])
    client = TestClient(pages_of(lambda: settings, before, lambda: head.taken_at), base_url="http://127.0.0.1:8025")
    overview = client.get("/")
    assert overview.status_code == 200
    going_on = 0
    for name in lists:
        assert name in overview.text
        assert client.get(f"/lists/{name}").status_code == 200
        assert client.get(f"/api/v1/lists/{name}/history").json()["history"]
        if (current := before.incidents.current(name)) is not None and current.state is IncidentState.OPEN:
            going_on += 1
            assert before.notices.of_incident(current.id)
            changed = replace(current, changed_at=head.taken_at + timedelta(minutes=1))
            assert before.incidents.commit(changed, [], expected_revision=current.revision)
    assert going_on >= 4


def test_new_evidence_joins_the_old(before, head, lists):
    for name in lists:
        newest = before.evidence.read(CHECKS, name, 1)[0]
        count = len(before.evidence.read(CHECKS, name, 300))
        at = head.taken_at + timedelta(minutes=5)
        assert before.evidence.record(CHECKS, replace(newest, slot=newest.slot + 1, evaluated_at=at))
        assert not before.evidence.record(CHECKS, newest), "what was recorded is not recorded again"
        assert len(before.evidence.read(CHECKS, name, 300)) == count + 1
        assert before.evidence.ledger(name).days


def test_addresses_and_links_of_then_stay_good(before, kept):
    _, all_of_it = read(kept)
    (key,) = [entry.items[0][0].encode("latin-1") for entry in all_of_it if entry.key == keys.SIGNING_KEY]
    assert before.signing_key() == key
