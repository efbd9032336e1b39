"""Whose matter a bad result is: the list's, a forwarder's, or the receiver's alone."""

from datetime import UTC, datetime

import pytest

from monitor.admission.data import load_rules
from monitor.model.findings import FixAction, Severity
from monitor.trace.explain import explain

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DATE = "Mon, 2 Nov 2026 10:00:00 +0000"
REST = "From: author@example.net\r\nSubject: a post\r\n\r\nx\r\n"


def hop(text, *, to="", by_protocol="ESMTPS"):
    """A Received field, of "client (address) by host"."""
    client, _, by = text.partition(" by ")
    wanted = f" for <{to}>" if to else ""
    return f"Received: from {client} by {by} with {by_protocol} id 1{wanted}; {DATE}\r\n"


def explained(*fields, results=()):
    """Findings of a message by code; a field that is no Received stands above the next one."""
    message = "".join(field if field.endswith("\r\n") else f"{field}\r\n" for field in fields) + REST
    explanation = explain(message.encode(), load_rules(), now=NOW)
    return explanation, {each.code: each for each in explanation.findings}


AUTHOR = hop("author.example.net (author.example.net [198.51.100.9]) by lists.example.org")
LIST = hop("localhost (localhost [127.0.0.1]) by lists.example.org")
SPF = "Received-SPF: {} (mailfrom) identity=mailfrom; client-ip={}; helo=x; envelope-from=dev-bounces@lists.example.org; receiver={}"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((SPF.format("Fail", "172.20.0.1", "<UNKNOWN>"), hop("lists.example.org (unknown [172.20.0.1]) by mail.club.example")), id="written above"),
        pytest.param((hop("lists.example.org (unknown [172.20.0.1]) by mail.club.example"), SPF.format("Softfail", "172.20.0.1", "<UNKNOWN>")), id="written below, by nobody named"),
        pytest.param((hop("lists.example.org (unknown [fd00::5]) by mail.club.example"), SPF.format("Neutral", "fd00::5", "mail.club.example")), id="IPv6"),
        pytest.param(("Authentication-Results: mail.club.example; spf=fail smtp.mailfrom=lists.example.org; iprev=fail policy.iprev=10.88.0.1", hop("lists.example.org (10.88.0.1) by mail.club.example")), id="no address in the SPF result"),
        pytest.param((hop("unknown (HELO lists.example.org) (10.88.0.1) by mail.club.example"), "Authentication-Results: mail.club.example; spf=fail smtp.mailfrom=lists.example.org"), id="a filter's, directly below"),
    ],
)  # fmt: skip
def test_a_gateway_of_the_receivers_is_the_receivers_matter(fields):
    """RFC 7208 section 2.5: what was judged is not the client."""
    explanation, found = explained(*fields, LIST)
    assert set(found) <= {"hop.client-hidden", "hop.authentication-unproven"}
    finding = found["hop.client-hidden"]
    assert finding.severity is Severity.WARNING
    assert "club.example" in finding.message
    assert "example.org" not in finding.message
    assert (finding.fix.action, finding.fix.name, finding.fix.type) == (FixAction.ASK, "postmaster of club.example", "")
    assert [(each.hop, each.where) for each in explanation.authentication if each.method == "spf"] == [(2, "inside")]


def test_a_container_without_a_name_is_its_recipients_domain():
    """It calls itself by its id: no reason to take it for a host of the sender's."""
    explanation, found = explained(
        SPF.format("Fail", "172.20.0.1", "<UNKNOWN>"),
        hop("lists.example.org (unknown [172.20.0.1]) by 4f3c2d1e0a9b", to="m@club.example"),
        LIST,
    )
    assert explanation.path.admd == "club.example"
    assert set(found) == {"hop.client-hidden"}
    explanation, _ = explained(hop("lists.example.org (x [172.20.0.1]) by store1", to="m@club.example"), LIST)
    assert explanation.path.admd == "example.org"


def test_a_record_that_is_missing_is_missing_whatever_the_address():
    """RFC 7208 section 2.6.1: none is about the domain."""
    _, found = explained(
        SPF.format("None", "10.88.0.1", "mail.club.example"),
        hop("lists.example.org (unknown [10.88.0.1]) by mail.club.example"),
        LIST,
    )
    assert found["hop.spf-fail"].message.endswith(
        "Publish an SPF record at lists.example.org that names every address the list's mail leaves from."
    )
    assert found["hop.client-hidden"].severity is Severity.INFO


BORDER = "mail.forwarder.example (mail.forwarder.example [203.0.113.5]) by mx.club.example"
FAILED = SPF.format("Fail", "203.0.113.5", "mx.club.example")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((hop(BORDER), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@forwarder.example")), id="for an address of its own"),
        pytest.param((hop(BORDER, to="m@club.example"), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@alumni.example")), id="for another address RFC 5321 §4.4"),
        pytest.param((hop(BORDER), "Delivered-To: m@forwarder.example", hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example")), id="Delivered-To"),
        pytest.param((hop(BORDER), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example"), "X-MS-Exchange-ForwardingLoop: m@forwarder.example;8b1e"), id="Exchange's mark against circles"),
        pytest.param((hop(BORDER), hop("mx.forwarder.example (x [203.0.113.4]) by mail.forwarder.example"), hop("lists.example.org (x [192.0.2.25]) by mx.forwarder.example", to="m@forwarder.example")), id="through two of its hosts"),
    ],
)  # fmt: skip
def test_a_forwarder_that_keeps_the_reverse_path_is_named(fields):
    """RFC 7208 appendix D: nothing that the list publishes can mend it."""
    _, found = explained(FAILED, *fields, AUTHOR)
    assert set(found) == {"hop.forwarded"}
    finding = found["hop.forwarded"]
    assert "forwarder.example" in finding.message
    assert "nothing to authorise" in finding.message
    assert (finding.fix.action, finding.fix.name, finding.fix.type) == (
        FixAction.ASK,
        "postmaster of forwarder.example",
        "",
    )
    assert finding.reference == "RFC 7208 appendix D"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param((hop(BORDER), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example")), "came by way of forwarder.example", id="nobody can tell"),
        pytest.param((hop(BORDER, to="m@club.example"), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@club.example")), "came by way of forwarder.example", id="for the same address: a relay or a filter"),
        pytest.param(("X-Original-To: m@club.example", "Delivered-To: m@store.test", hop(BORDER), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@club.example")), "came by way of forwarder.example", id="an alias of the recipient's own"),
        pytest.param((hop(BORDER), hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@forwarder.example", by_protocol="ESMTPSA")), "authorise it", id="submitted there: a relay of the list's"),
        pytest.param((hop(BORDER), hop("author.example.net (x [192.0.2.25]) by mail.forwarder.example", to="dev@lists.example.org")), "authorise it", id="a host that runs the list"),
        pytest.param((hop(BORDER), hop("localhost (localhost [127.0.0.1]) by mail.forwarder.example")), "authorise it", id="written there"),
    ],
)  # fmt: skip
def test_a_host_between_that_may_be_the_lists_own_is_not_called_a_forwarder(fields, sentence):
    _, found = explained(FAILED, *fields)
    assert sentence in found["hop.spf-fail"].message
    assert "hop.forwarded" not in found


def test_a_receiver_that_looks_past_its_filter_judges_the_list():
    failed = SPF.format("Fail", "192.0.2.25", "mx.club.example")
    given = hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@forwarder.example")
    _, found = explained(failed, hop(BORDER), given)
    assert "authorise it" in found["hop.spf-fail"].message


def test_without_the_domain_that_was_checked_nobody_can_tell():
    failed = "Received-SPF: softfail client-ip=203.0.113.5; receiver=mx.club.example"
    given = hop("lists.example.org (x [192.0.2.25]) by mail.forwarder.example", to="m@forwarder.example")
    _, found = explained(failed, hop(BORDER), given)
    assert "came by way of forwarder.example" in found["hop.spf-fail"].message


def test_a_host_by_another_name_of_the_senders_sends_for_it():
    failed = "Received-SPF: fail client-ip=203.0.113.5; envelope-from=dev-bounces@lists.test; receiver=mx.club.example"
    out = hop("out.lists-mail.test (x [203.0.113.5]) by mx.club.example")
    _, found = explained(failed, out, hop("host.lists.test (x [192.0.2.25]) by out.lists-mail.test"))
    assert "authorise it" in found["hop.spf-fail"].message


def test_no_fix_is_a_piece_of_a_record():
    _, found = explained(FAILED, hop(BORDER))
    assert found["hop.spf-fail"].fix.type == ""


def test_a_record_that_cannot_be_used_is_not_mended_by_another_address():
    """RFC 7208 section 2.6.7."""
    _, found = explained(SPF.format("PermError", "203.0.113.5", "mx.club.example"), hop(BORDER))
    assert "cannot be used" in found["hop.spf-fail"].message
    assert "authorise" not in found["hop.spf-fail"].message


FRONT = "Received: from EUR05-DB8-obe.outbound.protection.outlook.com ({}) by\r\n AM6EUR05FT033.mail.protection.outlook.com (10.233.240.123) with Microsoft SMTP Server\r\n (version=TLS1_2, cipher=TLS_AES) id 15.20.1; " + DATE  # fmt: skip
STORE = "Received: from DB8PR06MB1.eurprd06.prod.outlook.com (2603:10a6:10::1) by\r\n DB8PR06MB2.eurprd06.prod.outlook.com with Microsoft SMTP Server id 15.20.1; " + DATE  # fmt: skip
STAMP = "Authentication-Results: spf={} (sender IP is {}) smtp.mailfrom=lists.example.org; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=example.org;"  # fmt: skip


def test_mail_from_tenant_to_tenant_is_inside():
    """The provider judged its own egress: the address is not one to be named, and there was no border."""
    explanation, found = explained(STAMP.format("softfail", "40.107.6.9"), FRONT.format("40.107.6.9"), STORE)
    assert [each.where for each in explanation.authentication if each.method == "spf"] == ["inside"]
    assert not any(each.boundary for each in explanation.path.hops)
    assert set(found) == {"hop.spf-between-customers"}
    assert found["hop.spf-between-customers"].fix is None


def test_mail_that_stayed_with_one_provider_has_its_results_inside():
    explanation, found = explained(STAMP.format("pass", "2603:10a6:10::1"), STORE)
    assert [each.where for each in explanation.authentication if each.method == "spf"] == ["inside"]
    assert found == {}


def test_a_providers_relay_pool_forwards():
    """RFC 7208 appendix D: from there Microsoft sends what it forwards with the reverse-path that it came with."""
    _, found = explained(STAMP.format("fail", "40.95.6.9"), FRONT.format("40.95.6.9"), STORE)
    assert set(found) == {"hop.forwarded"}
    _, found = explained(
        SPF.format("Fail", "40.95.6.9", "mx.club.example"),
        hop("EUR05-DB8-rly.outbound.protection.outlook.com (x [40.95.6.9]) by mx.club.example"),
        STORE,
        "Received: from lists.example.org (192.0.2.25) by AM6EUR05FT033.mail.protection.outlook.com with Microsoft SMTP Server id 15.20.1; "
        + DATE,
    )
    assert "Microsoft 365" in found["hop.forwarded"].message


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param("Authentication-Results: lists.example.org; dkim=none (message not signed)\r\n header.d=none;lists.example.org; dmarc=none action=none\r\n header.from=example.net;", id="the recipient's domain, twice"),
        pytest.param("Authentication-Results: lists.example.org; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=example.net;", id="once"),
        pytest.param(STAMP.format("none", ""), id="no address"),
        pytest.param("X-MS-Exchange-Authentication-Results: spf=fail (sender IP is 10.1.2.3) smtp.mailfrom=example.net;", id="of an organisation's own Exchange"),
    ],
)  # fmt: skip
def test_what_microsoft_writes_into_outgoing_mail_is_no_forgery(stamp):
    """It names the recipient's domain, which has not seen the mail yet."""
    _, found = explained(
        "Authentication-Results: lists.example.org; spf=pass smtp.mailfrom=example.net",
        hop("EUR05-DB8-obe.outbound.protection.outlook.com (x [40.107.6.9]) by lists.example.org"),
        STORE,
        "Subject: before it\r\n" + stamp,
    )
    assert found == {}


def test_results_in_the_recipients_name_that_came_along_are_told():
    """RFC 8601 section 5."""
    _, found = explained(
        "Authentication-Results: mx.club.example; spf=pass smtp.mailfrom=lists.example.org",
        hop(BORDER),
        "Subject: before it\r\nAuthentication-Results: mx.club.example; dkim=pass header.d=bank.example",
    )
    assert set(found) == {"hop.authentication-forged"}


def test_a_filter_may_write_below_all_received_fields():
    """Those of Proton Mail do: nobody can tell, so nobody is called a forger."""
    _, found = explained(
        hop("lists.example.org (x [192.0.2.25]) by mailin001.protonmail.ch"),
        AUTHOR,
        "Authentication-Results: mail.protonmail.ch; dmarc=none header.from=example.net",
    )
    assert set(found) == {"hop.authentication-unproven"}


def test_filters_that_each_tell_one_method_are_no_forgers():
    """The fields of several milters stand above and below the Received field of one host, with ARC sets among them."""
    fields = (
        hop("localhost (localhost [127.0.0.1]) by mx.club.example"),
        "Authentication-Results: mx.club.example; dkim=pass header.d=lists.example.org",
        hop("lists.example.org (x [192.0.2.25]) by mx.club.example"),
        "ARC-Seal: i=1; a=rsa-sha256; d=club.example",
        "Authentication-Results: mx.club.example; spf=pass smtp.mailfrom=lists.example.org",
    )
    _, found = explained(*fields)
    assert set(found) == {"hop.authentication-unproven"}
    _, found = explained(*fields, "Authentication-Results: mx.club.example; dkim=pass header.d=bank.example")
    assert set(found) == {"hop.authentication-unproven", "hop.authentication-forged"}


V4_TO_V6 = (
    hop("mx.example.net (mx.example.net [IPv6:2001:db8:9::2]) by store.example.net"),
    hop("author.example.com (x [198.51.100.7]) by mx.example.net"),
)


def test_ipv4_to_ipv6_is_told_of_every_domain_on_the_way():
    """RFC 7208 appendix F: each of them may check again inside."""
    first, second = "store.example.net (x [192.0.2.7]) by in.club.example", "in.club.example (x [2001:db8::8]) by out.club.example"  # fmt: skip
    explanation, _ = explained(hop(second), hop(first), *V4_TO_V6)
    told = [each.evidence["domain"] for each in explanation.findings if each.code == "hop.ipv4-to-ipv6-inside"]
    assert told == ["example.net", "club.example"]


def test_loopback_is_no_way_between_hosts():
    _, found = explained(hop("localhost (localhost [::1]) by mx.club.example"), hop(BORDER))
    assert found == {}


def test_a_domain_that_looks_at_its_own_users_mail_judges_no_list():
    _, found = explained(
        hop("out.example.net (x [192.0.2.7]) by mx.club.example"),
        "Authentication-Results: out.example.net; spf=softfail smtp.mailfrom=example.net smtp.remote-ip=192.0.2.99",
        hop("pc.example.net (pc.example.net [192.0.2.99]) by out.example.net"),
    )
    assert found == {}
