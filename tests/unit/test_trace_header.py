"""A header is read within bounds, by octets and by fields."""

import pytest

from monitor.dkim.message import read_signed
from monitor.errors import Unparsable
from monitor.trace.header import FIELDS_MAX, read_header

END = b"\r\nbody\r\n"


def test_as_many_fields_as_are_read_are_all_there():
    header = b"a: b\r\n" * (FIELDS_MAX - 1) + b"Last: c\r\n d\r\n" + END
    assert len(read_header(header)) == FIELDS_MAX
    assert read_header(header)[-1] == ("last", b"c d")
    assert len(read_signed(header).fields) == FIELDS_MAX


def test_a_header_of_more_fields_is_read_no_further_and_signed_by_nobody():
    """256 KiB hold 65,000 fields `a:`, and each cost 5 microseconds wherever it is read."""
    header = b"a:\r\n" * FIELDS_MAX + b"Last: c\r\n" + END
    assert {name for name, _ in read_header(header)} == {"a"}
    with pytest.raises(Unparsable, match="more than 2000 fields"):
        read_signed(header)
