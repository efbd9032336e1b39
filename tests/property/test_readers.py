"""Every reader of octets from outside: it gives a value or its named error, in a time that does not explode.

The table is `tests/hostile/readers.py`. A function that reads octets, and is neither called by a reader there nor known
to meet none from outside, fails here.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import nothing_raised
from tests.hostile.readers import READERS

# Twenty times what any input takes by itself on one quiet core. It is there for what doubles and doubles again: how
# time grows is measured by `make bench BENCH=hostile`, where nothing else runs.
WITHIN_S = 20.0
SHAPES = [
    pytest.param(reader, shape, id=f"{shape}, {reader}")
    for reader, each in READERS.items()
    if reader != "copied bounce"  # as an import, and no larger: it reads a mebibyte
    for shape in each.shapes
    if reader != "arrival" or shape not in READERS["signature"].shapes
]
SPOKEN = [
    *(
        b"From: ",
        b"Received: ",
        b"To: ",
        b"Subject: =?utf-8?b?",
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"--x\n",
    ),
    *(
        b"Content-Type: message/rfc822\n",
        b"Content-Type: message/delivery-status\n",
        b"DKIM-Signature: v=1; a=",
        b"\r\n",
    ),
    *(
        b"Final-Recipient: rfc822; a@b\n",
        b"Diagnostic-Code: smtp; 550 5.7.1 ",
        b"MAILER-DAEMON@x.example\n",
        b"\n\n",
        b" ",
    ),
    *(
        b"v=spf1 ",
        b"include:",
        b"ip4:192.0.2.1",
        b"v=DMARC1; p=",
        b"v=DKIM1; p=",
        b"k=rsa; ",
        b"%{",
        b"-all",
        b"~",
        b"/",
        b"=",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"(",
        b")",
        b"<",
        b">",
        b"@",
        b";",
        b":",
        b",",
        b".",
        b"-",
        b"1",
        b"null",
        b"\x00",
    ),
    *(
        b"staysub_session=",
        b"//[",
        b"https://",
        b"Mon, 2 Nov 2026 10:00:00 +0000",
        b"99999999999999999999",
        b"\xff",
        b"\xc3",
    ),
    *(b"[web]\n", b'id = "a"\n', b"\xc0\x0c", b"\x00\x10\x00\x01", b"\x00\x01\x84\x00\x00\x01\x00\x05\x00\x00\x00\x00"),
]
OCTETS = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(st.sampled_from(SPOKEN), st.binary(max_size=4)), max_size=60).map(b"".join),
)
REPEATED = st.tuples(st.sampled_from(SPOKEN), st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1])


@pytest.mark.parametrize("name", READERS)
@given(octets=st.one_of(OCTETS, st.tuples(OCTETS, REPEATED, OCTETS).map(b"".join)))
@settings(max_examples=60)
def test_whatever_the_octets_a_reader_gives_a_value_or_its_error(name, octets):
    reader = READERS[name]
    began = time.process_time()
    with nothing_raised(but=reader.raises):
        reader.read(octets[: reader.octets_max])
    assert time.process_time() - began < WITHIN_S


@pytest.mark.parametrize(("reader", "shape"), SHAPES)
def test_no_shape_at_a_readers_limit_takes_long(reader, shape):
    read = READERS[reader]
    octets = read.shapes[shape](read.octets_max)[: read.octets_max]
    assert len(octets) > read.octets_max // 2
    began = time.process_time()
    with nothing_raised(but=read.raises):
        read.read(octets)
    assert time.process_time() - began < WITHIN_S
