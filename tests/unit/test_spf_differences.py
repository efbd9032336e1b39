"""Each known difference between pyspf and RFC 7208: the smallest zone that shows it, and which of both is named."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import Identity
from monitor.spf.check_host import check_host
from monitor.spf.differences import KNOWN_DIFFERENCES, known_difference
from monitor.spf.second_opinion import ask_pyspf, second_opinion
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)
HOST, HELO, SENDER = "192.0.2.1", "mx-1.example.org", "a-@example.org"
POINTER = "1.2.0.192.in-addr.arpa"
TEN = {f"h{n}.example.org": {"A": ["198.51.100.1"]} for n in range(10)}
EXAMPLES = [
    pytest.param(
        "redirect-counted-when-read",
        f"v=spf1 {' '.join(f'a:{name}' for name in TEN)} -all redirect=b.example",
        TEN,
        ("fail", "permerror"),
        id="§4.6.4",
    ),
    pytest.param(
        "include-of-itself", f"v=spf1 ip4:{HOST} include:example.org -all", {}, ("pass", "permerror"), id="§5.2"
    ),
    pytest.param("expanded-when-read", f"v=spf1 ip4:{HOST} exists:%{{l1-}} -all", {}, ("pass", "permerror"), id="§4.8"),
    pytest.param(
        "trouble-at-ptr",
        "v=spf1 ptr:silent.example ?all",
        {POINTER: {"PTR": ["silent.example"]}},
        ("neutral", "temperror"),
        id="§5.5",
    ),
    pytest.param(
        "explanation-always",
        "v=spf1 a a:gone.example exp=e.example -all",
        {"e.example": {"TXT": ["%{p}"]}},
        ("fail", "permerror"),
        id="§6.2",
    ),
    pytest.param("modifier-twice", "v=spf1 x=1 x=2 -all", {}, ("fail", "permerror"), id="§6"),
    pytest.param(
        "modifier-in-capitals",
        "v=spf1 Redirect=b.example",
        {"b.example": {"TXT": ["v=spf1 -all"]}},
        ("fail", "neutral"),
        id="§4.6.1",
    ),
    pytest.param("macro-grammar", f"v=spf1 ip4:{HOST} a:%{{d0}}.example -all", {}, ("permerror", "pass"), id="§7.1"),
    pytest.param("percent-at-end", "v=spf1 exists:a.example.%% -all", {}, ("fail", "permerror"), id="§7.1 escape"),
    pytest.param(
        "percent-at-end", f"v=spf1 ip4:{HOST} mx:%%//64 -all", {}, ("pass", "permerror"), id="§7.1 before a prefix"
    ),
    pytest.param(
        "delimiters-kept",
        "v=spf1 exists:%{h-}.b.example -all",
        {"mx.1.example.org.b.example": {"A": [HOST]}},
        ("pass", "fail"),
        id="§7.3 delimiters",
    ),
    pytest.param(
        "client-name-once",
        "v=spf1 include:b.example a:%{p}.d.example -all",
        {
            "b.example": {"TXT": ["v=spf1 exists:%{p}.c.example -all"]},
            POINTER: {"PTR": ["x.b.example", "x.example.org"]},
            "x.b.example": {"A": [HOST]},
            "x.example.org": {"A": [HOST]},
            "x.b.example.c.example": {"A": [HOST]},
        },
        ("pass", "fail"),
        id="§7.3 names",
    ),
]


@pytest.mark.parametrize(("name", "record", "zones", "results"), EXAMPLES)
def test_the_difference_is_seen_and_named(name, record, zones, results):
    """Where pyspf asks for another name than we, the recorded answers alone do not tell what it would say."""
    resolver = ZoneResolver({"example.org": {"TXT": [record]}, **zones}, {"silent.example": "timeout"})
    ours = check_host(
        resolver, client_ip=ip_address(HOST), reverse_path=SENDER, helo=HELO, identity=Identity.MAILFROM, now=NOW
    )
    theirs = ask_pyspf(resolver, HOST, SENDER, HELO)
    assert (ours.result, theirs.result) == results
    assert known_difference(ours, theirs.result, theirs.problem).name == name
    recorded = second_opinion(ours)
    assert recorded in (None, theirs) or name == "explanation-always"  # an explanation is not recorded


def test_every_known_difference_has_an_example():
    assert [known.name for known in KNOWN_DIFFERENCES] == list(dict.fromkeys(each.values[0] for each in EXAMPLES))
