"""A list whose mail no receiver of ours gets: how it signs is stated or learnt, its keys are asked of a real server."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.check.command import check_command
from monitor.cli.learn import learn_command
from monitor.config.reload import SettingsSource
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import RiskLevel
from monitor.model.signing import DkimKey, KnownBy, SignedAs
from monitor.operations import check as worker
from monitor.operations.forget import forget
from monitor.wiring import assemble
from tests.configured import LIST, STORE, invoke
from tests.dkim_keys import IN_ORDER, REVOKED, RSA_1024
from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DOMAIN, FOUR, SIX = "lists.example.org", "192.0.2.25", "2001:db8:25::25"
ZONES = {
    DOMAIN: {"TXT": [f"v=spf1 ip4:{FOUR} -all"], "MX": [(10, f"mail.{DOMAIN}")]},  # IPv6 is not covered
    f"mail.{DOMAIN}": {"A": [FOUR], "AAAA": [SIX]},
    "25.2.0.192.in-addr.arpa": {"PTR": [f"mail.{DOMAIN}"]},
    "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": [f"mail.{DOMAIN}"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none"]},
    f"s1._domainkey.{DOMAIN}": {"TXT": [IN_ORDER]},
    f"short._domainkey.{DOMAIN}": {"TXT": [f"v=DKIM1; t=y; p={RSA_1024}"]},
}
POST = f"""\
DKIM-Signature: v=1; a=rsa-sha256; d={DOMAIN}; s=s1; h=from:date; bh=AA==; b=AA==
Received: from mail.{DOMAIN} (mail.{DOMAIN} [{SIX}]) by mx.example.net with ESMTPS; Mon, 23 Nov 2026 10:00:05 +0000
List-Id: <ipv6-ops.{DOMAIN}>
From: Ann Author <ann@author.example>
Date: Mon, 23 Nov 2026 10:00:00 +0000
Subject: Something private

A body that was copied by hand.
"""


@pytest.fixture
def world(tmp_path, configure, store):
    """`check(minutes, changed)` is the worker's check at that time, with other records; gives what is thought then."""

    def configured(port, stated):
        text = f"{STORE}{LIST}messages_per_day = 12.0\nsubscribers = {{{{'gmail.com' = 100}}}}\n{stated}"
        return configure(text + f'[dns]\nnameservers = ["127.0.0.1:{port}"]\n')

    def check(minutes, changed=None, stated=""):
        zones = {"": zone_text({**ZONES, **(changed or {})})}
        with nsd(tmp_path / f"nsd-{minutes}", zones) as port:
            services = replace(assemble(SettingsSource(configured(port, stated))), now=lambda: at(minutes))
            worker.check(services, "ipv6-ops", slot=minutes + 1)
        return store.outcomes.assessment("ipv6-ops")

    return check, configured


def at(minutes):
    return START + timedelta(minutes=minutes)


def over_ipv6(assessment):
    return next(each for each in assessment.admission if each.receiver == "gmail" and str(each.client_ip) == SIX)


def codes(assessment):
    return {each.code for each in assessment.findings}


STATED = f'dkim = {{{{domain = "{DOMAIN}", selector = "s1"}}}}\n'
REVOKED_KEY = {f"s1._domainkey.{DOMAIN}": {"TXT": [REVOKED]}}


def test_a_stated_key_gives_a_verdict_and_its_revocation_a_date(world):
    check, _ = world
    assert over_ipv6(check(0)).action is AdmissionAction.UNKNOWN  # nobody knows whether it signs
    taken = check(15, stated=STATED)
    assert over_ipv6(taken).action is not AdmissionAction.REJECT
    assert "dkim=pass" in over_ipv6(taken).because
    assert taken.act_by is None
    first = check(30, REVOKED_KEY, stated=STATED)
    assert codes(first) >= {"dkim.key-revoked", "dkim.key-changed"}
    (changed,) = (each for each in first.findings if each.code == "dkim.key-changed")
    assert changed.message == (
        f"The DKIM key at s1._domainkey.{DOMAIN} was revoked between 24 November 2026, 09:45 UTC and "
        "24 November 2026, 10:00 UTC."
    )
    for minutes in (45, 60):
        last = check(minutes, REVOKED_KEY, stated=STATED)
    assert over_ipv6(last).action is AdmissionAction.REJECT
    assert last.level is RiskLevel.CRITICAL
    assert last.act_by is not None
    assert "dkim.key-changed" not in codes(last)


def test_a_post_teaches_the_key_and_nothing_personal(world, store, tmp_path):
    check, configured = world
    config = configured(1, "")
    (tmp_path / "post.eml").write_text(POST)
    dry = invoke(learn_command, config, "ipv6-ops", tmp_path / "post.eml", "--dry-run")
    assert f"signed by the DKIM key s1._domainkey.{DOMAIN}" in "".join(dry.stdout.split("\n"))
    assert store.learnt.of_list("ipv6-ops") is None
    learnt = json.loads(invoke(learn_command, config, "ipv6-ops", "-", "--json", input=POST.encode()).stdout)
    assert learnt["schema"] == "staysub.learn/1"
    assert [(each["domain"], each["selector"]) for each in learnt["signed"]] == [(DOMAIN, "s1")]
    kept = repr(store.learnt.of_list("ipv6-ops"))
    assert not [word for word in ("ann", "Ann", "private") if word in kept]

    assert "dkim=pass" in over_ipv6(check(0)).because
    (newest,) = store.evidence.read(CHECKS, "ipv6-ops", 1)
    assert [(each.whence, each.aligned) for each in newest.signed] == [
        ("by the post given, of 23 November 2026", False)
    ]
    assert "dkim=permerror" in over_ipv6(check(15, REVOKED_KEY)).because

    services = assemble(SettingsSource(config))
    forget(services, "ipv6-ops")
    assert store.learnt.of_list("ipv6-ops") is None


def test_what_several_give_at_once_is_all_kept_and_twice_is_once(store):
    """A post by the command and one by the page, in the same instant and again."""
    shown = [
        SignedAs(known_by=KnownBy.POST, seen_at=START, key=DkimKey(domain=DOMAIN, selector=f"s{n}")) for n in range(8)
    ]
    with ThreadPoolExecutor(len(shown)) as several:
        list(several.map(lambda one: store.learnt.learn("ipv6-ops", (one,)), [*shown, *shown]))
    learnt = store.learnt.of_list("ipv6-ops").seen
    assert len(learnt) == len(shown)
    assert {each.key.selector for each in learnt} == {each.key.selector for each in shown}


def test_what_is_no_post_of_the_list_is_refused_in_a_sentence(world):
    _, configured = world
    answer = invoke(
        learn_command, configured(1, ""), "ipv6-ops", "-", input=b"Subject: x\n\ny\n", standalone_mode=False
    )
    assert (answer.return_value, answer.stdout) == (1, "")
    assert "no Received field" in answer.stderr


def test_a_short_key_under_test_is_told_with_the_record_to_publish(world, tmp_path):
    _, configured = world
    stated = STATED.replace("s1", "short")
    with nsd(tmp_path / "nsd", {"": zone_text(ZONES)}) as port:
        answer = invoke(check_command, configured(port, stated), "ipv6-ops", "--json")
    found = {each["code"]: each for each in json.loads(answer.stdout)["findings"]}
    assert found["dkim.key-short"]["severity"] == "info"
    assert found["dkim.key-testing"]["fix"]["value"] == f"v=DKIM1; p={RSA_1024}"


CHANGES = {
    "ptr.changed": {
        "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["host25.provider.example"]}
    },
    "dkim.key-changed": {f"s1._domainkey.{DOMAIN}": {"TXT": [f"v=DKIM1; p={RSA_1024}"]}},
    "dmarc.changed": {"_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject"]}},
    "dns.mx-changed": {DOMAIN: {"TXT": [f"v=spf1 ip4:{FOUR} -all"], "MX": [(10, "mx.provider.example")]}},
    "dns.address-changed": {f"mail.{DOMAIN}": {"A": [FOUR], "AAAA": [SIX, "2001:db8:25::26"]}},
}


@pytest.mark.parametrize("code", CHANGES)
def test_what_changes_between_two_checks_is_found_once(world, code):
    check, _ = world
    assert not [each for each in codes(check(0, stated=STATED)) if each.endswith("changed")]
    assert [each for each in codes(check(15, CHANGES[code], stated=STATED)) if each.endswith("changed")] == [code]
    assert not [each for each in codes(check(30, CHANGES[code], stated=STATED)) if each.endswith("changed")]
