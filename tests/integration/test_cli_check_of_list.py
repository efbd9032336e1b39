"""`staysub check LIST` is the worker's check with another caller: for the same facts it says what API and page say."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from fastapi.testclient import TestClient

from monitor.cli.check import command
from monitor.cli.status import status_command
from monitor.config.reload import SettingsSource
from monitor.evidence.checks.source import CHECKS
from monitor.operations import check as worker
from monitor.spf.check import Subject, check
from monitor.wiring import assemble
from monitor.wording.vocabulary import level_word
from tests.builders import a_signature, an_arrival
from tests.configured import invoke
from tests.dkim_keys import IN_ORDER
from tests.fakes import ZoneResolver
from tests.integration.test_cli_forecast_of_list import CONFIGURATION, FOUR, SIX
from tests.pages import pages_of
from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BEFORE = {"lists.example.org": {"TXT": [f"v=spf1 ip4:{FOUR} ip6:{SIX} -all"]}}
ZONES = {
    "lists.example.org": {"TXT": [f"v=spf1 x=1 x=2 ip4:{FOUR} -all"]},  # IPv6 was lost since
    "mail.lists.example.org": {"A": [str(FOUR)], "AAAA": [str(SIX)]},
    "s._domainkey.lists.example.org": {"TXT": [IN_ORDER]},
    FOUR.reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    SIX.reverse_pointer: {"PTR": ["mail.lists.example.org"]},
}


@pytest.fixture(scope="module")
def name_server(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}) as port:
        yield port


@pytest.fixture
def config(configure, name_server):
    return configure(CONFIGURATION + f'[dns]\nnameservers = ["127.0.0.1:{name_server}"]\n')


@pytest.fixture
def staysub(config, monkeypatch):
    monkeypatch.setattr(command, "now", lambda: NOW)
    return partial(invoke, command.check_command, config, catch_exceptions=False)


def fill(store):
    """A check while all was well, and a probe that arrived from a third address with a good signature of the list's."""
    subject = Subject(
        list_id="ipv6-ops",
        domain="lists.example.org",
        reverse_path="ipv6-ops-bounces@lists.example.org",
        helo="mail.lists.example.org",
        outbound=(FOUR, SIX),
    )
    earlier = NOW - timedelta(minutes=15)
    outcome = check(subject, ZoneResolver(BEFORE), now=earlier, slot=1)
    store.evidence.record(CHECKS, outcome)
    arrived = an_arrival(
        list_id="ipv6-ops",
        probe_id="p1",
        received_at=earlier,
        client_ip=SIX + 1,
        spf=(replace(outcome.results[1], client_ip=SIX + 1),),
        dkim=(a_signature(),),
    )
    store.evidence.record_arrival(arrived)


def dump(store):
    return {key: store.client.dump(key) for key in store.client.scan_iter()}


def test_it_says_what_the_workers_check_says_and_writes_nothing(store, config, staysub):
    fill(store)
    before = dump(store)
    said = json.loads(staysub("ipv6-ops", "--json", "--trace").stdout)
    assert dump(store) == before

    services = replace(assemble(SettingsSource(config)), now=lambda: NOW)
    worker.check(services, "ipv6-ops", slot=2)
    client = TestClient(pages_of(services.settings, store, lambda: NOW), base_url="http://127.0.0.1:8025")
    told = client.get("/api/v1/lists/ipv6-ops/checks").json()["checks"][0]

    assert said["findings"] == told["findings"]
    assert said["admission"] == told["admission"]
    assert (said["level"], said["status"]) == ("unknown", "unknown"), "as `status` said it: not checked yet"
    assessed = store.outcomes.assessment("ipv6-ops")
    assert (said["with_this_check"]["level"], said["with_this_check"]["reason"]) == (assessed.level, assessed.reason)
    assert [(each["client_ip"], each["result"]) for each in said["results"]] == [
        (each["client_ip"], each["result"]) for each in told["results"]
    ]
    page = client.get("/lists/ipv6-ops").text
    codes = {each["code"] for each in said["findings"]}
    assert codes >= {"spf.ipv6-not-covered", "spf.changed", "spf.verifier-disagreement"}
    assert all(code in page for code in codes)


def words(text):
    return " ".join(text.split())


def test_it_says_and_ends_with_what_status_does_and_what_it_would_change_besides(store, config, staysub):
    """Before the first check, after it, and once DNS says something else than what was recorded."""
    status = partial(invoke, status_command, config, catch_exceptions=False, standalone_mode=False)
    run = partial(staysub, "ipv6-ops", standalone_mode=False)

    def alike():
        told, row = json.loads(run("--json").stdout), json.loads(status("ipv6-ops", "--json").stdout)["lists"][0]
        assert {key: told[key] for key in ("level", "reason", "act_by")} == {
            key: row[key] for key in ("level", "reason", "act_by")
        }
        codes = {each.return_value for each in (run(), run("--json"), run("--nagios"), status(), status("--nagios"))}
        assert codes == {{"ok": 0, "warning": 1, "critical": 2, "unknown": 3}[told["status"]]}
        (ours, _, _), (theirs, _, _) = (
            each("--nagios").stdout.partition(" | ") for each in (run, partial(status, "ipv6-ops"))
        )
        assert ours == theirs
        shown = words(run().stdout)
        assert row["reason"] in shown
        assert f" {level_word(row['level'])}" in shown
        return told

    assert alike()["level"] == "unknown"
    services = replace(assemble(SettingsSource(config)), now=lambda: NOW)
    fine = replace(services, resolver=lambda: ZoneResolver({**ZONES, **BEFORE}), authorities=lambda: None)
    worker.check(fine, "ipv6-ops", slot=1)
    told = alike()
    assert (told["level"], told["with_this_check"]["level"]) == ("ok", "watch"), "IPv6 was lost since"
    shown = words(run().stdout)
    assert "By what DNS says now: watch" in shown
    assert "This check is not recorded; the next one" in shown
    worker.check(services, "ipv6-ops", slot=2)
    told = alike()
    assert (told["level"], told["with_this_check"]["level"]) == ("watch", "watch")
    assert "By what DNS says now" not in run().stdout
    alone = json.loads(run("--json", "--ip", str(FOUR)).stdout)
    assert (alone["level"], alone["status"]) == (None, "warning"), "from another address its worst finding decides"


def test_the_known_signature_decides_what_receivers_would_say(store, staysub):
    fill(store)
    known = json.loads(staysub("ipv6-ops", "--json").stdout)
    store.client.flushdb()
    unknown = json.loads(staysub("ipv6-ops", "--json").stdout)
    assert {str(SIX + 1)} == {each["client_ip"] for each in known["results"]} - {
        each["client_ip"] for each in unknown["results"]
    }

    def actions(found):
        return {
            each["action"]
            for each in found["admission"]
            if each["client_ip"] == str(SIX) and each["receiver"] == "microsoft-365"
        }

    assert (actions(known), actions(unknown)) == ({"accept"}, {"unknown"})


def test_a_store_that_is_away_is_told_and_leaves_the_rest_known(config, staysub, redis_url):
    config.write_text(config.read_text().replace(redis_url, "unix:///nowhere/redis.sock"))
    ended = staysub("ipv6-ops", "--json")
    found = json.loads(ended.stdout)
    assert "spf.ipv6-not-covered" in {each["code"] for each in found["findings"]}
    assert "What was seen of the list before is left out." in ended.stderr
    assert (found["level"], found["status"]) == ("watch", "warning"), "judged by this check alone"
    assert "By this check alone" in staysub("ipv6-ops").stdout


def test_what_another_name_server_says_is_no_change(store, staysub, name_server):
    fill(store)
    found = json.loads(staysub("ipv6-ops", "--json", "--nameserver", f"127.0.0.1:{name_server}").stdout)
    assert "spf.changed" not in {each["code"] for each in found["findings"]}
