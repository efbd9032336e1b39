"""`staysub check LIST --stored`: the last check shown and its verdicts reached again, without asking anybody."""

import json
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address

import pytest

from monitor.cli.check.command import check_command
from monitor.errors import UsageError
from monitor.evidence.checks.source import CHECKS
from monitor.spf.check import Subject, check
from tests.configured import invoke
from tests.fakes import ZoneResolver
from tests.integration.test_cli_forecast_of_list import CONFIGURATION

pytestmark = pytest.mark.integration

FOUR, SIX = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
ZONES = {
    "lists.example.org": {"TXT": ["v=spf1 a:mail.lists.example.org include:more.example -all"]},
    "mail.lists.example.org": {"A": [str(FOUR)]},
    "more.example": {"TXT": ["v=spf1 ip6:2001:db8:99::/48 -all"]},
}


@pytest.fixture
def staysub(store, configure):
    nobody = CONFIGURATION + '[dns]\nnameservers = ["127.0.0.1:1"]\n'  # whoever asks is refused
    return partial(invoke, check_command, configure(nobody), catch_exceptions=False, standalone_mode=False), store


def test_the_last_check_is_shown_as_it_was(staysub):
    run, store = staysub
    subject = Subject(
        list_id="ipv6-ops",
        domain="lists.example.org",
        reverse_path="ipv6-ops-bounces@lists.example.org",
        helo="mail.lists.example.org",
        outbound=(FOUR, SIX),
    )
    outcome = check(subject, ZoneResolver(ZONES), now=datetime(2026, 1, 5, tzinfo=UTC), slot=1)
    store.evidence.record(CHECKS, outcome)
    found = json.loads(run("ipv6-ops", "--stored", "--json").stdout)
    assert found["evaluated_at"].startswith("2026-01-05T00:00:00")
    told = {(each["client_ip"], each["identity"]): (each["result"], each["mechanism"]) for each in found["results"]}
    assert told[str(FOUR), "mailfrom"] == ("pass", "a:mail.lists.example.org")
    assert told[str(SIX), "mailfrom"] == ("fail", "-all")
    assert "spf.ipv6-not-covered" in [finding["code"] for finding in found["findings"]]
    shown = run("ipv6-ops", "--stored", "--trace", "--tree").stdout
    assert "more.example TXT NOERROR" in shown
    assert "include:more.example  1 lookup" in shown


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["ipv6-ops", "--stored"], "No check of ipv6-ops is stored yet", id="nothing stored"),
        pytest.param(["example.org", "--stored"], "Only checks of lists are stored", id="no list"),
    ],
)
def test_what_is_not_stored_is_said(staysub, args, says):
    run, _ = staysub
    with pytest.raises(UsageError, match=says):
        run(*args)
