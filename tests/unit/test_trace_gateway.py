"""A receiver that judges its own gateway instead of the client: whose fault such a refusal is."""

from datetime import date
from ipaddress import ip_address

import pytest

from monitor.admission.data import load_rules
from monitor.model.findings import FixAction, Severity
from monitor.trace.bounce_findings import bounce_findings
from monitor.trace.diagnosis import diagnose
from monitor.trace.failures import Failure
from monitor.trace.gateway import gateway_judged, is_internal_address

POLICYD = "550 5.7.23 <m@club.example>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=dev-bounces@lists.example.org;ip={};r=<UNKNOWN>"  # fmt: skip


def found(*replies, remote_mta="mx.club.example [2001:db8:9::1]"):
    failures = [
        Failure(final_recipient="m@club.example", action="failed", status_code="5.7.1", diagnostic_code=reply, remote_mta=remote_mta, standard=True)
        for reply in replies
    ]  # fmt: skip
    rules = load_rules()
    diagnoses = [diagnose(each, rules, on=date(2026, 11, 2)) for each in failures]
    return [each for each in bounce_findings(diagnoses) if each.code == "bounce.policy"]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(POLICYD.format("10.89.0.1"), id="policyd-spf, private"),
        pytest.param(POLICYD.format("100.64.3.1"), id="shared RFC 6598"),
        pytest.param(POLICYD.format("fd00:dead:beef::1"), id="unique local RFC 4193"),
        pytest.param(POLICYD.format("fe80::42:acff:fe11:2"), id="link-local RFC 4291 §2.5.6"),
        pytest.param(POLICYD.format("127.0.0.1"), id="loopback"),
        pytest.param("550 5.7.1 SPF: 192.168.10.1 is not allowed to send mail from lists.example.org", id="in words"),
        pytest.param("550 [SPF] 172.17.0.1 is not allowed to send mail from lists.example.org.", id="Exim"),
        pytest.param(
            "550 5.7.25 Client host rejected: cannot find your reverse hostname, [172.17.0.1]", id="reverse DNS"
        ),
    ],
)
def test_a_refusal_of_an_inside_address_is_the_receivers_fault(reply):
    """RFC 7208 section 2.5: the check is of the SMTP client's address, which that receiver never saw."""
    (finding,) = found(reply)
    assert "club.example" in finding.message
    assert finding.severity is Severity.WARNING
    assert (finding.fix.action, finding.fix.name, finding.fix.type) == (FixAction.ASK, "postmaster of club.example", "")
    assert finding.evidence["about"] == "receiver"
    assert finding.reference.startswith("RFC 7208 section 2.5")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(POLICYD.format("192.0.2.25"), id="an outside address"),
        pytest.param("550 5.7.1 SPF check failed for lists.example.org", id="no address"),
        pytest.param("550 5.7.1 SPF fail: ip=192.0.2.25 at mx[10.0.0.2]", id="the receiver's own address beside"),
        pytest.param("554 5.7.1 <unknown[10.0.0.7]>: Client host rejected: Access denied", id="not about where the mail came from"),
    ],
)  # fmt: skip
def test_other_refusals_stay_what_they_are(reply):
    (finding,) = found(reply)
    assert finding.evidence.get("about") != "receiver"
    assert "gateway" not in finding.message


def test_a_relay_of_our_own_network_sees_us_by_an_inside_address():
    (finding,) = found(POLICYD.format("10.0.0.7"), remote_mta="relay.lists.example.org [10.0.0.2]")
    assert "gateway" not in finding.message


def test_recipients_refused_for_different_addresses_are_told_apart():
    about = {each.evidence.get("about") for each in found(POLICYD.format("192.0.2.25"), POLICYD.format("10.89.0.1"))}
    assert about == {"list", "receiver"}


@pytest.mark.parametrize(
    ("address", "inside"),
    [("172.20.0.1", True), ("100.127.255.254", True), ("::1", True), ("fe80::1", True), ("fc00::1", True), ("169.254.1.1", True), ("192.0.2.1", False), ("2001:db8::1", False), ("3fff::1", False), ("203.0.113.9", False), ("100.128.0.1", False)],
)  # fmt: skip
def test_which_addresses_never_meet_the_outside(address, inside):
    """RFC 6890; those of documentation stand for outside ones."""
    assert is_internal_address(ip_address(address)) is inside


@pytest.mark.parametrize("reply", ["", "550 ::", "550 ip=;ip==ip", "550 1:2:3:4:5:6:7:8:9"])
def test_any_text_is_read(reply):
    assert gateway_judged(reply) is None
