"""A backup's reader gives what was written, or its one named error, whatever the octets."""

import gzip
import io
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.store.backup.document import ITEMS_A_LINE, BackupUnusable, Entry, Head, Writer, checked, read
from monitor.store.keys import PREFIX, STORE

HEAD = Head(version="0.2.0", taken_at=datetime(2026, 11, 28, tzinfo=UTC), store="5a", running=True)
OCTETS = st.binary(max_size=40).map(lambda octets: octets.decode("latin-1"))
NUMBERS = st.floats(allow_nan=False).map(repr)
ITEMS = {
    "string": st.tuples(OCTETS).map(list),
    "list": st.tuples(OCTETS).map(list),
    "set": st.tuples(OCTETS).map(list),
    "hash": st.tuples(OCTETS, OCTETS).map(list),
    "zset": st.tuples(OCTETS, NUMBERS).map(list),
    "stream": st.tuples(OCTETS, OCTETS, OCTETS).map(list),
}
ENTRIES = st.sampled_from(sorted(ITEMS)).flatmap(
    lambda kind: st.builds(
        Entry,
        key=OCTETS.map(lambda octets: PREFIX + octets).filter(lambda key: key != STORE),
        type=st.just(kind),
        expires_at=st.none() | st.integers(0, 2**53),
        items=st.lists(ITEMS[kind], min_size=1, max_size=1 if kind == "string" else 5),
    )
)


def written(entries):
    file = io.BytesIO()
    writer = Writer(file, HEAD)
    for entry in entries:
        writer.write(entry)
    writer.end()
    return file


@given(st.lists(ENTRIES, max_size=8, unique_by=lambda entry: entry.key))
def test_what_was_written_is_read(entries):
    head, found = read(written(entries))
    assert head == HEAD
    assert list(found) == entries


def test_a_key_of_many_items_is_read_in_pieces_and_counted_once():
    items = [[str(number), "x" * 3000] for number in range(2 * ITEMS_A_LINE + 1)]
    file = written([Entry(key=f"{PREFIX}routes", type="hash", expires_at=None, items=items)])
    _, found = read(file)
    pieces = [entry.items for entry in found]
    assert len(pieces) > 5, "a line is a megabyte at most"
    assert [each for piece in pieces for each in piece] == items
    assert checked(file).keys == 1


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(
            Entry(key=STORE, type="string", expires_at=None, items=[["x"]]), id="the store's own key is no hash"
        ),
        pytest.param(
            Entry(key=f"{PREFIX}x", type="string", expires_at=1 << 70, items=[["x"]]), id="too late for Redis"
        ),
        pytest.param(Entry(key=f"{PREFIX}x", type="string", expires_at=-1, items=[["x"]]), id="before 1970"),
    ],
)
def test_what_redis_would_refuse_in_the_last_step_is_no_backup(entry):
    with pytest.raises(BackupUnusable):
        checked(written([entry]))


@pytest.mark.parametrize("part", [b"[],", b"{},", b'"abc",'])
def test_a_small_file_cannot_fill_the_memory(part):
    """A million parts of a few octets each, of which the reader would make objects."""
    head = gzip.decompress(written([]).getvalue()).splitlines()[0]
    line = b'{"key":"staysub:x","type":"list","expires_at":null,"items":[' + part * 1_000_000 + b"[]]}"
    file = io.BytesIO(gzip.compress(head + b"\n" + line + b"\n"))
    tracemalloc.start()
    try:
        with pytest.raises(BackupUnusable):
            checked(file)
        assert tracemalloc.get_traced_memory()[1] < 6 * len(line)
    finally:
        tracemalloc.stop()


def test_commas_within_what_is_kept_are_no_parts():
    entry = Entry(key=f"{PREFIX}x", type="string", expires_at=None, items=[['",\\"' * 100_000]])
    assert list(read(written([entry]))[1]) == [entry]


@given(st.binary(max_size=300))
def test_any_octets_are_no_backup(octets):
    with pytest.raises(BackupUnusable):
        checked(io.BytesIO(octets))


LINES = st.lists(st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"end":{}}', b'{"key":"staysub:x"}']))


@given(LINES, st.booleans())
def test_any_lines_after_a_good_head_are_no_backup(lines, ended):
    """Also with the end of another one."""
    whole = gzip.decompress(written([]).getvalue()).splitlines()
    after = [*lines, whole[1]] if ended and lines else lines
    with pytest.raises(BackupUnusable):
        checked(io.BytesIO(gzip.compress(b"\n".join([whole[0], *after]))))
