"""One file of a log, or a stream, read to its end."""

import gzip
import io

import pytest

from monitor.follow.one_file import OneFile


def read(octets, known=None, *, most=1000):
    source = OneFile(io.BufferedReader(io.BytesIO(octets)), known or {}, changed_at=5.0)
    lines, batch = [], None
    while batch is None or not batch.ended:
        batch = source.read(most, 10.0)
        lines += batch.lines
    return lines, batch


LOG = b"one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("octets", "lines"),
    [
        pytest.param(LOG, [b"one", b"two", b"three"], id="plain"),
        pytest.param(LOG[:-1], [b"one", b"two", b"three"], id="without an end"),
        pytest.param(gzip.compress(LOG), [b"one", b"two", b"three"], id="packed"),
        pytest.param(b"\0" * 300_000 + LOG, [b"one", b"two", b"three"], id="behind NULs"),
        pytest.param(b"", [], id="empty"),
        pytest.param(b"\0\0\n", [], id="blank"),
        pytest.param(b"x" * 70_000 + b"\ny\n", [b"x" * 65_536, b"y"], id="a line that is too long"),
        pytest.param(b"x", [b"x"], id="one octet"),
    ],
)
def test_it_is_read_whole(octets, lines):
    """Whatever its form, each line is given once."""
    assert [each for each in read(octets)[0] if each] == lines


@pytest.mark.parametrize("form", [bytes, gzip.compress])
def test_what_was_read_of_it_is_not_read_again(form):
    """It is known by its first line, whatever is added and however it is packed."""
    batch = read(form(LOG))[1]
    assert read(LOG, batch.octets)[0] == []
    assert read(form(LOG + b"four\n"), batch.octets)[0] == [b"four"]
    assert read(b"other\n", batch.octets)[0] == [b"other"]


def test_the_same_place_as_a_log_that_is_followed(tmp_path):
    """A log that was followed and is imported then has nothing new."""
    from monitor.follow.files import LogFiles

    path = tmp_path / "mail.log"
    path.write_bytes(LOG)
    followed = LogFiles(path, {}, since=0.0).read(100, 1.0)
    assert followed.lines == [b"one", b"two", b"three"]
    assert read(LOG, followed.octets)[0] == []


def test_what_is_broken_ends_with_its_problem():
    """The lines before are given."""
    packed = gzip.compress(b"".join(b"line %d\n" % n for n in range(100_000)))
    lines, batch = read(packed[: len(packed) // 2])
    assert len(lines) > 10
    assert batch.problem
