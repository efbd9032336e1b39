"""`staysub explain` as it is called: what is shown, what a program gets, how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli.explain import explain_command

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"
INSIDE = GOLDEN / "01-checked-again-inside.eml"
REFUSED = GOLDEN / "10-postfix-expired-450.eml"


def explained(*args, given=b""):
    return CliRunner().invoke(explain_command, [str(each) for each in args], input=given, standalone_mode=False)


@pytest.mark.parametrize(
    ("args", "given", "code"),
    [
        pytest.param([GOLDEN / "03-gmail-all-well.eml"], b"", 0, id="ok"),
        pytest.param([INSIDE], b"", 1, id="warning"),
        pytest.param([GOLDEN / "02-failed-at-the-border.eml"], b"", 2, id="critical"),
        pytest.param(["-"], b"no message at all", 3, id="no message"),
        pytest.param(["-"], INSIDE.read_bytes().replace(b"\n", b"\r"), 1, id="from an old Mac"),
        pytest.param(["-"], REFUSED.read_bytes().replace(b"\n", b"\r\n"), 2, id="from Windows"),
    ],
)
def test_it_ends_with_the_codes_of_nagios(args, given, code):
    assert explained(*args, given=given).return_value == code


def test_the_document_has_the_fields_of_its_schema():
    told = json.loads(explained(REFUSED, "--json").stdout)
    assert (told["schema"], told["kind"]) == ("staysub.explain/1", "bounce")
    assert told["bounce"].keys() >= {
        "final_recipient", "action", "status_code", "diagnostic_code", "remote_mta", "remote_address", "family", "stage", "receiver", "rule", "class",
    }  # fmt: skip
    told = json.loads(explained(INSIDE, "--json").stdout)
    assert (told["kind"], told["bounce"]) == ("message", None)
    assert all(
        hop.keys() >= {"n", "from", "by", "client_ip", "family", "with", "tls", "at", "delay_s", "admd", "boundary"}
        for hop in told["hops"]
    )
    assert all(
        each.keys() >= {"authserv_id", "method", "result", "client_ip", "hop", "where"}
        for each in told["authentication"]
    )
    assert {each["code"] for each in told["findings"]} == {"hop.spf-inside-boundary", "hop.ipv4-to-ipv6-inside"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("02-failed-at-the-border", "← entered here"),
        ("26-client-behind-a-gateway", "← entered here, behind a gateway"),
        ("28-from-tenant-to-tenant", "← from another customer"),
    ],
)
def test_where_it_came_in_is_shown(name, words):
    assert words in explained(INSIDE.with_name(f"{name}.eml")).stdout


def test_an_address_is_shown_as_it_is():
    """Rich draws :100: as an emoji, which stands in many IPv6 addresses."""
    shown = explained(INSIDE).stdout
    assert "\N{HUNDRED POINTS SYMBOL}" not in shown
    assert "2603:10a6:10:100::21" in shown


def test_of_a_mailbox_file_the_first_message_is_read():
    """What stands behind it is another message's, and says nothing about this one."""
    mailbox = b"".join(b"From x Tue Apr 28 07:12:29 2026\n" + path.read_bytes() + b"\n" for path in (INSIDE, REFUSED))
    assert json.loads(explained("-", "--json", given=mailbox).stdout)["kind"] == "message"


def test_terminal_controls_stay_text():
    hostile = b"Received: from \x1b[2J.example by x.example; Tue, 28 Apr 2026 07:12:29 +0000\nFrom: a@b\n\nx\n"
    assert "\x1b" not in explained("-", given=hostile).stdout
