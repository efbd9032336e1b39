"""Over which family a post was refused: the connection, then the rule, then the client's address in the reply."""

from datetime import date
from ipaddress import ip_address

import pytest

from monitor.admission.data import load_rules
from monitor.trace.diagnosis import diagnose
from monitor.trace.failures import Failure

RULES = load_rules()
ONLY_IPV6 = "550 5.7.25 Service unavailable, sending IPv6 address [2001:db8:25::25] must have reverse DNS record."


def family(reply, *, connected_to=None):
    failure = Failure(
        final_recipient="member@club.example",
        action="failed",
        status_code=None,
        diagnostic_code=reply,
        remote_mta=None,
        standard=True,
        remote_address=None if connected_to is None else ip_address(connected_to),
    )
    return diagnose(failure, RULES, on=date(2026, 11, 24)).family


@pytest.mark.parametrize(
    ("reply", "connected_to", "expected"),
    [
        pytest.param("550 5.1.1 no such user", "2001:db8::1", 6, id="the connection"),
        pytest.param("550 5.7.1 [192.0.2.25] refused", "2001:db8::1", 6, id="the connection before what is quoted"),
        pytest.param(ONLY_IPV6, "192.0.2.1", 4, id="the connection before the rule: a border handed it on over IPv6"),
        pytest.param(ONLY_IPV6, None, 6, id="the rule"),
        pytest.param("550 5.7.1 [192.0.2.25] refused", None, 4, id="the client in brackets"),
        pytest.param("550-5.7.1 [2001:db8:25::25      16] refused", None, 6, id="the client as Gmail quotes it"),
        pytest.param("550 5.7.23 SPF fail. Please see http://x.example/Why?ip=2001:db8:25::25;r=x", None, 6, id="ip= in a link"),
        pytest.param("550 5.7.23 SPF fail. Please see http://x.example/Why?ip=172.18.0.1;r=x", None, None, id="the receiver's own gateway"),
        pytest.param("550 [192.0.2.25] is not [2001:db8:25::25]", None, None, id="both families"),
        pytest.param("550 5.1.1 no such user", None, None, id="nothing"),
        pytest.param(None, None, None, id="no reply"),
    ],
)  # fmt: skip
def test_the_family_of_a_refusal(reply, connected_to, expected):
    assert family(reply, connected_to=connected_to) == expected
