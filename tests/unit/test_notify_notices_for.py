"""Which notices a change makes, and what they say."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.incident.notify_reason import NotifyReason
from monitor.notify.notice import encode, notice_id
from monitor.notify.notices_for import notices_of_list
from monitor.notify.payload import PAYLOAD_LIMIT_BYTES, payload, size_bytes
from tests.builders import a_finding
from tests.sample_notices import NOT_COVERED, NOW, SUGGESTED, URL, assessment, mailing_list, raised, told_first

RULES = load_rules()


def test_each_owner_and_endpoint_gets_one_notice_under_a_lasting_id():
    there = mailing_list(owners=["a@example.org", "b@example.org", "a@example.org"])
    first = notices_of_list(told_first(), assessment(), there, RULES, Settings(), now=NOW)
    again = notices_of_list(told_first(), assessment(), there, RULES, Settings(), now=NOW + timedelta(hours=1))
    assert [(n.channel, n.target) for n in first] == [
        ("mail", "a@example.org"),
        ("mail", "b@example.org"),
        ("webhook", URL),
    ]
    assert [n.id for n in first] == [n.id for n in again]
    assert len({n.id for n in first}) == 3
    assert {n.type for n in first} == {"list.risk.raised"}
    assert all(n.next_attempt_at == NOW for n in first)


def test_every_fact_of_an_id_makes_another_id():
    facts = ("inc-1", 1, "mail", "a@example.org")
    others = [("inc-2", *facts[1:]), ("inc-1", 2, *facts[2:]), (*facts[:2], "webhook", facts[3]), (*facts[:3], "b")]
    assert len({notice_id(*one) for one in [facts, *others]}) == 5


def test_where_nothing_is_told_there_is_no_notice():
    silent = replace(told_first(), heard=None, reason=NotifyReason.KNOWN)
    assert notices_of_list(silent, assessment(), mailing_list(), RULES, Settings(), now=NOW) == ()


def test_the_payload_says_what_who_when_and_what_to_publish():
    incident, change = raised()
    data = payload(incident, change, assessment(), mailing_list(), RULES, link="https://x.example/incidents/inc-1")
    assert data["incident_id"] == "inc-1"
    assert (data["list"], data["level"], data["previous_level"]) == ("ipv6-ops", "critical", "ok")
    assert data["findings"][0]["fix"]["value"] == data["suggested_record"] == SUGGESTED
    assert data["findings"][0]["reference"] == "RFC 7208 section 5.6"
    assert data["forecast"][0]["disabled_on"] == data["act_by"] == "2026-11-28T12:00:00Z"
    assert data["receivers"][0]["subscribers"] == data["subscribers_affected"] == 120
    assert data["omitted"] == []
    json.loads(encode(data))


@pytest.mark.parametrize("text", ["x" * 5_000, "ü" * 5_000, "\ud800 lone", '"\\\x00' * 900])
def test_a_payload_stays_below_its_bound_and_says_what_it_left_out(text):
    incident, change = raised()
    many = [a_finding(f"spf.{n}", message=text, evidence={"a": text, "b": [text] * 50}) for n in range(60)]
    facts = replace(
        assessment(assessment().level, NOT_COVERED, *many), forecasts=assessment().forecasts * 50, reason=text
    )
    data = payload(incident, change, facts, mailing_list(), RULES)
    assert size_bytes(data) <= PAYLOAD_LIMIT_BYTES
    assert data["findings"][0]["code"] == "spf.ipv6-not-covered", "the worst finding was left out"
    assert any("more finding" in line for line in data["omitted"])
    encode(data).encode()


def test_a_record_is_whole_or_missing_but_never_cut():
    incident, change = raised()
    long = "v=spf1 " + "ip4:192.0.2.1 " * 400 + "-all"
    data = payload(incident, change, replace(assessment(), suggested_record=long), mailing_list(), RULES)
    assert data["suggested_record"] is None
    assert any("suggested record" in line for line in data["omitted"])
