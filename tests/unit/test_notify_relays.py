"""By which way a notice leaves: never by the one that its own news says is refused, if there is another."""

import pytest

from monitor.config.settings import Settings
from monitor.notify.relays import relays
from tests.sample_notices import mailing_list

OTHER = "smtp://smtp.example.net:587"
SIX = {"receivers": [{"client_ips": ["2001:db8:25::25"]}]}
BOTH = {"receivers": [{"client_ips": ["2001:db8:25::25", "192.0.2.25"]}]}


def names(data, listed=None, **notices):
    facts = {"from": "staysub@example.net", "relay": "smtp://mail.example.net", **notices}
    settings = Settings.model_validate({"notices": facts}, by_alias=True)
    return [way.name for way in relays(settings.notices, listed or mailing_list(), data)]


@pytest.mark.parametrize(
    ("data", "notices", "expected"),
    [
        pytest.param(SIX, {}, ["the relay", "the relay over IPv4"], id="a relay of its own"),
        pytest.param(SIX, {"relay": "smtp://192.0.2.99"}, ["the relay"], id="an address has one family"),
        pytest.param(
            SIX, {"other_relay": OTHER}, ["the relay", "the other relay", "the relay over IPv4"], id="the other after it"
        ),
        pytest.param(
            SIX,
            {"relay_outbound": ["2001:db8:25::25", "192.0.2.25"]},
            ["the relay over IPv4", "the relay"],
            id="it leaves from what is refused over IPv6",
        ),
        pytest.param(
            BOTH,
            {"relay_outbound": ["2001:db8:25::25"], "other_relay": OTHER},
            ["the other relay", "the relay"],
            id="refused over both",
        ),
        pytest.param(
            SIX, {"relay_outbound": ["2001:db8:99::1"]}, ["the relay", "the relay over IPv4"], id="it leaves from elsewhere"
        ),
        pytest.param(
            SIX, {"relay": "smtp://mail.lists.example.org", "other_relay": OTHER},
            ["the other relay", "the relay over IPv4", "the relay"],
            id="it is the list's own MTA",
        ),
        pytest.param(
            {}, {"relay": "smtp://mail.lists.example.org"}, ["the relay", "the relay over IPv4"], id="nothing is refused"
        ),
        pytest.param(
            {"receivers": [{"client_ips": ["nonsense"]}]}, {}, ["the relay", "the relay over IPv4"], id="no address"
        ),
    ],
)  # fmt: skip
def test_the_way_that_shares_the_fate_comes_last(data, notices, expected):
    assert names(data, **notices) == expected


def test_without_a_relay_there_is_no_way():
    assert relays(Settings().notices, None, {}) == ()
