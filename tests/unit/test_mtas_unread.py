"""What is kept of a line that could not be read: no address and no name of anybody."""

import pytest

from monitor.mtas.names import names_of, without_names
from monitor.mtas.unread import sample_of


@pytest.mark.parametrize(
    "line",
    [
        "4A1: to=<zebra@r.example>, relay=x, status=zzz",
        "4A1: to=<zebra, relay=x",
        '4A1: to=<"zebra a"@r.example>, relay=x (user zebra a)',
        '** "zebra b"@r.example x',
        "junk to=zebra%40r.example",
        "junk zebra%2540r.example",
        "bounces+zebra=r.example@lists.example",
        "== zebra <zebra@r.example> R=a T=b",
        "== zebra R=a T=b",
        "to=zebra, ctladdr=zebra (1/1), foo",
        "to=<zebra@r.example>, zebra, foo",
        "to=<zebra+tag@r.example>: user ZEBRA unknown",
    ],
)
def test_a_sample_names_nobody(line):
    """Whether in brackets, in a field, in a link or in what was said."""
    assert "zebra" not in sample_of(line.encode()).lower()


def test_a_sample_shows_what_line_it_is():
    """All but the names."""
    line = b"Nov 27 10:00:00 h postfix/smtp[1]: 4A1: to=<ann@r.example>, relay=mx.r.example[192.0.2.1]:25, status=odd"
    assert sample_of(line) == line.replace(b"ann@r.example", b"").decode()


def test_a_name_is_taken_out_as_a_word():
    """Also the one in quotes, and the one before a sub-address."""
    names = names_of(['"Ann B"@r.example', "eve+x@r.example", "nobody"])
    said = without_names("no ann b, no Eve, but evening and user_eve_x", names, "*")
    assert said == "no *, no *, but evening and user_*_x"
