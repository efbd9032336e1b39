"""Replies as they are shown: with the list's own names and addresses in them, and nobody else's."""

import re
from datetime import date
from ipaddress import ip_address

import pytest

from monitor.admission.data import load_rules
from monitor.admission.replies import read_reply
from monitor.admission.rules import Evidence, admit, reply
from monitor.admission.shown import PLACES, filled
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AuthResult
from monitor.receiver.rule_reply import refusal

RULES = load_rules()
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
DOMAIN, HELO = "lists.list.test", "mail.list.test"
CLIENTS = [
    pytest.param(rule, client_ip, id=f"{rule.id} IPv{client_ip.version}")
    for rule in RULES.rules
    for client_ip in (V4, V6)
    if client_ip.version in rule.family
]

URL = re.compile(r"https?://[^\s)]+")
DOMAIN_NAME = re.compile(r"(?<![\w.@-])(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*(?![\w-])", re.IGNORECASE)
MAILBOX = re.compile(r"[\w.+-]+@[\w.-]+\w")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f]*\b", re.IGNORECASE)
EXAMPLES = re.compile(r"example\.|contoso|\b(?:domain-name|ip-address)\b", re.IGNORECASE)
# What looks like a name, and is none: the RFC that a From field or the reverse-path is named after.
NO_NAMES = {"5322.From", "RFC.5321"}
# Names that the provider itself has in its reply, by receiver: its own hosts, mailboxes and brands.
OWN = {"outlook": {"Outlook.com"}, "cox": {"cox.net"}}


def said(rule, client_ip):
    return reply(rule, Evidence(client_ip=client_ip, spf=None, dkim=None, ptr=None, domain=DOMAIN, helo=HELO))


def own_name(rule, name):
    """Whether it is the list's, or the provider's."""
    receiver = next(each for each in RULES.receivers if each.id == rule.receiver)
    own = {DOMAIN, HELO} | NO_NAMES | OWN.get(rule.receiver, set())
    return name in own or f".{name.lower()}".endswith(receiver.hosts)


@pytest.mark.parametrize(("rule", "client_ip"), CLIENTS)
@pytest.mark.parametrize(
    "answer", [said, lambda rule, ip: refusal(rule, ip, domain=DOMAIN, helo=HELO)], ids=["shown", "answered"]
)
def test_a_reply_shown_for_a_list_names_nobody_else(rule, client_ip, answer):
    """No address, host or domain but the list's own, the provider's own, and the pages that it points to."""
    text = answer(rule, client_ip)
    names = URL.sub("", text)
    assert set(ADDRESS.findall(text.replace("2001:db8:25::/64", ""))) <= {str(client_ip)}
    assert [found for found in MAILBOX.findall(names) if not own_name(rule, found.rpartition("@")[2])] == []
    assert [found for found in DOMAIN_NAME.findall(MAILBOX.sub("", names)) if not own_name(rule, found)] == []
    assert not EXAMPLES.search(text)
    assert "{" not in text


@pytest.mark.parametrize(("rule", "client_ip"), CLIENTS)
@pytest.mark.parametrize("names", [{"domain": DOMAIN, "helo": HELO}, {}], ids=["known", "unknown"])
def test_a_filled_reply_is_still_recognised(rule, client_ip, names):
    """Whatever stands in its places, the reply is one of its own rule."""
    text = read_reply(filled(rule.example, client_ip, **names)).text
    assert rule.fits(text, text.casefold())


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_no_example_tells_the_verdicts_of_somebody_elses_message(rule):
    """Shown for a list whose SPF passes and whose posts are unsigned, "Spf= Fail , Dkim= Pass" would be untrue."""
    verdict = r"(?i)\b(?:spf|dkim|dmarc)\s*=\s*(?:pass|fail|none|softfail|neutral)\b"
    assert re.search(verdict, rule.example) is None


def test_every_place_is_known():
    """And each is used by some rule."""
    used = {place for rule in RULES.rules for place in re.findall(r"\{(\w+)\}", rule.example)}
    assert used == PLACES


def test_what_is_not_known_is_no_name():
    rule = RULES.rule("goog.unauth.5726.v3")
    assert "SPF [<list-domain>] with ip: [2001:db8:25::25]" in reply(
        rule, Evidence(client_ip=V6, spf=None, dkim=None, ptr=None)
    )
    assert f"SPF [{DOMAIN}] with ip: [{V6}]" in said(rule, V6)


def test_the_names_of_a_reply_decide_nothing():
    facts = {"client_ip": V4, "spf": SpfResult.FAIL, "dkim": AuthResult.NONE, "ptr": PtrResult.PASS}
    named = admit(RULES, Evidence(**facts, domain=DOMAIN, helo=HELO), on=date(2026, 11, 23))
    unnamed = admit(RULES, Evidence(**facts), on=date(2026, 11, 23))
    assert [(one.receiver, one.action, one.rule) for one in named] == [
        (one.receiver, one.action, one.rule) for one in unnamed
    ]
