"""Whatever list is named, and however: of a complete proposal a good configuration of two screens is written."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.managers.catalogue import MANAGERS
from monitor.model.special_addresses import special_word
from monitor.proposal.file import LINES_MOST, written
from monitor.proposal.found import Arrival, Found, Host
from monitor.proposal.propose import propose, read_address

ATOM = st.text("abzABZ09!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=12)
LOCAL = st.lists(ATOM, min_size=1, max_size=3).map(".".join)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
TEXT = st.text(max_size=40)
HOSTS = st.builds(
    Host,
    name=st.sampled_from(["mail.example.org", "mx.example.net", "_bad_.example.org"]),
    addresses=st.lists(ADDRESSES, max_size=6).map(tuple),
    provider=st.sampled_from([None, None, "Google"]),
    problem=TEXT,
)


@given(
    local=LOCAL,
    wrap=st.sampled_from(["{}", "<{}>", "A list <{}>", " {} "]),
    hosts=st.lists(HOSTS, min_size=1, max_size=5).map(tuple),
    spf=st.one_of(st.none(), st.lists(TEXT, max_size=3).map(tuple)),
    manager=st.sampled_from(sorted(MANAGERS)),
)
def test_what_is_written_is_good_and_names_public_addresses_alone(local, wrap, hosts, spf, manager):
    address = read_address(wrap.format(f"{local}@example.org"))
    found = Found(domain="example.org", arrival=Arrival.MX, hosts=hosts, spf=spf)
    made = propose(address, found, manager=manager)
    text = written(made, found, on=date(2026, 11, 28))
    assert len(text.split("\n")) <= LINES_MOST + 1
    assert all(line.isprintable() for line in text.split("\n"))
    assert all(special_word(each) is None for each in made.outbound)
    if made.complete:
        (listed,) = parse(text.encode(), Sources(), name="x").file_lists
        assert (listed.address, listed.outbound, listed.manager) == (address, made.outbound, manager)
