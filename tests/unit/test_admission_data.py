"""`receivers.toml` is sound: dates are ordered, names exist, everything has a source."""

import re
from datetime import date
from pathlib import Path

import pytest

import monitor
from monitor.admission.data import Demand, Rule, load_rules, parse
from monitor.risk.reach import providers, receiver_of
from monitor.trace.boundary import known_admds

RULES = load_rules()
LOADING = re.compile(r"(?<!def )load_rules\(\)")
DEMANDS = [
    pytest.param(receiver.id, demand, id=f"{demand.rule.id} {demand.needs}")
    for receiver in RULES.receivers
    for demand in receiver.demands
]


def test_every_rule_that_was_collected_is_here():
    assert len(RULES.rules) == len({rule.id for rule in RULES.rules}) == 159


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule: Rule):
    """Dates in order, none after the day of the file; sources, standards and a receiver named."""
    assert rule.sources
    assert all(source.strip() for source in rule.sources)
    assert rule.standards
    assert rule.dated_by
    assert any(receiver.id == rule.receiver for receiver in RULES.receivers)
    assert rule.permanence in {"hard", "soft"}
    assert rule.about in {"list", "author", "receiver"}
    assert rule.confidence in {"documented", "standard", "code-documented", "composed", "third-party"}
    assert rule.topic.kind in {"policy", "transient"}
    for span in (rule.span, rule.guess):
        assert span.first is None or span.first <= RULES.dated
        assert span.first is None or span.last is None or span.first <= span.last
    assert all(re.fullmatch(r"[245]\d\d|[45]xx", code) for code in rule.code.split("|"))


def test_nothing_in_the_file_is_dead():
    assert {rule.receiver for rule in RULES.rules} == {receiver.id for receiver in RULES.receivers}
    assert {rule.topic.about for rule in RULES.rules} == {rule.topic.about for rule in RULES.rules if rule.topic.remedy}


@pytest.mark.parametrize(("receiver", "demand"), DEMANDS)
def test_a_demand_is_its_receivers_own(receiver: str, demand: Demand):
    assert demand.rule.receiver == receiver
    assert demand.span.first is None or demand.span.last is None or demand.span.first <= demand.span.last
    assert demand.family <= demand.rule.family


@pytest.mark.parametrize("receiver", RULES.receivers, ids=lambda receiver: receiver.id)
def test_the_demands_of_one_kind_follow_each_other_in_time(receiver):
    for one in receiver.demands:
        for other in receiver.demands:
            if one is not other and one.needs == other.needs and one.bulk == other.bulk and one.family & other.family:
                first, second = sorted((one.span, other.span), key=lambda span: str(span.first or ""))
                assert first.last is not None
                assert second.first is not None
                assert first.last < second.first


@pytest.mark.parametrize(
    ("host", "receiver"),
    [
        ("example-org.mail.protection.outlook.com.", "microsoft-365"),
        ("outlook-com.olc.protection.outlook.com", "outlook"),
        ("example-org.j-v1.mx.microsoft", "microsoft-365"),
        ("ALT1.aspmx.l.google.com", "gmail"),
        ("mx.notgoogle.com", None),
        ("google.com.example.net", None),
        ("mx00.kundenserver.de", "gmx"),
    ],
)
def test_mx_hosts_are_known_by_their_names(host, receiver):
    found = RULES.receiver_of_host(host)
    assert (found.id if found else None) == receiver


def test_the_tables_of_providers_say_the_same_of_each_receiver():
    """Where mail goes, and whose reply it is, go by the same names; only LinkedIn refuses and has no mailboxes."""
    receivers = {each.id: each for each in RULES.receivers if each.hosts}
    for provider in providers():
        receiver = receivers[provider.id]
        assert (receiver.name, receiver.hosts) == (provider.title, provider.mx)
        for end in provider.mx:
            assert end == end.lower()
            assert end.startswith(".")
            assert RULES.receiver_of_host(f"mx00{end}.") == receiver
            assert receiver_of("of-its-own.example", (f"mx00{end}.",)) == provider.id
        for domain in provider.domains:
            assert receiver_of(domain) == provider.id
    assert receivers.keys() - {provider.id for provider in providers()} == {"linkedin"}


@pytest.mark.parametrize("admd", known_admds(), ids=lambda admd: admd.id)
def test_the_hosts_that_take_mail_are_those_that_stamp_it(admd):
    """A domain of Received fields (monitor/trace) has MX hosts of the provider of its name."""
    (named,) = (each for each in RULES.receivers if each.name == admd.name)
    assert any(admd.hosts.search(f"mx00{end}") for end in named.hosts)


def test_misspelt_keys_are_found():
    with pytest.raises(ValueError, match="untill"):
        parse(
            {
                "schema": 1,
                "dated": date(2026, 1, 1),
                "topic": {},
                "rule": [],
                "receiver": [{"id": "a", "name": "A", "untill": 1}],
            }
        )


def test_the_rules_are_loaded_where_a_process_is_put_together():
    """Everywhere else they are handed in, so that a test can give others."""
    house = Path(monitor.__file__).parent
    loading = {str(each.relative_to(house)) for each in house.rglob("*.py") if LOADING.search(each.read_text())}
    assert loading == {"wiring.py", "cli/opening.py"}
