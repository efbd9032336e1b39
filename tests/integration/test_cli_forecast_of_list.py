"""`staysub forecast LIST` over a real store: dates, evidence and what-ifs from recorded checks."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address

import pytest

from monitor.cli.forecast.command import forecast_command
from monitor.cli.status import status_command
from monitor.errors import UsageError
from monitor.evidence.checks.source import CHECKS
from monitor.model.dns import SpfResult
from monitor.model.evidence import CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.model.reach import ReachRecord
from monitor.model.signing import DkimKey, KeyOutcome, KeyState, KnownBy, SignedAs
from monitor.risk.reach import reach
from tests.builders import a_ptr, a_route, an_arrival, an_spf_outcome
from tests.configured import LIST, STORE, invoke

pytestmark = pytest.mark.integration

CONFIGURATION = f"""
{STORE}
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
{LIST}
owners = ["owner@example.org"]
mta = "exim"
messages_per_day = 12.0
subscribers = {{{{"gmail.com" = 200, "microsoft.com" = 100}}}}
"""
FOUR, SIX = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")


def outcome(at, six):
    def spf(address, result):
        return an_spf_outcome(result, client_ip=address, evaluated_at=at)

    return CheckOutcome(
        domain="lists.example.org",
        list_id="ipv6-ops",
        slot=int(at.timestamp()),
        evaluated_at=at,
        status=CheckStatus.CRITICAL,
        record="v=spf1 ip4:192.0.2.25 -all",
        results=(spf(FOUR, SpfResult.PASS), spf(SIX, six)),
        ptrs=(a_ptr(FOUR), a_ptr(SIX)),
    )


@pytest.fixture
def staysub(store, configure):
    return partial(invoke, forecast_command, configure(CONFIGURATION), catch_exceptions=False), store


def dkim_none(store, at):
    """Nothing is known of DKIM until a message arrives; an unsigned one is recorded."""
    unsigned = an_arrival(list_id="ipv6-ops", received_at=at, spf=outcome(at, SpfResult.FAIL).results[1:])
    store.evidence.record_arrival(unsigned)


def test_a_broken_list_has_dates(staysub):
    run, store = staysub
    now = datetime.now(UTC)
    for minutes in (31, 16, 1):
        store.evidence.record(CHECKS, outcome(now - timedelta(minutes=minutes), SpfResult.FAIL))
    dkim_none(store, now - timedelta(minutes=2))
    found = json.loads(run("ipv6-ops", "--json").stdout)
    of = {one["receiver"]: one for one in found["receivers"]}
    assert (found["list"], found["level"]) == ("ipv6-ops", "critical")
    assert (of["gmail"]["action"], of["gmail"]["subscribers"], of["gmail"]["level"]) == ("reject", 200, "critical")
    assert of["gmail"]["disabled"]["median_days"] == 5
    assert of["microsoft-365"]["action"] == "defer"  # Exim goes on over IPv4
    assert of["microsoft-365"]["level"] == "watch"
    assert any("checks" in sentence for sentence in of["gmail"]["failure_rate"]["evidence"])
    assert found["expected_losses"][5] == pytest.approx(200, rel=0.02)
    levels = {one["change"]: one["level"] for one in found["what_if"]}
    assert (levels["publish"], levels["no-ipv6"]) == ("ok", "ok")
    near = json.loads(run("ipv6-ops", "--horizon", "3d", "--json").stdout)["receivers"]
    assert {(one["disabled"]["median_days"], one["disabled_on"]) for one in near} == {(None, None)}
    shown = run("ipv6-ops").stdout
    for words in (
        "Gmail",
        "publish the suggested record",
        "what this rests on",
        "Reckoned: Refuses",
        "brings back only what every address refuses",
        "200 within 7 days",
        f"└{now + timedelta(days=1):%m-%d}",
    ):
        assert words in shown
    unchanged = next(line for line in shown.splitlines() if line.startswith("change nothing"))
    assert unchanged.endswith("critical"), "it has a level as the others have"
    assert "day 1" not in shown, "no day is counted here"


def test_whose_domain_takes_no_mail_over_ipv6_is_in_no_danger_over_ipv6(staysub, configure):
    """Of 200 at Gmail none is at risk while Gmail's mail servers have no IPv6 address, and all the day after."""
    run, store = staysub
    now = datetime.now(UTC)
    for minutes in (31, 16, 1):
        store.evidence.record(CHECKS, outcome(now - timedelta(minutes=minutes), SpfResult.FAIL))
    dkim_none(store, now - timedelta(minutes=2))
    counts = {"gmail.com": 200, "microsoft.com": 100}
    status = partial(invoke, status_command, configure(CONFIGURATION), catch_exceptions=False)
    assert "none of 300 subscribers looked up so far" in status("ipv6-ops").stdout
    levels = []
    for since in (None, now):
        gmail = a_route("gmail-smtp-in.l.google.com", ipv6=since is not None, ipv6_since=since, looked_up_at=now)
        there = reach(counts, {"gmail.com": gmail, "microsoft.com": a_route("a.mail.protection.outlook.com")}, now=now)
        store.reaches.keep("ipv6-ops", ReachRecord(reach=there, counted_at=now, wanted_at=now))
        found = json.loads(run("ipv6-ops", "--json").stdout)
        of = {one["receiver"]: one for one in found["receivers"]}
        levels.append((found["level"], of["gmail"]["level"], of["gmail"]["at_risk"]))
    assert [(at_gmail, at_risk) for _, at_gmail, at_risk in levels] == [("ok", None), ("critical", 200)]
    told = json.loads(status("ipv6-ops", "--json").stdout)["reach"]
    assert told["about"] == "200 of 300 subscribers can be reached over IPv6 today. 100 over IPv4 alone."
    assert "200 of 300 subscribers can be reached over IPv6 today." in status("ipv6-ops").stdout


def test_status_of_one_list_says_whence_it_is_known_how_its_mail_is_signed(staysub, configure):
    _, store = staysub
    key = DkimKey(domain="lists.example.org", selector="s1")
    signed = (SignedAs(known_by=KnownBy.STATED, seen_at=None, key=key),)
    keys = (KeyOutcome(key=key, state=KeyState.IN_ORDER),)
    store.evidence.record(CHECKS, replace(outcome(datetime.now(UTC), SpfResult.FAIL), signed=signed, keys=keys))
    status = partial(invoke, status_command, configure(CONFIGURATION), catch_exceptions=False)
    (told,) = json.loads(status("ipv6-ops", "--json").stdout)["signing"]
    assert told == (
        "The list's mail is signed by the DKIM key s1._domainkey.lists.example.org, as stated in the configuration. "
        "Its record is in order."
    )
    assert told in " ".join(status("ipv6-ops").stdout.split())


def test_nothing_recorded_is_said(staysub):
    run, _ = staysub
    assert json.loads(run("ipv6-ops", "--json").stdout)["receivers"] == []
    assert "Nothing has been recorded" in run("ipv6-ops").stdout


def test_an_unknown_list_is_named(staysub):
    run, _ = staysub
    with pytest.raises(UsageError, match="nowhere"):
        run("nowhere")


def test_numbers_for_a_list_use_its_settings(staysub):
    run, _ = staysub
    (receiver,) = json.loads(run("ipv6-ops", "--reply", "defer", "--json").stdout)["receivers"]
    assert receiver["disabled"]["median_days"] == 9  # Exim gives up after four days
