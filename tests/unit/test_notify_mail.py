"""What the mail says and how its header fields stand."""

import json
from dataclasses import replace
from email import message_from_bytes, policy
from gettext import NullTranslations

import pytest

from monitor.config.settings import Settings
from monitor.inert import inert
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.incidents import NoticeState
from monitor.model.risk import RiskLevel
from monitor.notify.delivery import deliver
from monitor.notify.digest import gather
from monitor.notify.formats import summary
from monitor.notify.links import Link
from monitor.notify.mail import compose, no_relay
from monitor.notify.payload import PAYLOAD_LIMIT_BYTES
from monitor.tongue.languages import LANGUAGES
from tests.builders import a_finding
from tests.pseudo import Pseudo, wide
from tests.refusals import REPLY
from tests.sample_notices import NOT_COVERED, NOW, SUGGESTED, assessment, mailing_list, notice, seen_notice

SENDER = "staysub@watch.example.net"


def composed(one=None, **changes):
    made = one or notice()
    data = {**json.loads(made.payload), **changes}
    raw = compose(replace(made, payload=json.dumps(data)), sender=SENDER, now=NOW).as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    parts = [message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]
    return message, *parts


def test_the_record_stands_on_a_line_of_its_own_ready_to_copy():
    _, text, html = composed()
    assert SUGGESTED in text.splitlines()
    assert f'<pre class="publish">{SUGGESTED}</pre>' in html


def test_both_parts_say_list_level_date_receiver_and_standard():
    message, text, html = composed()
    assert message["Subject"] == "[ipv6-ops] 120 subscribers at Microsoft 365 at risk, from 28 November"
    for part in (text, html):
        for said in (
            "28 November",
            "19 December",
            "Microsoft 365",
            "120",
            "550 5.7.26",
            "RFC 7208 section 5.6",
            "spf.ipv6-not-covered",
            "mail.lists.example.org.",
            "https://staysub.example.org/incidents/inc-1",
        ):
            assert said in part, said
    assert "Its level is critical; it was ok before.\n" in text


def test_header_fields_mark_an_automatic_message_of_one_thread():
    one = notice()
    message, _, _ = composed(one)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["Message-ID"] == f"<{one.id}@watch.example.net>"
    assert message["List-Id"] == "<ipv6-ops.notices.watch.example.net>"
    later = composed(replace(one, id="msg_later", revision=3))[0]
    assert message["References"] == message["In-Reply-To"] == "<inc-1@watch.example.net>"
    assert later["References"] == message["References"], "mails of one incident are two threads"
    assert "List-Unsubscribe" not in message, "a pause without a page to pause on"


def test_a_link_answers_without_a_log_in_and_pauses_by_one_click():
    """RFC 8058 section 3.1, RFC 2369 section 3.2."""
    link = Link(page="https://staysub.example.org/n/token")
    message = compose(notice(), sender=SENDER, now=NOW, links=lambda _: link)
    assert message["List-Unsubscribe"] == "<https://staysub.example.org/n/token/pause>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part, places in (("plain", ("", "/pause")), ("html", ("", "#acknowledge", "#silence", "/pause"))):
        said = message.get_body((part,)).get_content()
        for where in places:
            assert f"https://staysub.example.org/n/token{where}" in said
    text = message.get_body(("plain",)).get_content()
    assert "acknowledge it or silence it" in text
    assert text.count("https://staysub.example.org/n/token\n") == 1, "the page is told twice"


def test_a_resolution_says_that_it_is_over_and_asks_for_nothing():
    stake = {**json.loads(notice().payload)["at_stake"], "state": "nobody"}
    over = replace(notice(), type="list.risk.resolved")
    message, text, _ = composed(over, level="ok", previous_level="critical", at_stake=stake)
    assert message["Subject"] == "[ipv6-ops] ok again: nobody at risk"
    assert "ipv6-ops@lists.example.org is ok again: nobody at risk." in text
    for asked in ("PUBLISH", "TONIGHT", "WHY", "acknowledge"):
        assert asked not in text


def test_receivers_without_subscribers_are_left_out_unless_there_are_no_others():
    one = notice()
    forecast = json.loads(one.payload)["forecast"][0]
    nobody = {**forecast, "receiver": "gmail", "receiver_name": "Gmail", "subscribers": 0}
    assert "Gmail" not in composed(one, forecast=[nobody, forecast])[1]
    assert "Gmail" in composed(one, forecast=[nobody])[1]
    assert "Gmail" in composed(one, forecast=[{**nobody, "subscribers": None}, forecast])[1]


def test_a_dkim_record_is_published_as_itself_and_not_as_the_spf_record():
    fix = Fix(action=FixAction.PUBLISH, name="s1._domainkey.example.org", type="TXT", value="v=DKIM1; p=A")
    testing = a_finding("dkim.key-testing", fix=fix)
    _, text, html = composed(notice(of=replace(assessment(RiskLevel.WATCH, testing), suggested_record=None)))
    assert "Publish this TXT record at s1._domainkey.example.org" in text
    assert "only SPF record" not in text
    assert "only SPF record" not in html


def test_advice_that_is_no_record_is_prose_and_asks_no_hoster():
    advice = Fix(action=FixAction.CHANGE, name="the list's settings", type="", value="Let the list " + "do this " * 30)
    finding = replace(NOT_COVERED, fix=advice)
    one = notice(of=replace(assessment(RiskLevel.WATCH, finding), suggested_record=None))
    _, text, _ = composed(one)
    assert "1. Change the list's settings: Let the list do this" in text
    assert max(map(len, text.splitlines())) < 130
    assert "PUBLISH" not in text


def test_what_is_forwarded_carries_the_record_itself():
    """Whoever gets the passage alone has no record above it."""
    _, text, html = composed(notice())
    passage = text[text.index("WHAT TO PUBLISH") : text.index("WHY\n")]
    assert "Forward this part" in passage
    assert "ipv6-ops@lists.example.org" in passage
    assert "RFC 7208 section 5.6" in passage
    assert "Publish this as the only SPF record (TXT) at lists.example.org:" in " ".join(passage.split())
    assert SUGGESTED in passage.splitlines()
    for part in (text, html):
        assert "the record above" not in part
        assert "the change above" not in part
        assert part.count(SUGGESTED) == 1, "it is told twice"
    assert f'<pre class="publish">{SUGGESTED}</pre>' in html[html.index('<div class="passage">') :].split("</div>")[0]


def test_what_is_forwarded_carries_every_change_of_dns():
    pointer = Fix(action=FixAction.PUBLISH, name="1.0.0.127.in-addr.arpa", type="PTR", value="mail.lists.example.org.")
    advice = Fix(action=FixAction.CHANGE, name="the list's settings", type="", value="Let the list do this.")
    findings = [replace(NOT_COVERED, code="ptr.missing", fix=pointer), replace(NOT_COVERED, code="x.y", fix=advice)]
    _, text, _ = composed(notice(of=replace(assessment(assessment().level, *findings), suggested_record=None)))
    passage = text[text.index("WHAT TO PUBLISH") :]
    assert "Publish this PTR record at 1.0.0.127.in-addr.arpa:" in passage
    assert pointer.value in passage.splitlines()
    assert advice.value not in passage, "that is no matter of the host's"


def test_a_test_notice_says_that_nothing_is_wrong():
    one = replace(
        notice(), type="endpoint.test", incident_id="", payload=json.dumps({"list": "ipv6-ops", "omitted": []})
    )
    message = compose(one, sender=SENDER, now=NOW)
    assert "Test notice" in message["Subject"]
    assert "nothing to do" in message.get_body(("plain",)).get_content()


HOSTILE = "x\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\x1b[2J\u202e"


def test_hostile_text_stays_text():
    bad = replace(NOT_COVERED, message=HOSTILE, reference=HOSTILE, code=HOSTILE)
    one = notice(
        of=replace(assessment(assessment().level, bad), reason=HOSTILE, record=HOSTILE, suggested_record=HOSTILE)
    )
    message, text, html = composed(one, list=HOSTILE, list_address=HOSTILE, link='https://x/"onclick="1')
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert not any(line.startswith("Bcc:") for line in text.splitlines())
    assert "<script>" not in html
    assert 'onclick="1"' not in html
    for part in (text, html):
        assert "\x1b" not in part
        assert "\u202e" not in part


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_encoded_word_from_outside_is_text_as_well(language):
    """Python's `email` decodes what looks like one, and puts out the line ends that are in it."""
    failed = {"channel": "mail", "target": "=?utf-8?q?a=0D=0ABcc=3A_v=40example.org=0D=0A?=@example.org"}
    one = replace(notice(), type="channel.failed", payload=json.dumps({"list": "ops", "outcome": "smtp-550", **failed}))
    message = compose(one, sender=SENDER, now=NOW, language=language)
    assert "Bcc" not in message_from_bytes(message.as_bytes(), policy=policy.default)
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize("name", ["Liste für Köche", "列表", "a" * 300])
def test_other_scripts_and_long_names_survive(name):
    message, text, _ = composed(list=name, list_address="liste@example.org")
    assert message["Subject"].startswith(f"[{name[:59]}")
    assert message["Subject"].endswith("] 120 subscribers at Microsoft 365 at risk, from 28 November")
    assert "liste@example.org" in text
    assert compose(notice(), sender=SENDER, now=NOW).as_bytes().isascii()


def test_what_another_version_stored_is_told_with_what_it_says():
    one = notice()
    data = json.loads(one.payload)
    for entry in (*data["forecast"], *data["receivers"]):
        del entry["receiver_name"], entry["subscribers"]
    for key in ("omitted", "act_by", "manager", "subscribers_affected", "record_name"):
        del data[key]
    message = compose(replace(one, payload=json.dumps(data)), sender=SENDER, now=NOW)
    assert SUGGESTED in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("payload", ["{}", "[]", "null", '{"findings":[{}],"forecast":[{"level":"watch"}]}', "no json"])
def test_a_notice_that_cannot_be_said_becomes_a_dead_letter_in_the_end(payload):
    settings = Settings.model_validate(
        {"list": [mailing_list()], "notices": {"from": SENDER, "relay": "smtp://[::1]:1"}}, by_alias=True
    )
    told = deliver(replace(notice(), payload=payload), settings.file_lists, settings, now=NOW)
    assert told.attempts[0].outcome in ("unsayable", "relay-connect")
    assert told.state is NoticeState.PENDING


class Mistaken(Pseudo):
    """A language whose translator named a place that there is not, as nobody notices before it is said."""

    def gettext(self, message):
        return f"{message} {{nowhere}} %(nowhere)s"


def test_a_faulty_translation_keeps_no_warning_back(monkeypatch):
    monkeypatch.setattr("monitor.tongue.voice.catalogue", lambda tag: NullTranslations() if tag == "en" else Mistaken())
    sent = []
    monkeypatch.setattr("monitor.notify.mail.send", lambda message, *_, **__: sent.append(message) or no_relay(NOW))
    settings = Settings.model_validate(
        {"list": [mailing_list()], "notices": {"from": SENDER, "relay": "smtp://[::1]:1", "language": "de"}},
        by_alias=True,
    )
    deliver(notice(), settings.file_lists, settings, now=NOW)
    (message,) = sent
    assert message["Content-Language"] == "en"
    assert SUGGESTED in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "phrases",
    [
        "no json",
        "[]",
        '{"/headline":["of another version",[],{}]}',
        '{"/headline":["say",["for {whom}"],{}]}',
        '{"/findings":["say",["nothing"],{}],"/findings/0":["say",["nothing"],{}],"/nowhere":["say",["x"],{}]}',
        '{"/at_stake/subscribers":["say",["many"],{}],"/level":["percent",[],{"n":"x"}],"/tonight/0":5}',
    ],
)
def test_phrases_that_do_not_fit_their_payload_leave_its_english(phrases):
    for language in ("en", "de"):
        whole = compose(replace(notice(), phrases=""), sender=SENDER, now=NOW, language=language)
        told = compose(replace(notice(), phrases=phrases), sender=SENDER, now=NOW, language=language)
        assert told["Subject"] == whole["Subject"]
        assert told.get_body(("plain",)).get_content() == whole.get_body(("plain",)).get_content()


def test_inert_shows_what_would_hide():
    assert inert("a\x07b\u202ec\nd") == "a\\x07b\\u202ec\\x0ad"


def test_what_is_not_known_is_told_apart_from_the_reasons():
    """Trouble of reverse DNS is no reason for the danger, nothing to do, and not left out; what is only a note is."""
    ptr = a_finding("ptr.temperror", Severity.UNKNOWN, message="Whether it has a reverse DNS name is not known now.")
    note = a_finding("resolver.dns64", Severity.INFO, message="A matter of our own network.")
    _, text, html = composed(notice(of=assessment(RiskLevel.CRITICAL, NOT_COVERED, ptr, note)))
    why, _, unknown = text.partition("NOT FOUND OUT")
    assert "ptr.temperror" not in why
    assert ptr.message in " ".join(unknown.split())
    assert html.index("Not found out") < html.index(ptr.message)
    for part in (text, html):
        assert note.message not in part
    assert "NOT FOUND OUT" not in composed()[1]


def read(one):
    """Subject, text and HTML of a notice's mail."""
    message = compose(one, sender=SENDER, now=NOW)
    parts = [message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]
    return message["Subject"], *parts


def test_refusals_that_were_seen_are_named_in_subject_and_first_sentence():
    subject, text, html = read(seen_notice(subscribers=22, there=22))
    assert subject == "[ipv6-ops] 22 subscribers at Gmail disabled"
    assert text.startswith("ipv6-ops@lists.example.org: 22 subscribers at Gmail disabled.\n")
    assert "<h1>22 subscribers at Gmail disabled</h1>" in html


def test_such_a_mail_quotes_the_reply_and_says_counts_rule_fate_and_what_to_do():
    one = seen_notice(subscribers=22, there=22, days=9, every=3, rule="goog.dmarc.5726")
    for part in map(" ".join, map(str.split, read(one)[1:])):
        for said in (
            REPLY,
            "Refused 3 of about 8 posts since 21 November, for all 22 subscribers there over IPv6",
            "gmail.com",
            "27 November, 08:00 UTC",
            "goog.dmarc.5726",
            "The author&#39;s domain asks for rejection"
            if "<html" in part
            else "The author's domain asks for rejection",
            "Its rules would take the mail.",
            "expected on",
            "set process_bounces to No. Or raise bounce_score_threshold",
            "set “DMARC mitigation action” to “Replace From: with list address”",
            "Write to the postmaster of Gmail",
        ):
            assert said in part, said
        assert "only SPF record" not in part, "there is nothing to publish"
        assert part.count(REPLY) == 1, "it is told twice"


def test_the_end_of_such_an_incident_says_what_was_wrong_how_long_and_who_was_lost():
    one = replace(seen_notice("resolved", subscribers=22, there=22), type="list.risk.resolved")
    _, text, html = read(one)
    for part in map(" ".join, map(str.split, (text, html))):
        assert "Gmail refused 6 of about 6 posts since 21 November" in part
        assert "It lasted 5 days, from 21 November to 26 November." in part
        assert "22 subscribers at Gmail were disabled on 25 November (gmail.com)" in part
        assert "delivery_status" in part, "nothing says how they get mail again"
    assert "<code>delivery_status</code>" in html
    assert "TONIGHT" not in text


def test_where_nobody_was_lost_there_is_nothing_to_reset():
    one = replace(seen_notice("resolved", subscribers=22, there=22, days=2), type="list.risk.resolved")
    _, text, html = read(one)
    for part in map(" ".join, map(str.split, (text, html))):
        assert "nobody was disabled for it" in part
        assert "delivery_status" not in part
    assert "WHAT TO RESET" not in text


def test_a_first_mail_says_nothing_of_a_level_that_nobody_knew():
    _, text, html = composed(previous_level="unknown")
    assert "Its level is critical.\n" in text
    for part in (text, html):
        assert "before" not in part.partition("What happens")[0].partition("WHAT HAPPENS")[0]
    assert "was" not in summary(notice(), {**json.loads(notice().payload), "previous_level": "unknown"})


def test_that_more_subscribers_are_in_danger_is_said_to_be_why():
    one = replace(notice(), type="list.risk.changed")
    _, text, html = composed(one, previous_level="critical", subscribers_before=64)
    assert "Its level is critical as before, but for more subscribers." in text
    assert "as before, but for more subscribers" in html


def test_what_is_forwarded_is_worded_for_whoever_is_to_be_asked():
    pointer = Fix(
        action=FixAction.ASK, name="whoever hands out the address", type="PTR", value="mail.lists.example.org."
    )
    found = replace(NOT_COVERED, code="ptr.missing", fix=pointer)
    _, text, html = composed(notice(of=replace(assessment(assessment().level, found), suggested_record=None)))
    for part in (text, html):
        said = " ".join(part.split())
        assert "For whoever hands out the address: please publish this PTR record:" in said
        assert "Ask whoever" not in said[: said.lower().rindex("why")]


def test_a_mail_is_in_the_language_of_its_reader(monkeypatch):
    monkeypatch.setattr("monitor.tongue.voice.catalogue", lambda _language: Pseudo())
    message = compose(notice(), sender=SENDER, now=NOW, language="de")
    assert message["Content-Language"] == "de"
    assert message["Subject"].startswith("[ipv6-ops] 120 " + wide("subscribers"))
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert wide("What to publish").upper() in text
    assert SUGGESTED in text.splitlines()
    assert '<html lang="de">' in html


def test_a_day_that_has_passed_is_now():
    (forecast,) = assessment().forecasts
    one = notice(of=replace(assessment(), forecasts=(replace(forecast, disabled_on=NOW.replace(day=20)),)))
    subject, text, html = read(one)
    assert subject == "[ipv6-ops] 120 subscribers at Microsoft 365 at risk now"
    assert "120 subscribers at Microsoft 365 at risk now." in " ".join(text.split())
    assert "<h1>120 subscribers at Microsoft 365 at risk now</h1>" in html


def test_a_receiver_where_nobody_is_has_no_dates():
    one = notice()
    nobody = {**json.loads(one.payload)["forecast"][0], "subscribers": 0}
    _, text, html = composed(one, forecast=[nobody])
    assert "Disabled:" not in text
    assert "Removed:" not in text
    assert "19 December" not in html


@pytest.mark.parametrize("story", [{}, {"subscribers": 22, "there": 22, "rule": "goog.dmarc.5726", "text": "x" * 5000}])
def test_the_payload_of_what_was_seen_stays_below_its_limit(story):
    payload = seen_notice(**story).payload
    assert len(payload.encode()) <= PAYLOAD_LIMIT_BYTES
    (gmail,) = (each for each in json.loads(payload)["forecast"] if each["receiver"] == "gmail")
    assert gmail["actions"] == {"6": "accept", "4": "accept"}
    assert (gmail["seen"]["hit"], gmail["seen"]["posts"], gmail["words"]["reckoned"]) == (
        "all",
        6,
        "its rules would take the mail",
    )


def test_a_digest_says_of_how_many_lists_what_is_at_stake():
    members = [replace(notice(), id=f"msg_{n}", list_id=f"list-{n}") for n in range(2)]
    together, _ = gather(members, now=NOW, due_at=NOW)
    message = compose(together, sender=SENDER, now=NOW, members=members)
    assert message["Subject"] == "[2 lists] 240 subscribers at Microsoft 365 at risk, from 28 November"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "2 lists changed: 2 critical." in text
    assert text.count("ipv6-ops: 120 subscribers at Microsoft 365 at risk, from 28") == 2
    assert html.count("<td>120 subscribers at Microsoft 365 at risk, from 28 November</td>") == 2


@pytest.mark.parametrize(("level", "told"), [("critical", True), ("at-risk", True), ("watch", False)])
def test_an_owner_in_danger_is_led_to_help_and_each_code_to_its_page(level, told):
    made = notice()
    payload = json.dumps({**json.loads(made.payload), "level": level})
    raw = compose(
        replace(made, payload=payload), sender=SENDER, now=NOW, base="https://staysub.example.org/"
    ).as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    for kind in ("plain", "html"):
        said = message.get_body((kind,)).get_content()
        assert ("https://staysub.example.org/help/critical" in said) == told
        assert "https://staysub.example.org/findings/spf.ipv6-not-covered" in said


def test_where_no_address_of_the_pages_is_known_none_is_invented():
    for part in composed()[1:]:
        assert "/help/critical" not in part


def test_what_is_between_grave_accents_is_code_and_still_inert():
    one = notice()
    _, text, html = composed(one, tonight=["set `a` to `<b>`, \x1b[2J"])
    assert "set `a` to `<b>`" in text
    assert "set <code>a</code> to <code>&lt;b&gt;</code>, " in html
    assert "\x1b" not in html
