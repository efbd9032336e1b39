"""Replies in the forms in which MTAs quote them → the dated rule."""

from datetime import date
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.admission.data import load_rules
from monitor.admission.literal import literal_in
from monitor.admission.replies import match, read_reply
from monitor.admission.shown import filled

RULES = load_rules()
TODAY = date(2026, 11, 24)
# Where two rules know the same words, the one that stands first wins; these are all the overlaps.
SHADOWED = {"generic.x725.5xx": "sw.stalwart.iprev", "ms.olc.dmarc.57509": "ms.eop.dmarc.57509"}
# A host of each receiver whose words others use too.
HOSTS = {
    "apple": "mx01.mail.icloud.com",
    "comcast": "mx1h1.comcast.net",
    "earthlink": "mx01.earthlink-vadesecure.net",
    "gmx": "mx00.gmx.net",
    "mail.ru": "mxs.mail.ru",
    "orange": "smtp-in.orange.fr",
    "proofpoint": "mx0a-00000000.pphosted.com",
    "proton": "mail.protonmail.ch",
    "qq": "mx3.qq.com",
    "t-online": "mx00.t-online.de",
    "xs4all": "mx1.xs4all.nl",
    "yahoo": "mta5.am0.yahoodns.net",
    "zoho": "smtpin.zoho.com",
}
# The rule of its words where the host is another's, or not known.
ANYBODYS = {
    "apple.defer.volume": None,
    "apple.dmarc": "sw.dmarc.check",
    "comcast.dmarc.520": "sw.dmarc.check",
    "earthlink.ptr": "sw.ptr.various",
    "mailru.dmarc": "sw.dmarc.check",
    "orange.dmarc.501": "sw.dmarc.check",
    "proofpoint.dmarc": "sw.dmarc.check",
    "proton.spf": "sw.policydspf.5723",
    "qq.dmarc": "sw.dmarc.check",
    "qq.spf": "sw.spf.check",
    "tonline.dial": None,
    "ui.dmarc": "sw.dmarc.check",
    "ui.listed": None,
    "ui.policy": None,
    "ui.policy.sender": None,
    "ui.ptr": "sw.ptr.various",
    "ui.spf": "sw.spf.check",
    "xs4all.dmarc": "sw.dmarc.check",
    "yahoo.dmarc.5579": None,
    "yahoo.ptr.5725": "sw.ptr.various",
    "zoho.dmarc": "sw.dmarc.check",
}

GMAIL = """550-5.7.26 Your email has been blocked because the sender is unauthenticated.
550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.
550-5.7.26
550-5.7.26  Authentication results:
550-5.7.26  DKIM = did not pass
550 5.7.26  SPF [example.org] with ip: [2001:db8::25] = did not pass"""
GMAIL_LINE = (
    "550 5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to "
    "authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass SPF [example.org] with ip: "
    "[2001:db8::25] = did not pass"
)


def said_by(rule):
    """Its documented reply to somebody; over IPv4 where the rule is not of IPv6 alone."""
    client_ip = ip_address("192.0.2.25" if 4 in rule.family else "2001:db8:25::25")
    return filled(rule.example, client_ip, domain="lists.example.org", helo="mail.lists.example.org")


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_each_documented_example_is_recognised_as_itself(rule):
    """First in the order of the file; the known overlaps are named above."""
    found = match(RULES, said_by(rule), remote_host=HOSTS[rule.receiver] if rule.hosts_required else None)
    assert found is not None
    assert found.rule.id == SHADOWED.get(rule.id, rule.id)


@pytest.mark.parametrize("rule", [each for each in RULES.rules if each.hosts_required], ids=lambda rule: rule.id)
@pytest.mark.parametrize("remote_host", [None, "mx.club.example"])
def test_words_that_many_use_name_no_receiver_but_at_its_own_hosts(rule, remote_host):
    """The words alone are anybody's: what is wrong may be known from them, who says so is not."""
    found = match(RULES, said_by(rule), remote_host=remote_host)
    assert (None if found is None else found.rule.id) == ANYBODYS[rule.id]
    assert found is None or found.receiver is None
    at_home = match(RULES, said_by(rule), remote_host=HOSTS[rule.receiver])
    assert at_home is not None
    assert at_home.receiver == rule.receiver


@pytest.mark.parametrize(
    ("quoted", "line"),
    [
        pytest.param(GMAIL, GMAIL_LINE, id="as received, RFC 5321 §4.2.1"),
        pytest.param(" ".join(GMAIL.split()), GMAIL_LINE, id="Postfix joins the lines and leaves the codes"),
        pytest.param(
            "host gmail-smtp-in.l.google.com[2a00:1450:4010::1b] said: " + " ".join(GMAIL.split())
            + " (in reply to end of DATA command)",
            GMAIL_LINE + " (in reply to end of DATA command)",
            id="Postfix's own text",
        ),
        pytest.param("smtp; " + GMAIL, GMAIL_LINE, id="Diagnostic-Code with its type, RFC 3464 §2.3.6"),
        pytest.param("\n".join("<<< " + line for line in GMAIL.splitlines()), GMAIL_LINE, id="Sendmail's transcript"),
        pytest.param(
            "SMTP error from remote mail server after end of data: 554 5.7.26 Service unavailable",
            "554 5.7.26 Service unavailable",
            id="Exim",
        ),
        pytest.param(
            "SMTP error from remote mail server after RCPT TO:<a@example.net>: 550 no", "550 no", id="Exim after RCPT"
        ),
        pytest.param("554-Bad DNS PTR resource record.\n554 For explanation visit x", "554 Bad DNS PTR resource record. For explanation visit x", id="no enhanced code"),
        pytest.param("550-SPF-check failed: 550 example.com doesn't", "550 SPF-check failed: example.com doesn't", id="hyphens of the text stay"),
        pytest.param("421 4.7.26 wait 450 seconds", "421 4.7.26 wait 450 seconds", id="another number is not a code"),
        pytest.param("5.1.0 - Unknown address error 550-'5.7.1 Refused' (delivery attempts: 0)", "550 5.7.1 Refused' (delivery attempts: 0)", id="Cisco's own guess in front"),
        pytest.param("5.3.0 - Other mail system problem ('550', ['Refused'])", "550 Refused'])", id="Cisco's, as a list"),
        pytest.param("5.4.7 - Delivery expired (message too old)", "5.4.7 - Delivery expired (message too old)", id="Cisco's own, no reply in it"),
        pytest.param("220-mx.example.net ESMTP\n220-no spam, please\n421 4.3.2 too busy", "421 4.3.2 too busy", id="greeted, then refused"),
        pytest.param("220 mx.example.net 554 5.7.1 refused", "554 5.7.1 refused", id="greeted and refused in one line"),
        pytest.param("220 mx.example.net [192.0.2.1]:450 ready", "220 mx.example.net [192.0.2.1]:450 ready", id="a greeting alone"),
        pytest.param(
            "550 5.1.7 <a@example.org>: undeliverable: host mx.example.org[192.0.2.1] said: 450 4.1.1 later",
            "550 5.1.7 <a@example.org>: undeliverable: host mx.example.org[192.0.2.1] said: 450 4.1.1 later",
            id="a reply that quotes another",
        ),
        pytest.param("no code at all", "no code at all", id="no code"),
        pytest.param("", "", id="empty"),
        pytest.param("5.7.26 only enhanced", "5.7.26 only enhanced", id="enhanced code alone"),
    ],
)  # fmt: skip
def test_a_reply_is_read_as_one_line(quoted, line):
    assert read_reply(quoted).text == line


@pytest.mark.parametrize(
    ("reply", "rule", "permanence"),
    [
        pytest.param("550 5.7.25 Fix it", "generic.x725.5xx", "hard", id="code alone, RFC 7372 §3.3"),
        pytest.param(
            "450 5.7.25 Fix it", "generic.x725.4xx", "soft", id="the reply's digit wins over the enhanced code"
        ),
        pytest.param("550 4.7.26 Fix it", "generic.x726.5xx", "hard", id="and the other way"),
        pytest.param(
            "421 5.7.32 Your email was blocked because the From: header (RFC5322) in this message isn't aligned with either",
            "goog.bulk.align.5732",
            "soft",
            id="Google's own contradiction",
        ),
        pytest.param(
            "550-5.7.1 Unauthenticated email from example.com is not accepted due to domain's",
            "goog.dmarc.v1.571",
            "hard",
            id="Sendmail keeps only the first line",
        ),
        pytest.param(
            "451 4.7.23 The sending IP address for this message doesn’t have a PTR record, or the PTR record’s forward "
            "DNS entry doesn’t match the sending IP address.",
            "goog.ptr.4723",
            "soft",
            id="Google's x.7.23 is not SPF, RFC 7372 §3.2",
        ),
        pytest.param(
            "550 5.2.1 Service unavailable, [contoso.example] does not accept email over IPv6",
            "ms.eop.v6.optin.521",
            "hard",
            id="a policy under a mailbox code, RFC 3463 §3.3",
        ),
        pytest.param(
            "550 5.7.23 <someone@example.net>: Recipient address rejected: Message rejected due to: SPF fail - not "
            "authorized. Please see http://example.net",
            "sw.policydspf.5723",
            "hard",
            id="Recipient address rejected is Postfix's boilerplate",
        ),
    ],
)
def test_traps(reply, rule, permanence):
    found = match(RULES, reply, on=TODAY)
    assert found is not None
    assert (found.rule.id, found.permanence) == (rule, permanence)


@pytest.mark.parametrize(
    ("reply", "host", "rule"),
    [
        pytest.param(
            "550-inconsistent or no DNS PTR record for 2001:db8:25::25 (see RFC\\n550 1912 2.1)",
            "emig.freenet.de", "freenet.ptr", id="freenet in 2015, over IPv6",
        ),
        pytest.param("550 inconsistent or no DNS PTR record for 192.0.2.25", None, "freenet.ptr", id="in 2017, of no known host"),
        pytest.param("550 inconsistent / missing DNS PTR record (RFC 1912 2.1)", None, "freenet.ptr", id="in 2019"),
        pytest.param(
            "host mx00.emig.gmx.net[192.0.2.9] refused to talk to me: 554-gmx.net (mxgmx017) Nemesis ESMTP Service not "
            "available 554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation visit "
            "http://postmaster.gmx.com/en/error-messages?ip=192.0.2.25&c=rdns",
            "mx00.emig.gmx.net", "ui.ptr", id="GMX's greeting, as Postfix quotes it",
        ),
        pytest.param(
            "554-kundenserver.de (mxeue010) Nemesis ESMTP Service not available\n554-No SMTP service\n"
            "554 invalid DNS PTR resource record, IP=192.0.2.25",
            "mx00.1and1.co.uk", "ui.ptr", id="IONOS in 2017, in other words",
        ),
        pytest.param(
            "554-perfora.net (mxeueus003) Nemesis ESMTP Service not available 554-No SMTP service 554 invalid DNS PTR "
            "resource record, IP=192.0.2.25",
            "mx01.perfora.net", "ui.ptr", id="IONOS in America",
        ),
        pytest.param(
            "554-gmx.net (mxgmx116) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is black listed. "
            "554 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.25&c=bip",
            "mx01.emig.gmx.net", "ui.listed", id="GMX, a blocking list",
        ),
        pytest.param(
            "550-Requested action not taken: mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record",
            "mx-ha02.web.de", "ui.mx", id="web.de: no mailbox is unavailable",
        ),
        pytest.param(
            "421-4.7.0 [2001:db8::2      15] Our system has detected an unusual rate of 421-4.7.0 unsolicited mail originating "
            "from your IP address. To protect our 421 4.7.0 users from spam a1 - gsmtp",
            "gmail-smtp-in.l.google.com", "goog.rate.4728", id="Gmail's rate until 2023",
        ),
        pytest.param(
            "421 4.7.28 Gmail has detected this sender exceeded the quota for sending messages that have the same Message-ID:.",
            None, "goog.rate.4728", id="Gmail's quota of one Message-ID",
        ),
        pytest.param(
            "421 4.7.0 [192.0.2.25] Our system has detected that this message is suspicious due to the very low reputation of "
            "the sending domain. To best protect our users from spam, the message has been blocked.",
            None, "goog.reputation.470", id="Gmail, the domain's reputation",
        ),
        pytest.param(
            "554 imta14.emeryville.ca.mail.comcast.net comcast 192.0.2.25 Comcast block for spam.  Please see "
            "http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
            None, "comcast.listed", id="Comcast BL",
        ),
        pytest.param(
            "451 4.2.0 Throttled - https://postmaster.comcast.net/smtp-error-codes.php#RL000010", None, "comcast.rate",
            id="Comcast RL",
        ),
        pytest.param("421 mwinf5c79 ME Trop de connexions, slow down. OFR005_104 [104]", None, "orange.rate", id="Orange OFR 104"),
        pytest.param("550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]", None, "orange.content.506", id="Orange ofr, in lower case"),
        pytest.param(
            "550 5.5.0 Service refuse. Veuillez essayer plus tard. service refused, please try later. LPN001_108", None,
            "laposte.rate", id="La Poste: later, under 550",
        ),
        pytest.param(
            "550 5.7.1 Service unavailable; client [192.0.2.25] blocked using prs.proofpoint.com", None,
            "proofpoint.reputation", id="Proofpoint's own list",
        ),
        pytest.param(
            "554 Host network not allowed - https://community.mimecast.com/docs/DOC-1369#554 [z7qZw5BPd1.us222]", None,
            "mimecast.policy", id="Mimecast, its customer's rule",
        ),
        pytest.param(
            "451 4.7.651 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. For e-mail delivery "
            "information, see https://postmaster.live.com (S844)",
            "hotmail-com.olc.protection.outlook.com", "ms.olc.rate.47650", id="Outlook.com under another code",
        ),
    ],
)  # fmt: skip
def test_replies_that_people_reported_follow_their_rule(reply, host, rule):
    """As they stand in public reports, with documentation addresses in them."""
    found = match(RULES, reply, on=TODAY, remote_host=host)
    assert found is not None
    assert found.rule.id == rule
    assert found.receiver == RULES.rule(rule).receiver


def test_the_words_that_outlook_com_shares_with_exchange_online_are_its_own_at_its_hosts():
    """Both stand behind the same filter: the host tells whose mailboxes they are."""
    said = "451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (AS761)"
    found = match(RULES, said, on=TODAY, remote_host="hotmail-com.olc.protection.outlook.com")
    assert found is not None
    assert (found.rule.id, found.receiver) == ("ms.eop.busy.47500", "outlook")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
            id="Orange, address",
        ),
        pytest.param(
            "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426",
            id="La Poste",
        ),
        pytest.param("552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", id="Orange, full"),
        pytest.param("550 5.1.1 <x@example.net>: Recipient address rejected: User unknown", id="address"),
        pytest.param("552 5.2.2 Mailbox full", id="mailbox"),
        pytest.param("250 2.0.0 OK", id="accepted"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_about_a_mailbox_follows_no_rule(reply):
    assert match(RULES, reply, on=TODAY) is None


def test_a_rule_of_other_days_is_better_than_none():
    """An old bounce, or a receiver whose documentation is behind."""
    old = "554 5.7.26 Service unavailable, message sent over IPv6 must pass either SPF or DKIM validation"
    then, now = match(RULES, old, on=date(2015, 4, 1)), match(RULES, old, on=TODAY)
    assert then is not None
    assert now is not None
    assert then.rule.id == "ms.eop.v6.auth.5xx.5726"
    assert then.in_force
    assert now.permanence == "hard"  # whatever the softened rule of today says: the digit wins


def test_the_receiver_is_told_by_the_host_before_the_words():
    """A smart host quotes others; and software's words say nothing about who runs it."""
    said = "450 4.7.25 Client host rejected: cannot find your hostname, [2001:db8::25]"
    assert (match(RULES, said).receiver, match(RULES, said, remote_host="mx.t-online.de").receiver) == (
        None,
        "t-online",
    )


GOLDEN = Path(__file__).parents[1] / "golden" / "replies.tsv"


def test_what_lacks_a_rules_literal_is_not_searched_and_would_not_be_found():
    """Every rule against every reply that we know: the quick look says no where the expression does."""
    known = [line.partition("\t")[2] for line in GOLDEN.read_text().splitlines()]
    for text in (read_reply(each).text for each in (*known, *(rule.example for rule in RULES.rules))):
        found = [rule.id for rule in RULES.rules if rule.fits(text, text.casefold())]
        assert found == [rule.id for rule in RULES.rules if rule.pattern.search(text)]
    assert sum(bool(literal_in(rule.expression)) for rule in RULES.rules) > 100


@pytest.mark.parametrize(
    ("expression", "literal"),
    [
        pytest.param("user Unknown here", "user unknown here", id="all of it"),
        pytest.param("abcd?efg", "efg", id="a character that may be missing, too short"),
        pytest.param("abcde{0,2}fghi", "abcd", id="repeated"),
        pytest.param("abcd+efghi", "efghi", id="once or more"),
        pytest.param(r"5\.7\.1 \d+ no", "5.7.1 ", id="escaped"),
        pytest.param("(?:some words) more", " more", id="a group"),
        pytest.param("no (?:a(?:b|c)) more", " more", id="groups in groups"),
        pytest.param(r"x[]|)(]yyyy", "yyyy", id="a class with brackets"),
        pytest.param(r"x[^]|]yyyy", "yyyy", id="a negated class with a bracket"),
        pytest.param("one thing|another thing", "", id="alternatives"),
        pytest.param("^(?!4)(?:a|b)", "", id="nothing of length"),
        pytest.param("grüße an alle", "", id="not ASCII"),
    ],
)
def test_the_literal_of_an_expression_stands_in_all_that_it_matches(expression, literal):
    assert literal_in(expression) == (literal if len(literal) > 3 else "")
