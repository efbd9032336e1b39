"""The notices' own way, watched over a real store: told to the administrator, avoided, and over when it is mended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.cli.doctor.examinations import notices_way
from monitor.config.settings import Settings
from monitor.model.findings import CheckStatus
from monitor.model.incidents import IncidentState
from monitor.notify.relays import relays
from monitor.operations.own_outbound import EVERY, SUBJECT, watch_own_outbound
from monitor.operations.services import Services
from tests.fakes import ZoneResolver

SIX, FOUR = ip_address("2001:db8:26::26"), ip_address("192.0.2.26")
FORWARD = {"relay.example.net": {"A": [str(FOUR)], "AAAA": [str(SIX)]}}
REVERSE = {
    f"{address.reverse_pointer}": {"PTR": ["relay.example.net."]} for address in (SIX, FOUR)
}  # both have a PTR record that leads back


def zones(record):
    return {**FORWARD, **REVERSE, "example.net": {"TXT": [(record.encode(),)]}}


BAD = ZoneResolver(zones("v=spf1 ip4:192.0.2.26 -all"))
GOOD = ZoneResolver(zones("v=spf1 ip4:192.0.2.26 ip6:2001:db8:26::26 -all"))
AWAY = ZoneResolver({**FORWARD, **REVERSE}, errors={"example.net": "timeout"})


def configured(**changes):
    notices = {
        "from": "staysub@example.net",
        "relay": "smtp://relay.example.net",
        "relay_outbound": [str(FOUR), str(SIX)],
        "administrators": ["host@example.org"],
        **changes,
    }
    return Settings.model_validate({"notices": notices}, by_alias=True)


class Watch:
    """The watch at a clock that is set by hand."""

    def __init__(self, store, settings):
        self.at, self.store = datetime.now(UTC), store
        self.services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: self.at)

    def looks(self, resolver):
        self.at += EVERY
        watch_own_outbound(replace(self.services, resolver=lambda: resolver))
        return self.store.incidents.current(SUBJECT)


def test_a_way_that_is_refused_is_told_avoided_and_told_again_when_it_is_mended(store):
    settings = configured()
    watch = Watch(store, settings)
    assert watch.looks(GOOD) is None
    opened = watch.looks(BAD)
    assert (opened.state, opened.reasons) == (IncidentState.OPEN, ("spf.ipv6-not-covered",))
    assert store.suppressions.refused() == {SIX}
    assert [way.name for way in relays(settings.notices, None, {}, store.suppressions.refused())] == [
        "the relay over IPv4",
        "the relay",
    ]
    (told,) = store.notices.of_incident(opened.id)
    assert (told.target, told.type) == ("host@example.org", "host.risk.raised")
    assert "v=spf1" in told.payload, "with the record to publish"
    assert watch.looks(AWAY) == opened, "what is not known ends nothing"
    assert watch.looks(GOOD) is None
    assert store.incidents.get(opened.id).state is IncidentState.RESOLVED
    assert store.suppressions.refused() == frozenset()


def test_it_is_looked_at_now_and_then_only(store):
    watch = Watch(store, configured())
    watch.looks(GOOD)
    watch.at += timedelta(minutes=1) - EVERY
    assert watch.looks(BAD) is None


def test_where_the_relays_addresses_are_not_named_nothing_is_said(store):
    settings = configured(relay_outbound=[])
    assert Watch(store, settings).looks(BAD) is None
    assert list(notices_way(settings, (), BAD, load_rules(), datetime.now(UTC))) == []


@pytest.mark.parametrize(
    ("resolver", "status", "words"),
    [
        (GOOD, CheckStatus.OK, "from every address"),
        (BAD, CheckStatus.CRITICAL, "2001:db8:26::26"),
        (AWAY, CheckStatus.WARNING, "is not known now"),
    ],
)
def test_the_doctor_examines_it(resolver, status, words):
    found = list(notices_way(configured(), (), resolver, load_rules(), datetime.now(UTC)))
    assert {one.status for one in found} == {status}
    assert words in found[0].sentence
