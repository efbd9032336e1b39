"""Records as text come back as they were, and no text breaks the reader."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.dns.text import read, show
from monitor.errors import Unparsable
from tests.harness import nothing_raised


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=4).map(tuple))
def test_txt_round_trip(segments):
    assert read(show(segments), "TXT") == segments


@given(st.text(), st.sampled_from(["TXT", "MX", "A"]))
def test_any_text_is_a_record_or_unparsable(text, rrtype):
    with nothing_raised(but=Unparsable):
        read(text, rrtype)
