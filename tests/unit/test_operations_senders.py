"""A record that is proposed for one list serves whatever else sends in its domain's name here."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.cli.check.options import Options
from monitor.cli.check.subject import asked_about
from monitor.config.settings import Settings
from monitor.operations.examine import Known
from monitor.operations.known import subject_of
from monitor.operations.own_outbound import examine_own_outbound
from monitor.operations.senders import senders_of
from monitor.spf.check import check
from tests.builders import a_list
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN = "lists.example.org"
OPS, DEV = a_list(id="ops"), a_list(id="dev", outbound=("198.51.100.7", "2001:db8:7::7"))
ELSEWHERE = a_list(id="choir", reverse_path="choir-bounces@choir.example", outbound=("203.0.113.5",))
LISTS = (OPS, DEV, ELSEWHERE)
NOTICES = {
    "from": f"staysub@{DOMAIN.upper()}",
    "relay": "smtp://relay.example.net",
    "relay_outbound": ["203.0.113.9"],
    "administrators": ["host@example.org"],
}
SETTINGS = Settings.model_validate({"notices": NOTICES}, by_alias=True)
SERVES_ALL = "v=spf1 ip4:192.0.2.25 ip4:198.51.100.7 ip4:203.0.113.9 ip6:2001:db8:7::7 ip6:2001:db8:25::25 -all"
RESOLVER = ZoneResolver({DOMAIN: {"TXT": ["v=spf1 -all"], "MX": [(10, "mail.lists.example.org")]}})


def test_lists_on_the_domain_and_our_own_notices_send_in_its_name():
    senders = senders_of(DOMAIN, LISTS, SETTINGS)
    assert set(map(str, senders)) == {"192.0.2.25", "2001:db8:25::25", "198.51.100.7", "2001:db8:7::7", "203.0.113.9"}
    assert senders_of(DOMAIN, (OPS, OPS), Settings()) == OPS.outbound


@pytest.mark.parametrize("listed", [OPS, DEV], ids=lambda one: one.id)
def test_each_list_of_a_domain_is_told_the_same_record(listed):
    subject = subject_of(listed, Known(), senders_of(DOMAIN, LISTS, SETTINGS))
    found = check(subject, RESOLVER, now=NOW)
    assert found.suggested_record == SERVES_ALL
    assert {each.client_ip for each in found.results} == set(listed.outbound), "the others have checks of their own"


def test_a_domain_that_is_asked_about_by_its_name_is_told_it_too(monkeypatch):
    monkeypatch.setattr("monitor.cli.check.subject.searched_lists", lambda _settings, _name: LISTS)
    options = Options(ips=(ip_address("192.0.2.25"),), mail_from=None, helo=None, elsewhere=False)
    subject, _ = asked_about(SETTINGS, DOMAIN, options, RESOLVER, now=NOW)
    assert check(subject, RESOLVER, now=NOW).suggested_record == SERVES_ALL


def test_so_is_the_administrator_of_our_own_notices():
    found = examine_own_outbound(SETTINGS, LISTS, RESOLVER, now=NOW)
    assert found.suggested_record == SERVES_ALL


def test_a_neighbour_that_declares_a_private_address_hinders_nobody():
    others = (*DEV.outbound, ip_address("10.0.0.5"))
    found = check(replace(subject_of(OPS, Known(), others)), RESOLVER, now=NOW)
    assert "ip4:198.51.100.7" in found.suggested_record
    assert "10.0.0.5" not in found.suggested_record
