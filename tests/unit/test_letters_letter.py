"""The letter to a postmaster: who gets it, what it cites, and that strangers' text in it is inert."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from monitor.admission.rules import load_rules
from monitor.letters.letter import TOPICS, Reader, as_mail, letters_on, topic_of
from monitor.letters.standards import CLAUSES
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.risk import DayDistribution, ReceiverForecast
from monitor.risk.judge import judge
from tests.builders import a_finding
from tests.refusals import REPLY, refused

# What the question "is there an RFC that we can point them to?" is answered with.
DEMANDED = {
    "RFC 7208 section 2.5",
    "RFC 7208 section 8.4",
    "RFC 7208 section 8.5",
    "RFC 7208 section 8.6",
    "RFC 7208 section 8.7",
    "RFC 7208 appendix F",
    "RFC 7208 appendix G.4",
    "RFC 7372 section 3",
    "RFC 7372 section 4",
    "RFC 5321 section 4.2.1",
    "RFC 5321 section 4.5.4.1",
    "RFC 5321 section 5.1",
    "RFC 5321 section 6.1",
    "RFC 9989 section 7.4",
    "RFC 8601 section 2.7.3",
}


def test_every_section_asked_for_is_cited_by_some_letter():
    cited = {reference for topic in TOPICS.values() for reference in topic.clauses}
    assert cited >= DEMANDED
    assert cited <= set(CLAUSES)


@pytest.mark.parametrize(
    ("code", "reader", "section"),
    [
        ("spf.address-not-authorised", Reader.SENDER, "RFC 7208 section 8.4"),
        ("spf.ipv6-not-covered", Reader.SENDER, "RFC 7372 section 4"),
        ("spf.void-over-ipv6-only", Reader.SENDER, "RFC 7208 section 4.6.4"),
        ("ptr.missing", Reader.SENDER, "RFC 8601 section 2.7.3"),
        ("dns.sporadic", Reader.SENDER, "RFC 7208 appendix G.4"),
        ("dns.failing", Reader.SENDER, "RFC 7208 appendix G.4"),
        ("hop.spf-inside-boundary", Reader.RECEIVER, "RFC 7208 appendix F"),
        ("hop.client-hidden", Reader.RECEIVER, "RFC 7208 section 2.5"),
        ("hop.forwarded", Reader.RECEIVER, "RFC 7208 appendix D"),
        ("hop.spf-fail", Reader.SENDER, "RFC 7208 section 8.4"),
        ("bounce.policy", Reader.RECEIVER, "RFC 5321 section 5.1"),
        ("dmarc.author-reject", Reader.AUTHOR, "RFC 9989 section 7.4"),
    ],
)
def test_each_reason_has_its_reader_and_its_sections(code, reader, section):
    topic = topic_of(code)
    assert topic is not None
    assert topic.reader is reader
    (letter,) = letters_on([finding(code)])
    assert (letter.reader, section in letter.text) == (reader, True)


@pytest.mark.parametrize(
    "code", ["bounce.address", "bounce.mailbox", "hop.authentication-forged", "something.else", ""]
)
def test_nothing_is_written_about_what_is_nobodys_policy(code):
    assert letters_on([finding(code, a=1)]) == ()


@pytest.mark.parametrize("code", ["ptr.temperror", "dns.temperror", "hop.spf-temperror", "bounce.other"])
def test_of_what_is_not_known_no_letter_claims_a_cause(code):
    assert letters_on([a_finding(code, Severity.UNKNOWN)]) == ()


def test_what_has_no_standard_is_said():
    (letter,) = letters_on([finding("hop.ipv4-to-ipv6-inside")])
    assert "No RFC" in letter.text


def finding(code, **evidence):
    return a_finding(
        code,
        evidence=evidence,
        fix=Fix(action=FixAction.PUBLISH, name="example.org", type="TXT", value="v=spf1 ip6:2001:db8::25 -all"),
    )


def test_one_letter_a_reader_with_evidence_and_fix():
    letters = letters_on([finding("spf.ipv6-not-covered", client_ip="2001:db8::25"), finding("dmarc.author-reject")])
    assert [letter.reader for letter in letters] == [Reader.SENDER, Reader.AUTHOR]
    assert "client address: 2001:db8::25" in letters[0].text
    assert "publish: example.org TXT v=spf1 ip6:2001:db8::25 -all" in letters[0].text


@pytest.mark.parametrize(
    ("about", "readers"),
    [
        ("list", [Reader.SENDER, Reader.RECEIVER]),
        ("author", [Reader.RECEIVER, Reader.AUTHOR]),
        ("receiver", [Reader.RECEIVER]),
        (None, [Reader.RECEIVER]),
    ],
)
def test_a_refusal_is_written_about_to_all_who_can_mend_it(about, readers):
    """Who refuses is asked; whose set-up the refusal is about gets the remedy, and only the latter."""
    refusal = a_finding(
        "bounce.policy",
        message="Neither SPF nor DKIM passes.",
        evidence={"about": about, "status_code": "4.7.26"},
        fix=Fix(action=FixAction.CHANGE, name="the list", type="", value="Sign each post."),
    )
    owner_s = a_finding("bounce.counted-against-subscriber", message="Reset the score.")
    letters = letters_on([refusal, owner_s])
    assert [letter.reader for letter in letters] == readers
    for letter in letters:
        assert "enhanced status code: 4.7.26" in letter.text
        assert "Neither SPF nor DKIM passes." in letter.text
        assert "Reset the score." not in letter.text
        assert ("Sign each post." in letter.text) is (letter.reader is not Reader.RECEIVER)


def test_strangers_text_is_inert():
    (letter,) = letters_on([finding("bounce.policy", reply="550 \x1b[31mred\r\nSubject: forged\x00")])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", letter.text)
    assert "\nSubject: forged" not in letter.text


def test_as_mail_is_a_draft_that_reads_back():
    (letter,) = letters_on([finding("ptr.missing")])
    message = message_from_bytes(as_mail(letter, now=datetime(2026, 11, 23, tzinfo=UTC)), policy=default)
    assert message["X-Unsent"] == "1"
    assert message["To"] is None
    assert message.get_content().split() == letter.text.split()


@pytest.mark.parametrize("code", ["dns.no-such-domain", "dns.name-denied"])
def test_no_letter_says_of_another_fault_that_name_servers_fail_from_time_to_time(code):
    assert topic_of(code) is None
    assert topic_of("dns.server-unreachable") is not None


def test_who_was_seen_to_refuse_is_written_to_with_reply_counts_and_what_it_costs():
    story = refused(subscribers=22, there=22)
    (letter,) = letters_on(judge(story).findings)
    assert letter.reader is Reader.RECEIVER
    assert "your server refuses list mail that your users have asked for" in letter.subject
    for said in (REPLY, "posts: 6", "different subscribers refused: 22", "recipients' domains: gmail.com"):
        assert said in " ".join(letter.text.split()), said
    assert "Ask the postmaster" not in letter.text, "it is to the postmaster"
    assert letters_on(judge(refused(subscribers=1, there=200)).findings) == (), (
        "one address is no matter of the server's"
    )


def test_where_the_refusing_rule_is_about_the_list_its_own_postmaster_is_written_to_as_well():
    story = refused(subscribers=22, there=22, rule="goog.unauth.5726.v3")
    assert [each.reader for each in letters_on(judge(story).findings)] == [Reader.SENDER, Reader.RECEIVER]


def test_letters_name_receivers_and_give_no_date_where_nobody_is():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=5, p90_days=5, within={"7d": 1.0})
    on = datetime(2026, 12, 1, tzinfo=UTC)
    usual = {"failure_rate": None, "post_bounces": 1.0, "disabled": days, "removed": None, "disabled_on": on}
    forecasts = [
        ReceiverForecast(receiver=receiver, subscribers=number, **usual)
        for receiver, number in (("yahoo", 30), ("microsoft-365", 0), ("gmail", 1), ("gmx", None))
    ]
    (letter,) = letters_on([finding("ptr.missing")], forecasts=forecasts, name=load_rules().receiver_name)
    said = " ".join(letter.text.split())
    assert "30 subscribers at Yahoo and AOL are expected to be dropped from 2026-12-01 on." in said
    assert "1 subscriber at Gmail is expected" in said
    assert "mail.com and IONOS are expected" in said
    assert "Microsoft" not in said


def test_who_refuses_what_is_at_fault_is_not_asked_to_take_it():
    found = judge(refused(subscribers=22, there=22, rule="goog.unauth.5726.v3")).findings
    refusal = replace(found[0], code="replies.refused")
    assert [each.reader for each in letters_on([refusal])] == [Reader.SENDER, Reader.RECEIVER]
    assert [each.reader for each in letters_on([refusal, finding("spf.ipv6-not-covered")])] == [Reader.SENDER]
    against = replace(refusal, code="replies.against-rules")
    assert Reader.RECEIVER in [each.reader for each in letters_on([against, finding("spf.ipv6-not-covered")])]
