"""The receiver as SMTP clients meet it: a real server on ::1, real clients, DNS from memory."""

import base64
import smtplib
import socket
import ssl
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv6Network, ip_address
from types import SimpleNamespace

import dkim
import nacl.encoding
import pytest
import trustme

from monitor.errors import Unavailable
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AuthResult, CanaryKind, ProbeState
from monitor.model.header import FromForm, OneClick
from monitor.probe.token import ALWAYS, TokenKind, make_probe_id
from monitor.receiver.limits import Limits
from monitor.receiver.selfcheck import knock, when_well
from monitor.receiver.sockets import bind
from tests.builders import a_vantage
from tests.fakes import ZoneResolver
from tests.integration.house import (
    DOMAIN,
    KEY,
    NOW,
    SENT_AT,
    SIGNING_KEY,
    ZONES,
    House,
    address,
    client,
    message,
    probe_as,
    send,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def house():
    return House()


def test_an_arrival_holds_what_an_admission_rule_can_ask(house, monkeypatch):
    """Client address, HELO, PTR, both SPF identities, DKIM, DMARC, TLS, size, delay, hops: recorded before the 250."""
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=SENT_AT.timestamp))  # the signer's clock agrees with ours
    to = address()
    content = message(to)
    signature = dkim.sign(
        content,
        b"ed",
        b"lists.example.org",
        SIGNING_KEY.encode(nacl.encoding.Base64Encoder),
        signature_algorithm=b"ed25519-sha256",
    )
    hop = b"Received: from localhost by mail.lists.example.org with LMTP; Sun, 01 Mar 2026 12:00:02 +0000\r\n"
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, to, hop + signature + content) == (250, b"2.0.0 Recorded; thank you.")
        (arrival,) = house.arrivals
    assert (arrival.list_id, arrival.probe_id) == ("ipv6-ops", make_probe_id(KEY, "ipv6-ops", 1))
    assert (arrival.client_ip, arrival.helo) == (ip_address("::1"), "mail.lists.example.org")
    assert arrival.reverse_path == "ipv6-ops-bounces@lists.example.org"
    assert (arrival.ptr.result, arrival.ptr.confirmed) == (PtrResult.PASS, ("mail.lists.example.org",))
    assert [(spf.identity, spf.domain, spf.result) for spf in arrival.spf] == [
        ("mailfrom", "lists.example.org", SpfResult.PASS),
        ("helo", "mail.lists.example.org", SpfResult.PASS),
    ]
    (signed,) = arrival.dkim
    assert (signed.domain, signed.selector, signed.algorithm, signed.result) == (
        "lists.example.org",
        "ed",
        "ed25519-sha256",
        AuthResult.PASS,
    )
    assert arrival.dmarc is not None
    assert (arrival.dmarc.policy_domain, arrival.dmarc.policy) == ("example.org", "quarantine")
    assert (arrival.dmarc.result, arrival.dmarc.spf_aligned, arrival.dmarc.dkim_aligned) == (
        AuthResult.PASS,
        True,
        True,
    )
    assert (arrival.tls_version, arrival.tls_cipher) == (None, None)
    assert arrival.tls is None, "it had no certificate to offer TLS with"
    assert (arrival.from_form, arrival.one_click) == (FromForm.ONE, OneClick.ABSENT)
    assert arrival.size_bytes == len(hop + signature + content)
    assert (arrival.received_at, arrival.delay) == (NOW, timedelta(seconds=7))
    assert [(hop.by_host, hop.with_protocol, hop.delay) for hop in arrival.hops] == [
        ("mail.lists.example.org", "LMTP", None),
        ("receiver.example.org", "ESMTP", timedelta(seconds=5)),
    ]
    assert arrival.message_id == "<probe.abcdefghijklmnop@v6.probe.example.org>"
    assert arrival.list_fields == ("list-id", "list-owner")


def test_starttls_is_recorded_and_a_renewed_certificate_is_used_at_once(house, tmp_path):
    authority = trustme.CA()
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"

    def renew():
        fresh = authority.issue_cert("receiver.example.org", "::1")
        certificate.write_bytes(b"".join(pem.bytes() for pem in fresh.cert_chain_pems))
        key.write_bytes(fresh.private_key_pem.bytes())

    def serial():
        with client(receiver) as session:
            assert session.starttls(context=context)[0] == 220
            session.ehlo()
            assert not session.has_extn("starttls")
            assert not session.has_extn("auth")
            assert send(session, address(), message(address()))[0] == 250
            return session.sock.getpeercert()["serialNumber"]

    context = ssl.create_default_context()
    authority.configure_trust(context)
    renew()
    with house.receiver(tls_certificate=certificate, tls_key=key) as receiver:
        first = serial()
        renew()
        second = serial()
        certificate.write_text("half written")
        assert serial() == second != first
        with client(receiver) as session:
            assert send(session, address(), message(address()))[0] == 250
    assert [each.tls for each in house.arrivals] == [True, True, True, False], "the last one chose to do without"
    arrival = house.arrivals[0]
    assert arrival.tls_version == "TLSv1.3"
    assert arrival.tls_cipher
    assert (arrival.hops[-1].with_protocol, arrival.hops[-1].tls) == ("ESMTPS", True)


@pytest.mark.parametrize(
    ("to", "reply"),
    [
        pytest.param("nobody@" + DOMAIN, b"5.1.1", id="no token"),
        pytest.param("postmaster@" + DOMAIN, b"5.1.1", id="not even postmaster"),
        pytest.param(address(key=b"x" * 32), b"5.1.1", id="forged"),
        pytest.param(address(days=-1), b"5.1.1", id="expired"),
        pytest.param(address(list_id="other"), b"5.1.1", id="a list that is not watched"),
        pytest.param(address().replace(DOMAIN, "example.net"), b"5.7.1", id="relaying"),
        pytest.param("someone@example.net", b"5.7.1", id="relaying to anybody"),
    ],
)
def test_only_valid_tokens_are_accepted(house, to, reply):
    with house.receiver() as receiver, client(receiver) as session:
        code, said = send(session, to, b"")
        assert (code, said[:5]) == (550, reply)
    assert house.arrivals == []


def test_an_mta_that_folds_case_still_finds_the_address(house):
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, address().upper(), message(address()))[0] == 250
    assert house.arrivals[0].list_id == "ipv6-ops"


def test_a_list_that_is_added_later_is_known_without_a_restart(house):
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, address(list_id="new"), b"")[0] == 550
        session.rset()
        house.lists.add("new")
        assert send(session, address(list_id="new"), message(address()))[0] == 250


def test_while_the_store_is_away_nothing_is_accepted(house):
    """451 4.3.0 (RFC 3463 section 3.4): the list's MTA keeps the message and comes again."""
    with house.receiver() as receiver, client(receiver) as session:
        house.store_is_away = True
        assert send(session, address(), message(address())) == (
            451,
            b"4.3.0 The message cannot be recorded now; please try again later.",
        )
        house.store_is_away = False
        assert send(session, address(), message(address()))[0] == 250
    assert len(house.arrivals) == 1


def test_each_address_of_one_message_is_a_probe_of_its_own(house):
    limits = Limits(recipients=2)
    with house.receiver(limits=limits) as receiver, client(receiver) as session:
        session.mail("")
        assert [session.rcpt(address(slot))[0] for slot in (1, 2, 3)] == [250, 250, 452]
        assert session.data(message(address()))[0] == 250
    assert {arrival.probe_id for arrival in house.arrivals} == {make_probe_id(KEY, "ipv6-ops", slot) for slot in (1, 2)}
    assert {arrival.reverse_path for arrival in house.arrivals} == {""}


def test_dns_trouble_is_unknown_and_the_arrival_is_recorded_all_the_same(house):
    """Temperror everywhere, fail nowhere."""
    names = [*ZONES, "_dmarc.lists.example.org"]
    resolver = ZoneResolver(ZONES, dict.fromkeys(names, "servfail"))
    content = b"DKIM-Signature: v=1; a=rsa-sha256; d=lists.example.org; s=ed; h=from; bh=Zg==; b=Zg==\r\n" + message(
        "a@b"
    )
    with house.receiver(resolver=resolver) as receiver, client(receiver) as session:
        assert send(session, address(), content)[0] == 250
    (arrival,) = house.arrivals
    assert {spf.result for spf in arrival.spf} == {SpfResult.TEMPERROR}
    assert arrival.ptr.result is PtrResult.TEMPERROR
    assert [signature.result for signature in arrival.dkim] == [AuthResult.TEMPERROR]
    assert arrival.dmarc is not None
    assert arrival.dmarc.result is AuthResult.TEMPERROR


def test_ipv4_cannot_reach_it(house):
    with house.receiver(address=("::", 0)) as receiver:
        port = receiver.address[1]
        with socket.create_connection(("::1", port), timeout=5) as over_ipv6:
            assert over_ipv6.recv(100).startswith(b"220 receiver.example.org ESMTP Staysub")
        with pytest.raises(OSError, match=r"refused|unreachable"):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def v2_header(command, source):
    octets = ip_address(source).packed
    family = 0x21 if len(octets) == 16 else 0x11
    body = octets + octets + (1025).to_bytes(2, "big") + (25).to_bytes(2, "big")
    return b"\r\n\r\n\x00\r\nQUIT\n" + bytes([0x20 | command, family]) + len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize(
    ("header", "client_ip"),
    [
        pytest.param(b"PROXY TCP6 2001:db8:25::25 2001:db8::1 1025 25\r\n", "2001:db8:25::25", id="version 1"),
        pytest.param(v2_header(1, "2001:db8:25::25"), "2001:db8:25::25", id="version 2"),
        pytest.param(v2_header(0, "2001:db8:25::25"), "::1", id="version 2, its own health check"),
        pytest.param(b"PROXY UNKNOWN\r\n", "::1", id="version 1, unknown"),
    ],
)
def test_a_trusted_proxy_says_whom_it_speaks_for(house, header, client_ip):
    with house.receiver(proxies=(IPv6Network("::1"),)) as receiver:
        session = smtplib.SMTP(local_hostname="mail.lists.example.org", timeout=10)
        session.sock = socket.create_connection(receiver.address, timeout=10)
        session.sock.sendall(header)
        assert session.getreply()[0] == 220
        session.ehlo()
        assert send(session, address(), message(address()))[0] == 250
        session.quit()
    (arrival,) = house.arrivals
    assert arrival.client_ip == ip_address(client_ip)
    assert arrival.spf[0].result is SpfResult.PASS


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n", id="announced over IPv4"),
        pytest.param(v2_header(1, "192.0.2.1"), id="announced over IPv4, version 2"),
        pytest.param(b"PROXY TCP6\r\n", id="cut short"),
        pytest.param(b"EHLO mail.lists.example.org\r\n", id="no header"),
        pytest.param(b"\x00" * 16, id="noise"),
    ],
)
def test_a_proxy_that_announces_no_ipv6_client_is_cut_off(house, header):
    with (
        house.receiver(proxies=(IPv6Network("::1"),)) as receiver,
        socket.create_connection(receiver.address, timeout=10) as proxy,
    ):
        proxy.sendall(header)
        assert proxy.recv(100) == b""


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"PROXY TCP6 2001:db8:25::25 2001:db8::1 1025 25\r\n", id="version 1"),
        pytest.param(v2_header(1, "2001:db8:25::25"), id="version 2"),
    ],
)
def test_nobody_else_may_speak_for_others(house, header):
    with house.receiver() as receiver, socket.create_connection(receiver.address, timeout=10) as liar:
        liar.sendall(header)
        said = b"".join(iter(lambda: liar.recv(1000), b""))
    assert b"\r\n250" not in said
    assert said.splitlines()[-1][:3] in (b"550", b"221")


def test_a_faulty_listen_address_is_one_sentence():
    with pytest.raises(Unavailable, match=r"^127.0.0.1:25, where the receiver would listen, is no address"):
        bind(("127.0.0.1", 25))
    taken = bind(("::1", 0))
    taken.listen()
    with taken, pytest.raises(Unavailable, match=r"is taken by .* \(process \d+\)") as refused:
        bind(taken.getsockname()[:2])
    assert refused.value.reason == "in-use"


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(house, tmp_path):
    (tmp_path / "cert.pem").write_text("nonsense")
    faulty = {"tls_certificate": tmp_path / "cert.pem", "tls_key": tmp_path / "cert.pem"}
    with pytest.raises(Exception, match=r"receiver: tls_certificate: .* cannot be used"), house.receiver(**faulty):
        raise AssertionError("it started")


def test_the_receiver_offers_no_login(house):
    with house.receiver() as receiver, client(receiver) as session:
        assert session.ehlo()[0] == 250
        assert sorted(session.esmtp_features) == ["8bitmime", "help", "size", "smtputf8"]
        assert session.docmd("AUTH", "PLAIN " + base64.b64encode(b"\0a\0b").decode())[0] == 502
        assert session.docmd("VRFY", address())[0] == 252


@pytest.mark.parametrize("proxies", [(), (IPv6Network("::1"),)], ids=["directly", "where proxies are expected"])
def test_the_receiver_is_knocked_at_from_its_own_host(house, proxies):
    """Up to RCPT, so that nothing is recorded; what it refuses or does not answer is our own trouble."""
    with house.receiver(proxies=proxies) as receiver:
        vantage = a_vantage(proxies=proxies)
        knock(vantage, forward_path=address(), address=receiver.address)
        with pytest.raises(Unavailable, match=r"5\.1\.1") as refused:
            knock(vantage, forward_path=address(days=-1), address=receiver.address)
        gone = receiver.address
    assert refused.value.reason == "refused"
    assert house.arrivals == []
    with pytest.raises(Unavailable) as away:
        knock(vantage, forward_path=address(), address=gone)
    assert away.value.reason == "connect"


def asking(rule, refusals, slot=1):
    return address(slot, kind=TokenKind.AS_RULE, rule=rule, refusals=refusals)


def test_a_probe_can_ask_to_be_deferred_as_a_provider_would(house):
    """The rule's documented reply so often, and then the arrival: what lies between is the list's MTA's own clock."""
    probe = probe_as("ms.eop.v6.auth.4xx.4726")
    house.probes[probe.id] = probe
    to = asking(probe.as_rule, 2)
    with house.receiver() as receiver:
        said = []
        for _ in range(3):
            with client(receiver) as session:
                said.append(send(session, to, message(to)))
    refused = (
        450,
        b"4.7.26 Service unavailable, message sent over IPv6 [::1] must pass either SPF or DKIM validation",
    )
    assert said == [refused, refused, (250, b"2.0.0 Recorded; thank you.")]
    seen = house.probes[probe.id].seen
    assert [(attempt.at, attempt.client_ip) for attempt in seen] == [(NOW, ip_address("::1"))] * 2
    assert len(house.arrivals) == 1


def test_a_probe_can_ask_to_be_refused_for_good(house):
    probe = probe_as("goog.v6.571")
    house.probes[probe.id] = probe
    with house.receiver() as receiver, client(receiver) as session:
        code, reply = send(session, asking(probe.as_rule, ALWAYS), message(address()))
    assert (code, reply[:11]) == (550, b"5.7.1 [::1]")
    ended = house.probes[probe.id]
    assert (ended.state, ended.ours) == (ProbeState.BOUNCED, True), "our own doing says nothing about the list"
    assert house.arrivals == []


def test_a_probe_that_asks_for_a_rule_comes_alone(house):
    """The answer to the end of data is one for all recipients (RFC 5321 section 4.2.5)."""
    with house.receiver() as receiver, client(receiver) as session:
        session.mail("")
        to = asking("goog.v6.571", 1)
        assert [session.rcpt(each)[0] for each in (address(2), to)] == [250, 452]
        session.rset()
        session.mail("")
        assert [session.rcpt(each)[0] for each in (to, address(2))] == [250, 452]


def test_the_receiver_gives_a_sign_of_life_only_while_it_answers(house, caplog):
    """Its process may live while it takes no mail: then it is down, and probes that do not arrive are unknown."""
    signs = []
    vantage = a_vantage()
    with house.receiver() as receiver:
        live = when_well(
            vantage, receiver.address, own_address=house.addresses.own_address, note=lambda: signs.append("well")
        )
        live()
        assert signs == ["well"]
    live()
    live()
    assert signs == ["well"]
    assert [record.message for record in caplog.records].count("receiver_unwell") == 1
    house.lists.clear()
    live()
    assert signs == ["well", "well"], "no list is watched: nothing to be tried with"


def test_a_dsn_is_taken_from_the_null_reverse_path_alone_and_noted_in_its_probe(house):
    """RFC 5321 section 4.5.5."""
    probe = replace(probe_as("goog.v6.571"), state=ProbeState.SUBMITTED)
    house.probes[probe.id] = probe
    to = address(kind=TokenKind.BOUNCE)
    report = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.org\r\n\r\n"
        b"Final-Recipient: rfc822; token@v6.probe.example.org\r\nAction: failed\r\nStatus: 5.4.4\r\n"
        b"Diagnostic-Code: X-Postfix; Host not found\r\n"
    )
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, to, report)[0] == 550, "with a reverse-path it is no DSN"
        session.rset()
        assert send(session, to, b"Subject: no report\r\n\r\n", sender="") == (250, b"2.0.0 Recorded; thank you.")
        assert house.probes[probe.id].state is ProbeState.SUBMITTED
        assert send(session, to, report, sender="")[0] == 250
    ended = house.probes[probe.id]
    assert ended.dsn == "failed 5.4.4: Host not found (reported by mail.example.org)"
    assert (ended.state, ended.ours) == (ProbeState.BOUNCED, True)
    assert house.arrivals == []


def test_a_fault_of_ours_puts_the_message_off_and_the_session_goes_on(house, caplog):
    """451 4.3.0, with nothing of our inside told to the client; the next message on the same connection is taken."""
    keep, faults = house.record, iter([ZeroDivisionError("our secret")])

    def stumble_once(arrival):
        for fault in faults:
            raise fault
        keep(arrival)

    house.record = stumble_once
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, address(), message(address())) == (
            451,
            b"4.3.0 Trouble on our side; please try again later.",
        )
        assert send(session, address(), message(address()))[0] == 250
    assert len(house.arrivals) == 1
    assert "receiver_failed" in caplog.text


def test_a_post_to_the_canary_is_an_arrival_of_its_list(house):
    """With its real reverse-path (VERP), no probe, its own Message-ID; never together with another address."""
    to = address(kind=TokenKind.CANARY)
    verp = f"ipv6-ops-bounces+{to.replace('@', '=')}@lists.example.org"
    post = b"Message-ID: <1@example.net>\r\nList-Id: <ipv6-ops.lists.example.org>\r\nList-Post: NO\r\n\r\nhello\r\n"
    notice = b"Message-ID: <2@example.net>\r\nSubject: goodbye from ipv6-ops@lists.example.org\r\n\r\n"
    with house.receiver() as receiver, client(receiver) as session:
        assert send(session, to, post, sender=verp)[0] == 250
        assert send(session, to, notice, sender="")[0] == 250
        session.mail(verp)
        assert [session.rcpt(each)[0] for each in (to, address())] == [250, 452]
    arrival, told = house.arrivals
    assert (arrival.list_id, arrival.probe_id, arrival.message_id) == ("ipv6-ops", None, "<1@example.net>")
    assert (arrival.reverse_path, arrival.list_fields) == (verp, ("list-id", "list-post"))
    assert (arrival.canary.kind, arrival.canary.subject, arrival.delay) == (CanaryKind.POST, "", None)
    assert (told.canary.kind, told.canary.notice) == (CanaryKind.UNSUBSCRIBED, "ezmlm.unsubscribed")


def test_a_post_is_recorded_with_its_from_and_whether_one_click_is_covered(house, monkeypatch):
    """The same post with and without the pair in h=: munged, as From is the address of List-Post."""
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=SENT_AT.timestamp))
    to = address(kind=TokenKind.CANARY)
    post = (
        b"From: A via ipv6-ops <ipv6-ops@lists.example.org>\r\nList-Post: <mailto:ipv6-ops@lists.example.org>\r\n"
        b"List-Unsubscribe: <https://lists.example.org/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        b"Message-ID: <1@example.net>\r\n\r\nhello\r\n"
    )
    with house.receiver() as receiver, client(receiver) as session:
        for covering in ([b"from"], [b"from", b"list-unsubscribe", b"list-unsubscribe-post"]):
            signature = dkim.sign(
                post,
                b"ed",
                b"lists.example.org",
                SIGNING_KEY.encode(nacl.encoding.Base64Encoder),
                signature_algorithm=b"ed25519-sha256",
                include_headers=covering,
            )
            assert send(session, to, signature + post)[0] == 250
    assert [each.one_click for each in house.arrivals] == [OneClick.UNCOVERED, OneClick.COVERED]
    assert {(each.from_list, each.from_form, each.dmarc.result) for each in house.arrivals} == {
        (True, FromForm.ONE, AuthResult.PASS)
    }


def test_the_canary_address_is_the_same_all_year_and_lives_five_more(house):
    addresses = house.addresses
    canary, expires_at = addresses.canary_address("ipv6-ops", DOMAIN)
    addresses.clock = lambda: NOW.replace(month=12)
    assert addresses.canary_address("ipv6-ops", DOMAIN) == (canary, expires_at)
    addresses.clock = lambda: expires_at - timedelta(seconds=1)
    assert addresses.read(canary.partition("@")[0]).claims.kind is TokenKind.CANARY
    assert (expires_at.year, len(canary.partition("@")[0])) == (NOW.year + 6, 58)
