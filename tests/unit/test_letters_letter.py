"""The letter to a postmaster: who gets it, what it cites, and that strangers' text in it is inert."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from itertools import pairwise

import pytest

from monitor.admission.rules import load_rules
from monitor.letters.letter import as_mail, letters_on
from monitor.letters.pages import PAGES
from monitor.letters.standards import CLAUSES
from monitor.letters.text import Writing
from monitor.letters.topics import POLICY_OF_DMARC, REFUSED, REPLIES_OF_DMARC, TOPICS, Reader, topic_of
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.risk import DayDistribution, ReceiverForecast
from monitor.risk.judge import judge
from monitor.tongue.lines import columns
from monitor.tongue.voice import Voice
from tests.builders import a_finding
from tests.pseudo import Pseudo, wide
from tests.refusals import REPLY, refused

RULES = load_rules()
ALL_TOPICS = {*TOPICS.values(), REFUSED, POLICY_OF_DMARC, REPLIES_OF_DMARC}
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
    "RFC 9989 section 5.4",
    "RFC 9989 section 7.2",
    "RFC 9989 section 7.4",
    "RFC 9990",
    "RFC 9991",
    "RFC 8601 section 2.7.3",
}


def test_every_section_asked_for_is_cited_by_some_letter():
    cited = {reference for topic in ALL_TOPICS for reference in topic.clauses}
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
    (letter,) = letters_on([finding(code)], RULES)
    assert (letter.reader, section in letter.text) == (reader, True)


@pytest.mark.parametrize(
    "code", ["bounce.address", "bounce.mailbox", "hop.authentication-forged", "something.else", ""]
)
def test_nothing_is_written_about_what_is_nobodys_policy(code):
    assert letters_on([finding(code, a=1)], RULES) == ()


@pytest.mark.parametrize("code", ["ptr.temperror", "dns.temperror", "hop.spf-temperror", "bounce.other"])
def test_of_what_is_not_known_no_letter_claims_a_cause(code):
    assert letters_on([a_finding(code, Severity.UNKNOWN)], RULES) == ()


def test_what_has_no_standard_is_said():
    (letter,) = letters_on([finding("hop.ipv4-to-ipv6-inside")], RULES)
    assert "No RFC" in letter.text


def finding(code, **evidence):
    return a_finding(
        code,
        evidence=evidence,
        fix=Fix(action=FixAction.PUBLISH, name="example.org", type="TXT", value="v=spf1 ip6:2001:db8::25 -all"),
    )


def test_one_letter_a_reader_with_evidence_and_fix():
    letters = letters_on(
        [finding("spf.ipv6-not-covered", client_ip="2001:db8::25"), finding("dmarc.author-reject")], RULES
    )
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
    letters = letters_on([refusal, owner_s], RULES)
    assert [letter.reader for letter in letters] == readers
    for letter in letters:
        assert "enhanced status code: 4.7.26" in letter.text
        assert "Neither SPF nor DKIM passes." in letter.text
        assert "Reset the score." not in letter.text
        assert ("Sign each post." in letter.text) is (letter.reader is not Reader.RECEIVER)


def test_strangers_text_is_inert():
    (letter,) = letters_on([finding("bounce.policy", reply="550 \x1b[31mred\r\nSubject: forged\x00")], RULES)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", letter.text)
    assert "\nSubject: forged" not in letter.text


def test_as_mail_is_a_draft_that_reads_back():
    (letter,) = letters_on([finding("ptr.missing")], RULES)
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
    (letter,) = letters_on(judge(story).findings, RULES)
    assert letter.reader is Reader.RECEIVER
    assert "your server refuses list mail that your users have asked for" in letter.subject
    for said in (REPLY, "posts: 6", "different subscribers refused: 22", "recipients' domains: gmail.com"):
        assert said in " ".join(letter.text.split()), said
    assert "Ask the postmaster" not in letter.text, "it is to the postmaster"
    assert letters_on(judge(refused(subscribers=1, there=200)).findings, RULES) == (), (
        "one address is no matter of the server's"
    )


def test_where_the_refusing_rule_is_about_the_list_its_own_postmaster_is_written_to_as_well():
    story = refused(subscribers=22, there=22, rule="goog.unauth.5726.v3")
    assert [each.reader for each in letters_on(judge(story).findings, RULES)] == [Reader.SENDER, Reader.RECEIVER]


def test_letters_name_receivers_and_give_no_date_where_nobody_is():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=5, p90_days=5, within={"7d": 1.0})
    on = datetime(2026, 12, 1, tzinfo=UTC)
    usual = {"failure_rate": None, "post_bounces": 1.0, "disabled": days, "removed": None, "disabled_on": on}
    forecasts = [
        ReceiverForecast(receiver=receiver, subscribers=number, **usual)
        for receiver, number in (("yahoo", 30), ("microsoft-365", 0), ("gmail", 1), ("generic", 44), ("gmx", None))
    ]
    (letter,) = letters_on([finding("ptr.missing")], RULES, forecasts=forecasts)
    said = " ".join(letter.text.split())
    assert "30 subscribers at Yahoo and AOL are expected to be dropped from 1 December 2026 on." in said
    assert "1 subscriber at Gmail is expected" in said
    assert "44 subscribers at other receivers are expected" in said
    assert "mail.com" not in said, "nobody knows of subscribers there"
    assert "Microsoft" not in said


def test_without_counts_a_letter_gives_the_first_date_and_names_nobody():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=5, p90_days=5, within={"7d": 1.0})
    usual = {"failure_rate": None, "post_bounces": 1.0, "disabled": days, "removed": None}
    forecasts = [
        ReceiverForecast(receiver="gmail", disabled_on=datetime(2026, 12, 3, tzinfo=UTC), **usual),
        ReceiverForecast(receiver="yahoo", disabled_on=datetime(2026, 12, 1, tzinfo=UTC), **usual),
    ]
    (letter,) = letters_on([finding("ptr.missing")], RULES, forecasts=forecasts)
    said = " ".join(letter.text.split())
    assert "The first subscribers are expected to be dropped on 1 December 2026." in said
    assert not re.search("Gmail|Google|Yahoo|Microsoft|Outlook", said)


def test_a_letter_to_the_sender_cites_the_pages_of_those_receivers_that_have_subscribers():
    usual = {"failure_rate": None, "post_bounces": None, "disabled": None, "removed": None}
    forecasts = [
        ReceiverForecast(receiver=receiver, subscribers=number, **usual)
        for receiver, number in (("gmail", 30), ("outlook", 2), ("yahoo", 0), ("microsoft-365", None))
    ]
    sender, author = letters_on([finding("ptr.missing"), finding("dmarc.author-reject")], RULES, forecasts=forecasts)
    said = " ".join(sender.text.split())
    for page in PAGES:
        assert (page.url in said and f"{page.title}, as of {page.as_of:%-d %B %Y}" in said) is (
            page.receiver in {"gmail", "outlook"}
        ), page.receiver
    assert not [page for page in PAGES if page.url in author.text]


def test_pages_are_of_receivers_that_exist_and_of_days_before_the_rules():
    ids = {receiver.id for receiver in RULES.receivers}
    for page in PAGES:
        assert page.receiver in ids
        assert page.as_of <= RULES.dated
        assert page.url.startswith("https://")


@pytest.mark.parametrize("code", ["bounce.policy", "replies.refused"])
def test_who_refuses_for_p_reject_is_told_what_the_standard_says_to_receivers(code):
    """RFC 9989 section 7.4: a receiver must not reject on p=reject alone."""
    refusal = finding(code, about="author", rule="goog.dmarc.5726", receiver="gmail")
    receiver, author = letters_on([refusal], RULES)
    assert (receiver.reader, author.reader) == (Reader.RECEIVER, Reader.AUTHOR)
    for section in ("RFC 9989 section 7.4", "RFC 9989 section 5.4", "RFC 9989 section 7.2"):
        assert section in receiver.text
    assert "RFC 9989 section 7.4" in author.text


@pytest.mark.parametrize(
    ("rule", "readers"),
    [
        pytest.param(
            "ms.olc.auth.57515", [Reader.SENDER, Reader.RECEIVER], id="bulk without authentication: the list's to mend"
        ),
        pytest.param("ms.eop.from.57512", [Reader.SENDER, Reader.RECEIVER], id="the From that the list rewrites"),
        pytest.param("orange.content.506", [Reader.RECEIVER], id="what stands in the post is nobody's set-up"),
        pytest.param("goog.dmarc.5726", [Reader.RECEIVER, Reader.AUTHOR], id="the author's p=reject"),
    ],
)
def test_no_author_is_blamed_for_p_reject_but_where_a_reply_says_so(rule, readers):
    refusal = finding("bounce.policy", about=RULES.rule(rule).about, rule=rule)
    assert [each.reader for each in letters_on([refusal], RULES)] == readers


def test_a_part_tells_only_what_was_found_of_it():
    """Each topic of a letter has its own evidence and its own change."""
    two = [
        finding("spf.ipv6-not-covered", client_ip="2001:db8::25"),
        replace(finding("ptr.missing", host="mail.example.org"), fix=None),
    ]
    (letter,) = letters_on(two, RULES)
    spf, ptr = letter.text.split("\nAn address that list mail leaves from has no matching PTR record\n")
    assert "client address: 2001:db8::25" in spf
    assert "client address" not in ptr
    assert "host: mail.example.org" in ptr
    assert "publish: example.org TXT" not in ptr


def test_dates_and_pages_are_told_once_however_many_topics_there_are():
    days = DayDistribution(mean_days=5.0, median_days=5, p10_days=5, p90_days=5, within={"7d": 1.0})
    at_gmail = ReceiverForecast(
        receiver="gmail", subscribers=3, failure_rate=None, post_bounces=1.0, disabled=days, removed=None,
        disabled_on=datetime(2026, 12, 1, tzinfo=UTC),
    )  # fmt: skip
    (letter,) = letters_on([finding("spf.ipv6-not-covered"), finding("ptr.missing")], RULES, forecasts=[at_gmail])
    for once in ("Until when\n", "What receivers' own pages ask for\n", "3 subscribers at Gmail"):
        assert letter.text.count(once) == 1


def test_nobody_is_told_to_enable_arc():
    """It moves to Historic (draft-ietf-dmarc-arc-to-historic): lists are helped by From alone."""
    texts = [*CLAUSES.values(), *(page.says for page in PAGES), *(topic.plain for topic in ALL_TOPICS)]
    texts += [text for rule in RULES.rules for text in (rule.note, rule.topic.about, rule.topic.remedy)]
    assert not [text for text in texts if re.search(r"\bARC\b", text)]


def test_who_refuses_what_is_at_fault_is_not_asked_to_take_it():
    found = judge(refused(subscribers=22, there=22, rule="goog.unauth.5726.v3")).findings
    refusal = replace(found[0], code="replies.refused")
    assert [each.reader for each in letters_on([refusal], RULES)] == [Reader.SENDER, Reader.RECEIVER]
    assert [each.reader for each in letters_on([refusal, finding("spf.ipv6-not-covered")], RULES)] == [Reader.SENDER]
    against = replace(refusal, code="replies.against-rules")
    assert Reader.RECEIVER in [each.reader for each in letters_on([against, finding("spf.ipv6-not-covered")], RULES)]


def test_a_letter_is_in_the_language_that_is_asked_for_and_never_cut_for_it(monkeypatch):
    monkeypatch.setattr("monitor.tongue.voice.catalogue", lambda _language: Pseudo())
    found = [finding("spf.ipv6-not-covered", client_ip="2001:db8::25")]
    (letter,), (english,) = letters_on(found, RULES, voice=Voice("de")), letters_on(found, RULES)
    assert letter.language == "de"
    assert letter.subject == wide(english.subject)
    assert "v=spf1 ip6:2001:db8::25 -all" in letter.text, "a record is nobody's language"
    lines = letter.text.split("\n")
    headings = {line for line, below in pairwise(lines) if set(below) == {"-"}}
    assert max(columns(line) for line in lines if line not in headings) <= 76
    assert message_from_bytes(as_mail(letter, now=datetime(2026, 11, 23, tzinfo=UTC)))["Content-Language"] == "de"
    assert message_from_bytes(as_mail(english, now=datetime(2026, 11, 23, tzinfo=UTC)))["Content-Language"] is None


def test_a_fact_is_yes_or_no_in_the_readers_language():
    """It was False, as programs have it."""
    told = Writing(Voice("de"))._told("reachable", False)
    assert "False" not in told
    assert Writing(Voice())._told("reachable", True) == "reachable: True"
