"""From posts over SMTP to what the owner is told: a real receiver, signatures that are verified, DMARC from DNS."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import dkim
import nacl.encoding
import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.post_findings import post_findings
from monitor.evidence.source import ListEvidence
from monitor.managers.catalogue import kind_named
from monitor.model.findings import Severity
from monitor.probe.token import TokenKind
from tests.builders import a_list
from tests.fakes import ZoneResolver
from tests.integration.house import NOW, SENT_AT, SIGNING_KEY, ZONES, House, address, client, send

pytestmark = pytest.mark.integration

KEY = SIGNING_KEY.encode(nacl.encoding.Base64Encoder)
AUTHOR = "author.example"
RESOLVER = ZoneResolver(
    {
        **ZONES,
        f"_dmarc.{AUTHOR}": {"TXT": ["v=DMARC1; p=reject"]},
        f"ed._domainkey.{AUTHOR}": ZONES["ed._domainkey.lists.example.org"],
    }
)
LISTED = b"List-Id: <ipv6-ops.lists.example.org>\r\nList-Post: <mailto:ipv6-ops@lists.example.org>\r\n"
UNSUBSCRIBE = (
    b"List-Unsubscribe: <https://lists.example.org/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
BOTH = [b"from", b"list-unsubscribe", b"list-unsubscribe-post"]


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The signers' clocks agree with the receiver's."""
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=SENT_AT.timestamp))


def signed(content, domain, covering=(b"from",)):
    algorithm = b"ed25519-sha256"
    made = dkim.sign(
        content, b"ed", domain.encode(), KEY, signature_algorithm=algorithm, include_headers=list(covering)
    )
    return made + content


def written(number, body):
    """What its author sent, signed."""
    fields = f"From: A <a@{AUTHOR}>\r\nMessage-ID: <{number}@{AUTHOR}>\r\nSubject: s\r\n".encode()
    return signed(fields + b"\r\n" + body, AUTHOR)


def told(house, manager):
    arrivals = sorted(house.arrivals, key=lambda each: each.received_at, reverse=True)
    listed = a_list(
        id="ipv6-ops", reverse_path="ipv6-ops-bounces@lists.example.org", outbound=("2001:db8:25::25", "::1"), manager=manager
    )  # fmt: skip
    evidence = ListEvidence(
        listed=listed, rules=load_rules(), now=NOW + timedelta(hours=1), reports={"canary": arrivals}
    )
    return {each.code: each for each in post_findings(evidence)}


@pytest.mark.parametrize("manager", ["mailman3", "sympa", "ezmlm"])
def test_posts_that_a_list_changes_are_told_until_from_is_replaced(manager):
    """A footer breaks the author's signature; passed on unchanged it holds; munged, the list's own counts."""
    house = House()
    unchanged = LISTED + written(1, b"hello\r\n")
    changed = LISTED + written(2, b"hello\r\n") + b"-- \r\na footer\r\n"
    munged = changed.replace(f"From: A <a@{AUTHOR}>".encode(), b"From: A via ops <ipv6-ops@lists.example.org>")
    to = address(kind=TokenKind.CANARY)
    with house.receiver(resolver=RESOLVER) as receiver, client(receiver) as session:
        assert send(session, to, signed(unchanged, "lists.example.org"))[0] == 250
        assert not any(code.startswith("dmarc.") for code in told(house, manager))
        house.arrivals.clear()
        assert send(session, to, signed(changed, "lists.example.org"))[0] == 250
        found = told(house, manager)
        assert found["dmarc.post-reject"].severity is Severity.CRITICAL
        assert found["dmarc.post-reject"].evidence["changed"] == 1
        assert found["dmarc.post-reject"].fix.value == kind_named(manager).remedies.rewrite_from
        assert found["post.one-click-missing"].fix.value == kind_named(manager).remedies.one_click
        house.arrivals[:] = [_earlier(each) for each in house.arrivals]
        assert send(session, to, signed(UNSUBSCRIBE + munged, "lists.example.org"))[0] == 250
        assert told(house, manager).keys() == {"post.one-click-uncovered"}
        house.arrivals[:] = [_earlier(each) for each in house.arrivals]
        assert send(session, to, signed(UNSUBSCRIBE + munged, "lists.example.org", BOTH))[0] == 250
    assert told(house, manager) == {}


def _earlier(arrival):
    return replace(arrival, received_at=arrival.received_at - timedelta(minutes=10))
