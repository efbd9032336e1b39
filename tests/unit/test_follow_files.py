"""A log is read to the last line and no line twice, however it is turned, cut off and packed."""

import bz2
import gzip
import lzma
import os
import random
import shutil

import pytest

from monitor.follow import files
from monitor.follow.files import LogFiles
from monitor.follow.lines import LINE_OCTETS_MOST, part
from monitor.follow.names import predecessors

PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(files, "LOOK_S", 0.0)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "mail.log"


def numbered(first, last):
    return [b"line %06d" % n for n in range(first, last)]


def write(path, lines, mode="ab"):
    with path.open(mode) as file:
        file.write(b"".join(line + b"\n" for line in lines))


class Follower:
    """One that keeps its place, as the store does, and may begin anew from it."""

    def __init__(self, path, *, since=0.0):
        self.path, self.since = path, since
        self.octets = {}
        self.problem = ""
        self.restart()

    def restart(self):
        self.source = LogFiles(self.path, self.octets, since=self.since)

    def all(self, most=1000):
        """Whatever is there now."""
        found = []
        while True:
            batch = self.source.read(most, 0.05)
            self.octets.update(batch.octets)
            self.problem = batch.problem
            found += batch.lines
            if not batch.octets and batch.at_end:
                return found


def test_lines_come_as_they_are_written_and_an_unfinished_one_waits(log):
    """What has no end yet is no line."""
    write(log, numbered(0, 3))
    follower = Follower(log)
    assert follower.all() == numbered(0, 3)
    with log.open("ab") as file:
        file.write(b"half a li")
    assert follower.all() == []
    with log.open("ab") as file:
        file.write(b"ne\nnext\n")
    assert follower.all() == [b"half a line", b"next"]
    follower.restart()
    assert follower.all() == []


def test_a_renamed_log_is_read_to_its_end_before_the_new_one(log):
    """The default of logrotate: the writer goes on in the renamed file until it is told."""
    write(log, numbered(0, 5))
    follower = Follower(log)
    assert follower.all() == numbered(0, 5)
    write(log, numbered(5, 7))
    log.rename(log.with_name("mail.log.1"))
    write(log.with_name("mail.log.1"), numbered(7, 9))
    write(log, numbered(9, 12))
    assert follower.all() == numbered(5, 12)
    follower.restart()
    write(log.with_name("mail.log.1"), numbered(12, 13))
    assert follower.all() == numbered(12, 13)


def test_a_log_that_is_copied_and_cut_off_goes_on_where_it_was_left(log):
    """`copytruncate`: the file stays, and begins with another line."""
    write(log, numbered(0, 5))
    follower = Follower(log)
    assert follower.all() == numbered(0, 5)
    write(log, numbered(5, 7))
    shutil.copy(log, log.with_name("mail.log.1"))
    os.truncate(log, 0)
    write(log, numbered(7, 40))
    assert follower.all() == numbered(5, 40)


def test_a_writer_that_does_not_append_leaves_nuls_before_its_next_line(log):
    """After `copytruncate` it writes on at its old place: the file has a hole before the line."""
    with log.open("wb", buffering=0) as file:
        file.write(b"one\ntwo\n")
        follower = Follower(log)
        assert follower.all() == [b"one", b"two"]
        shutil.copy(log, log.with_name("mail.log.1"))
        os.truncate(log, 0)
        file.seek(5_000_000)
        file.write(b"three\n")
        assert follower.all() == [b"three"]
        file.write(b"four\n")
    follower.restart()
    assert follower.all() == [b"four"]


@pytest.mark.parametrize("packed", PACKERS)
def test_packed_predecessors_are_read_oldest_first_and_once(log, packed):
    """On the first start what was before is read; a log that was read already is not, when it is packed."""
    for n, lines in enumerate((numbered(20, 30), numbered(10, 20), numbered(0, 10)), 1):
        data = b"".join(line + b"\n" for line in lines)
        log.with_name(f"mail.log.{n}{packed}").write_bytes(PACKERS[packed](data))
    write(log, numbered(30, 40))
    follower = Follower(log)
    assert follower.all(most=3) == numbered(0, 40)
    follower.restart()
    assert follower.all() == []
    log.with_name(f"mail.log.3{packed}").rename(log.with_name(f"mail.log.4{packed}"))
    log.with_name(f"mail.log.1{packed}").write_bytes(PACKERS[packed](log.read_bytes() + b"behind\n"))
    log.unlink()
    assert follower.all() == [b"behind"]


def test_a_large_packed_file_is_read_in_parts(log):
    """Blocks end inside lines, and each of these comes whole."""
    lines = [b"%d " % n + random.Random(n).randbytes(40).hex().encode() for n in range(20_000)]
    log.with_name("mail.log.2.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    follower = Follower(log)
    assert follower.all(most=2000) == lines
    assert follower.problem == f"There is no {log}."


def test_a_file_that_is_just_being_packed_is_read_as_far_as_it_goes(log):
    """The rest comes with the rest of the file."""
    whole = gzip.compress(b"".join(line + b"\n" for line in numbered(0, 50_000)))
    packed = log.with_name("mail.log.1.gz")
    packed.write_bytes(whole[: len(whole) // 2])
    write(log, [b"now"])
    follower = Follower(log)
    begun = follower.all()
    packed.write_bytes(whole)
    rest = follower.all()
    assert begun[-1] == b"now"
    assert begun[:-1] + rest == numbered(0, 50_000)


def test_what_is_older_than_asked_for_is_left_out(log):
    """But not what was begun already."""
    for name, lines in (("mail.log.2", numbered(0, 5)), ("mail.log.1", numbered(5, 9))):
        write(log.with_name(name), lines)
    os.utime(log.with_name("mail.log.2"), (1000, 1000))
    write(log, numbered(9, 12))
    follower = Follower(log, since=2000.0)
    assert follower.all() == numbered(5, 12)
    write(log.with_name("mail.log.1"), [b"late"])
    os.utime(log.with_name("mail.log.1"), (1000, 1000))
    assert follower.all() == [b"late"]


def test_over_long_lines_are_cut_and_their_rest_is_no_line(log):
    """The rest could be made to look like a line of its own."""
    write(log, [b"first"])
    follower = Follower(log)
    assert follower.all() == [b"first"]
    with log.open("ab") as file:
        file.write(b"a" * 3_000_000)
    assert follower.all() == [b"a" * LINE_OCTETS_MOST]
    follower.restart()
    with log.open("ab") as file:
        file.write(b"forged" * 50_000 + b"\nnext\n")
    assert follower.all() == [b"next"]


def test_nuls_of_a_crashed_file_system_are_left_out(log):
    """However many there are, the line behind them is read."""
    write(log, [b"first", b"\0" * 2_000_000 + b"sec\0ond"])
    assert Follower(log).all() == [b"first", b"second"]


def test_a_file_that_is_replaced_by_another_is_read_from_its_beginning(log):
    """Its first line tells that it is another, also where it is longer than the one before."""
    write(log, numbered(0, 5))
    follower = Follower(log)
    follower.all()
    write(log, numbered(100, 120), "wb")
    assert follower.all() == numbered(100, 120)


def test_a_log_that_was_cut_short_is_read_on_from_its_end(log, monkeypatch):
    """What is left of it was read; only what comes is new."""
    monkeypatch.setattr(files, "SHORTER_S", 0.0)
    write(log, numbered(0, 100))
    follower = Follower(log)
    follower.all()
    os.truncate(log, len(b"line 000000\n") * 10)
    assert follower.all() == []
    write(log, [b"new"])
    assert follower.all() == [b"new"]


def test_an_empty_and_a_missing_log_wait_and_say_so(log, tmp_path):
    """Nothing is raised for them."""
    follower = Follower(log)
    assert follower.all() == []
    assert follower.problem == f"There is no {log}."
    log.touch()
    assert follower.all() == []
    assert follower.problem == ""
    write(log, [b"begun"])
    assert follower.all() == [b"begun"]
    other = Follower(tmp_path)
    assert other.all() == []
    assert "no regular file" in other.problem


@pytest.mark.parametrize("seed", range(8))
def test_any_turning_loses_and_doubles_nothing(log, seed):
    """Whatever happens between two looks, all lines come once."""
    chance = random.Random(seed)
    written, read, number = [], [], 0
    follower = Follower(log)

    def name(n, end=""):
        return log.with_name(f"mail.log.{n}{end}")

    def turn(*, by_copy):
        for n in range(9, 0, -1):
            for end in ("", ".gz"):
                if name(n, end).exists():
                    name(n, end).rename(name(n + 1, end))
        if by_copy:
            shutil.copy2(log, name(1))
            os.truncate(log, 0)
        else:
            log.rename(name(1))
            log.touch()
        if chance.random() < 0.5 and name(2).exists():
            name(2, ".gz").write_bytes(gzip.compress(name(2).read_bytes()))
            name(2).unlink()

    for _ in range(120):
        lines = numbered(number, number + chance.randrange(1, 200))
        number += len(lines)
        write(log, lines)
        written += lines
        if chance.random() < 0.1:
            turn(by_copy=chance.random() < 0.5)
        if chance.random() < 0.3:
            read += follower.all(most=chance.choice((1, 50, 1000)))
        if chance.random() < 0.1:
            follower.restart()
    read += follower.all()
    assert sorted(read) == written


def test_predecessors_stand_oldest_first():
    """By number, by date, also before the extension; of two ways the one that was given up comes first."""
    assert predecessors(
        "mail.log", dict.fromkeys(["mail.log", "mail.log.10.gz", "mail.log.1", "mail.log.2.gz"], 0.0)
    ) == [
        "mail.log.10.gz",
        "mail.log.2.gz",
        "mail.log.1",
    ]
    dated = {"mail.log-20261128": 9.0, "mail.log-20261121.gz": 8.0, "mail.log.1": 7.0}
    assert predecessors("mail.log", dated) == ["mail.log.1", "mail.log-20261121.gz", "mail.log-20261128"]
    assert predecessors("mail.log", {"mail-20261128.log": 1.0, "mail.1.log": 0.0}) == [
        "mail.1.log",
        "mail-20261128.log",
    ]
    assert predecessors("maillog", {"maillog.0.bz2": 1.0, "maillog.old": 2.0, "maillogs.1": 3.0}) == ["maillog.0.bz2"]
    assert predecessors("a.b", {"a.b.1": 1.0, "axb.1": 2.0, "a.b.1.bak": 3.0}) == ["a.b.1"]


def test_parts_of_a_block_are_done_with_as_far_as_they_are_lines():
    """What is unfinished comes again."""
    parted = part(b"one\ntwo\nthr")
    assert (parted.lines, parted.octets, parted.inside) == ([b"one", b"two"], 8, False)
    assert part(b"").octets == 0
    assert part(b"rest of it", inside=True).inside
    assert part(b"rest\nnext\n", inside=True).lines == [b"next"]
