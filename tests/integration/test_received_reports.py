"""The address for receivers' reports: what is proven is kept as such, what anybody can write is kept apart."""

import base64
import gzip
import json
import smtplib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import dkim
import nacl.encoding
import nacl.signing
import pytest

from monitor.admission.rules import load_rules
from monitor.cli.importing.bounces import import_command
from monitor.cli.services import receiver_command
from monitor.config.settings import Settings
from monitor.dns.authority import Authorities
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.model.vantage import Vantage
from monitor.operations.services import Services
from monitor.receiver.sockets import bind
from monitor.wiring import receiver_backend
from tests.builders import a_list
from tests.configured import LIST, STORE, invoke
from tests.fakes import ZoneResolver
from tests.receiver_thread import in_thread
from tests.servers import needs_nsd, nsd, zone_text
from tests.unit.test_evidence_report_files import mail, part, report, row

pytestmark = [pytest.mark.integration, needs_nsd]

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DOMAIN = "v6.probe.example.org"
KEY = nacl.signing.SigningKey(bytes(32))
PUBLIC = KEY.verify_key.encode(nacl.encoding.Base64Encoder).decode()
ZONES = {
    f"k._domainkey.{name}": {"TXT": [f"v=DKIM1; k=ed25519; p={PUBLIC}"]} for name in ("big.example", "evil.example")
}
AUTH = "<spf><domain>lists.example.org</domain><scope>mfrom</scope><result>fail</result></spf>"
END = f"{(NOW - timedelta(days=1)).timestamp():.0f}"
REPORT = report(row(ip="2001:db8:25::25", auth=AUTH), begin=END, end=END)


class House:
    """Services over a real store, and a receiver that is wired to them."""

    def __init__(self, store):
        self.vantage = Vantage(domain=DOMAIN, hostname="receiver.example.org")
        settings = Settings(receiver=self.vantage, list=[a_list(id="ipv6-ops")])
        self.store, self.resolver = store, ZoneResolver(ZONES)
        self.backend = receiver_backend(
            Services(
                settings=lambda: settings,
                store=store,
                resolver=lambda: self.resolver,
                authorities=lambda: Authorities(self.resolver),
                rules=load_rules(),
                now=lambda: NOW,
            )
        )
        self.address, self.expires_at = self.backend.addresses.reports_address("ipv6-ops", DOMAIN)

    @contextmanager
    def session(self):
        with (
            in_thread(self.vantage, backend=self.backend, resolver=self.resolver, sock=bind(("::1", 0))) as receiver,
            smtplib.SMTP(*receiver.address, timeout=20) as session,
        ):
            session.ehlo()
            yield session

    def send(self, *messages):
        with self.session() as session:
            said = []
            for message in messages:
                session.mail("dmarc@big.example")
                assert session.rcpt(self.address)[0] == 250
                said.append(session.data(message))
        return said

    @property
    def kept(self):
        return [(each.reporter, each.proven, each.by) for each in self.store.evidence.read(DMARC_REPORTS, "ipv6-ops")]


@pytest.fixture
def house(store, monkeypatch):
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=NOW.timestamp))
    return House(store)


def packed(octets=REPORT, author="dmarc@big.example"):
    message = mail(part("application/gzip", gzip.compress(octets))).replace(b"dmarc@big.example", author.encode(), 1)
    return message.replace(b"\n", b"\r\n")


def signed(message, domain, **said):
    signature = dkim.sign(message, b"k", domain.encode(), KEY.encode(nacl.encoding.Base64Encoder), signature_algorithm=b"ed25519-sha256", include_headers=[b"from", b"subject"], **said)  # fmt: skip
    return signature + message


def test_a_report_is_kept_once_before_it_is_acknowledged(house):
    message = signed(packed(), "big.example")
    assert house.send(message, message) == [(250, b"2.0.0 Recorded; thank you.")] * 2
    assert house.kept == [("Big", True, "big.example")]
    everything = b"".join(house.store.client.dump(key) or b"" for key in house.store.client.keys("*"))
    assert b"dmarc@" not in everything


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(packed(), id="unsigned"),
        pytest.param(signed(packed(), "evil.example"), id="signed by another than its author"),
        pytest.param(signed(packed(), "big.example").replace(b"Subject: Report", b"Subject: Other"), id="changed"),
        pytest.param(signed(packed(), "big.example", length=True), id="signed in part, RFC 6376 §8.2"),
    ],
)
def test_what_its_author_did_not_sign_is_kept_apart(house, message):
    assert house.send(message)[0][0] == 250
    assert house.kept == [("Big", False, "")]
    house.send(signed(packed(), "big.example"))
    assert house.kept == [("Big", True, "big.example"), ("Big", False, "")], "it keeps none out that is proven"


def test_a_strangers_signature_proves_the_stranger_whatever_reporter_is_named(house):
    house.send(signed(packed(author="dmarc@evil.example"), "evil.example"))
    assert house.kept == [("Big", True, "evil.example")]
    house.send(signed(packed(), "big.example"))
    assert house.kept == [("Big", True, "big.example"), ("Big", True, "evil.example")], "and keeps no other out"


def test_mail_without_a_report_is_refused_and_nothing_is_kept(house):
    bomb = mail(part("application/gzip", gzip.compress(b"<feedback>" + b" " * (40 << 20)))).replace(b"\n", b"\r\n")
    for said in house.send(b"Subject: hello\r\n\r\nhello\r\n", bomb):
        assert said == (554, b"5.6.0 There is no report in this message that can be read.")
    assert house.kept == []


def test_a_report_may_be_larger_than_a_probe(house):
    large = (
        packed(report(row(ip="2001:db8:25::25", auth=AUTH), begin=END, end=END)) + b"--b--\r\n" + b"x" * 76 + b"\r\n"
    )
    padded = large + (b"x" * 76 + b"\r\n") * (8 << 20 >> 6)
    assert house.send(padded)[0][0] == 250
    with house.session() as session:
        session.mail("a@b.example")
        canary, _ = house.backend.addresses.canary_address("ipv6-ops", DOMAIN)
        assert session.rcpt(canary)[0] == 250
        assert session.data(padded)[0] == 552


def test_a_mail_that_is_piped_is_verified_where_that_is_asked_for(configure, store, tmp_path):
    """As a mail server pipes it, with line feeds alone; without a signature that holds it is kept apart."""
    end = datetime.now(UTC) - timedelta(days=1)
    octets = report(row(ip="2001:db8:25::25", auth=AUTH), begin=f"{end.timestamp():.0f}", end=f"{end.timestamp():.0f}")
    message = signed(packed(octets), "big.example").replace(b"\r\n", b"\n")
    with nsd(tmp_path, {"": zone_text(ZONES)}) as port:
        configuration = configure(f'{STORE}{LIST}[dns]\nnameservers = ["127.0.0.1:{port}"]\n')
        for given in (message.replace(b"From: dmarc@", b"From: forged@"), message):
            found = invoke(import_command, configuration, "reports", "-", "--verify", "--json", input=given)
            assert found.exit_code == 0, found.output
    kept = store.evidence.read(DMARC_REPORTS, "ipv6-ops")
    assert [(each.proven, each.by) for each in kept] == [(True, "big.example"), (False, "")]


def forged_then_genuine(message):
    """Two mails with the same report; only the second is its reporter's."""
    return message.replace(b"From: dmarc@", b"From: forged@"), message


def smuggled(message):
    """A mail as a server pipes it, in whose text stands what looks like the end of a mail and a report."""
    line = b"From x Tue Apr 28 07:12:29 2026\n"
    document = gzip.decompress(base64.b64decode(message.partition(b"base64\n\n")[2].partition(b"--b")[0]))
    return line + b"From: a@b.example\n\nhello\n\n" + line + document


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        pytest.param(forged_then_genuine, {(True, "big.example"), (False, "")}, id="one that is forged keeps none out"),
        pytest.param(lambda message: (smuggled(message),), {(False, "")}, id="a report behind a line within a mail"),
    ],
)
def test_what_is_verified_is_each_mail_and_nothing_in_a_mailbox_is_a_file(configure, store, tmp_path, files, kept):
    end = datetime.now(UTC) - timedelta(days=1)
    octets = report(row(ip="2001:db8:25::25", auth=AUTH), begin=f"{end.timestamp():.0f}", end=f"{end.timestamp():.0f}")
    (folder := tmp_path / "mails").mkdir()
    for number, each in enumerate(files(signed(packed(octets), "big.example").replace(b"\r\n", b"\n"))):
        (folder / f"{number}.eml").write_bytes(each)
    with nsd(tmp_path, {"": zone_text(ZONES)}) as port:
        configuration = configure(f'{STORE}{LIST}[dns]\nnameservers = ["127.0.0.1:{port}"]\n')
        found = invoke(import_command, configuration, "reports", folder, "--verify", "--json")
    assert len(json.loads(found.stdout)["reports"]) == 1, found.output
    assert {(each.proven, each.by) for each in store.evidence.read(DMARC_REPORTS, "ipv6-ops")} == kept


def test_the_command_prints_the_address_and_what_to_publish(configure, store):
    configuration = configure(
        f'{STORE}{LIST}[receiver]\ndomain = "v6.probe.example.net"\nhostname = "r.example.net"\n[dns]\nnameservers = ["[::1]:9"]\ntimeout = "1s"\n'
    )
    found = invoke(receiver_command, configuration, "--reports", "ipv6-ops")
    assert found.stdout.strip().endswith("@v6.probe.example.net")
    assert "could not be looked up" in found.stderr
    assert "staysub import reports --verify -" in found.stderr
    zone = invoke(receiver_command, configuration, "--dns").stdout
    assert 'lists.example.org._report._dmarc.v6.probe.example.net. 3600 IN TXT "v=DMARC1;"' in zone
