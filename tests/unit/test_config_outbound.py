"""Addresses that no receiver ever sees are refused as `outbound`, with the address, the list and the reason."""

import json
from ipaddress import ip_address

import pytest

from monitor.cli.config import config_command
from monitor.cli.run import run_command
from monitor.config.advice import unroutable
from monitor.config.list_document import parse_list
from monitor.config.load import parse
from monitor.config.outbound import parse_outbound, unseen
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.errors import ConfigError
from monitor.store import lists as stored
from tests.configured import LIST, invoke

REFUSED = [
    pytest.param("10.1.2.3", "private address (RFC 1918)", id="RFC 1918, 10/8"),
    pytest.param("172.16.0.9", "private address (RFC 1918)", id="RFC 1918, 172.16/12"),
    pytest.param("172.31.255.1", "private address (RFC 1918)", id="RFC 1918, its end"),
    pytest.param("192.168.1.25", "private address (RFC 1918)", id="RFC 1918, 192.168/16"),
    pytest.param("100.64.0.1", "shared behind a provider's NAT (RFC 6598)", id="shared"),
    pytest.param("100.127.255.254", "shared behind a provider's NAT (RFC 6598)", id="shared, its end"),
    pytest.param("127.0.0.1", "loopback address", id="loopback"),
    pytest.param("127.1.2.3", "loopback address", id="loopback, another one"),
    pytest.param("::1", "loopback address", id="loopback, IPv6"),
    pytest.param("169.254.7.7", "link-local address (RFC 3927)", id="link-local"),
    pytest.param("fe80::25", "link-local address (RFC 4291", id="link-local, IPv6"),
    pytest.param("fe80::25%eth0", "link-local address (RFC 4291", id="link-local with a zone"),
    pytest.param("fd12:3456::25", "unique local, RFC 4193", id="ULA"),
    pytest.param("fc00::1", "unique local, RFC 4193", id="ULA, the other half"),
    pytest.param("::ffff:10.0.0.1", "private address (RFC 1918)", id="IPv4-mapped"),
    pytest.param("::ffff:a00:1", "private address (RFC 1918)", id="IPv4-mapped in digits"),
    pytest.param("64:ff9b::10.0.0.1", "private address (RFC 1918)", id="NAT64"),
    pytest.param("64:ff9b:1::5", "private address", id="NAT64 of local use, RFC 8215"),
]
TAKEN = ["9.9.9.9", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.0.2.25", "2001:db8::25", "2620:fe::9"]


@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_an_address_that_no_receiver_sees_is_refused_with_the_reason(address, reason):
    with pytest.raises(ValueError, match="no receiver on the internet sees") as refused:
        parse_outbound(address)
    said = str(refused.value)
    assert said.startswith(f"{address} is ")
    assert reason in said
    assert "behind NAT or from a container" in said
    assert "Received line" in said


@pytest.mark.parametrize("address", TAKEN)
def test_public_and_documentation_addresses_are_taken(address):
    assert parse_outbound(address) == ip_address(address)
    assert unseen(ip_address(address)) is None


@pytest.mark.parametrize("address", ["64:ff9b::9.9.9.9", "::ffff:9.9.9.9"])
def test_an_ipv4_address_in_the_clothes_of_ipv6_is_to_be_written_as_what_it_is(address):
    with pytest.raises(ValueError, match=r'write "9\.9\.9\.9"'):
        parse_outbound(address)


def configured(tmp_path, address="10.0.0.5"):
    path = tmp_path / "staysub.toml"
    path.write_text('data_dir = "data"' + LIST.replace('"192.0.2.25"', f'"{address}"'))
    return path


def test_config_check_and_run_refuse_it_alike(tmp_path):
    path = configured(tmp_path)
    for command in ((config_command, "check"), (run_command,)):
        ended = invoke(command[0], path, *command[1:])
        assert isinstance(ended.exception, ConfigError)
        (line,) = ended.exception.lines
        assert line.startswith(
            f'{path}: list "ipv6-ops", line 7, outbound[0]: 10.0.0.5 is a private address (RFC 1918)'
        )
    assert not (tmp_path / "data").exists(), "something was begun"


def test_config_check_tells_programs_where(tmp_path):
    ended = invoke(config_command, configured(tmp_path), "check", "--json")
    (fault,) = json.loads(ended.output)["faults"]
    assert (fault["place"], fault["where"]) == ("list[0].outbound[0]", 'list "ipv6-ops", line 7, outbound[0]')
    assert fault["message"].startswith("10.0.0.5 is a private address")


def test_a_list_over_the_api_is_refused_alike():
    given = {
        "address": "new@lists.example.org",
        "reverse_path": "new-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": ["192.0.2.25", "fd00::25"],
    }
    with pytest.raises(ConfigError) as refused:
        parse_list("new", given, settings=Settings())
    (place, sentence) = refused.value.faults[0]
    assert (place, refused.value.told[0][0]) == ("outbound[1]", 'list "new", outbound[1]')
    assert "fd00::25 is a private address (unique local, RFC 4193)" in sentence


def test_what_an_earlier_version_stored_is_told_with_the_reason():
    """It is not watched, and brings nothing down."""
    kept = {"id": "old", "address": "a@l.example", "reverse_path": "b@l.example", "helo": "m.l.example"}
    why = stored._made(json.dumps({**kept, "outbound": ["192.168.0.7"]}).encode())
    assert isinstance(why, str)
    assert why.startswith("outbound[0]: 192.168.0.7 is a private address (RFC 1918)")


def test_the_relay_of_notices_has_no_such_address_either():
    with pytest.raises(ConfigError) as refused:
        parse(b'[notices]\nrelay_outbound = ["10.0.0.5"]', Sources(), name="x")
    assert refused.value.lines[0].startswith("x: line 2, notices.relay_outbound[0]: 10.0.0.5 is a private address")


def test_documentation_addresses_are_a_note(tmp_path):
    path = tmp_path / "staysub.toml"
    path.write_text(LIST)
    (note,) = unroutable(parse(LIST.encode(), Sources(), name="x"))
    assert note.place == "list[0].outbound"
    said = invoke(config_command, path, "check").output
    assert 'Note: list "ipv6-ops", line 7, outbound: names what no mail on the internet comes from: 192.0.2.25' in said
    public = LIST.replace("192.0.2.25", "9.9.9.9").replace("2001:db8:25::25", "2620:fe::9")
    assert list(unroutable(parse(public.encode(), Sources(), name="x"))) == []
