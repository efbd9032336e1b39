"""The page of a list's reports and its document in the API: empty it says what to publish; strangers' words apart."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from starlette.testclient import TestClient

from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.model.receiver_reports import DmarcOfList, DmarcRow, TlsOfList, TlsRow
from tests import seed
from tests.pages import pages_of

pytestmark = pytest.mark.integration

LIST, OWN, HOSTILE = "ipv6-ops", "lists.example.org", "<b>\x1b[2J\u202eevil"
END = seed.NOW - timedelta(days=1)


@pytest.fixture
def filled(store):
    seed.fill(store)
    return store


@pytest.fixture
def client(filled):
    pages = pages_of(seed.settings, filled, lambda: seed.NOW)
    return TestClient(pages, base_url="http://127.0.0.1:8025")


def row(count, ip, **said):
    return DmarcRow(client_ip=ip_address(ip), count=count, **said)


def report(*rows, **said):
    usual = {"reporter": "google.com", "report_id": "1", "by": "google.com"}
    return DmarcOfList(list_id=LIST, domain=OWN, begin=END - timedelta(days=1), end=END, rows=rows, **(usual | said))


def test_without_reports_and_receiver_it_says_who_may_take_them(client):
    """The command that prints an address would only say that there is no receiver."""
    page = client.get(f"/lists/{LIST}/reports").text
    assert "staysub receiver --reports" not in page
    for said in (f"_dmarc.{OWN}", "staysub import reports --verify -"):
        assert said in page


def test_a_list_without_reports_says_which_records_to_publish(filled):
    """Where a receiver can take them."""
    settings = seed.settings(receiver={"domain": "v6.probe.example.org", "hostname": "mx.v6.probe.example.org"})
    client = TestClient(pages_of(lambda: settings, filled, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    page = client.get(f"/lists/{LIST}/reports").text
    for said in (f"staysub receiver --reports {LIST}", f"_dmarc.{OWN}", f"_smtp._tls.{OWN}", "staysub import reports"):
        assert said in page
    assert f'href="/lists/{LIST}/reports"' in client.get(f"/lists/{LIST}").text
    assert client.get("/lists/nobody/reports").status_code == 404


def test_the_families_of_a_receiver_stand_together_and_what_failed_stands_out(client, filled):
    passes = {"spf": "pass", "spf_domain": OWN}
    filled.evidence.record(DMARC_REPORTS, report(row(3000, str(seed.V6), **passes), row(20, str(seed.V4), **passes), row(5, str(seed.V4), spf="fail", spf_domain=OWN)))  # fmt: skip
    filled.evidence.record(DMARC_REPORTS, report(row(400, str(seed.V6), **passes), by="other.example"))
    page = client.get(f"/lists/{LIST}/reports").text
    rows = [each.partition("</tr>")[0] for each in page.split("<tr>")[2:]]
    assert [("google.com" in each, "IPv4" in each, "<strong>20 of 25" in each) for each in rows] == [
        (True, True, True),
        (True, False, False),
        (False, False, False),
    ]


def test_what_is_known_stands_by_receiver_and_family_and_strangers_apart(client, filled):
    v6 = str(seed.V6)
    spf = {"spf_domain": OWN, "disposition": "none", "dkim": "pass"}
    filled.evidence.record(DMARC_REPORTS, report(row(3000, v6, spf="pass", **spf), row(12, v6, spf="fail", **spf)))
    others = (row(7, "203.0.113.9", dkim="pass"), row(5, "203.0.113.8"))
    filled.evidence.record(DMARC_REPORTS, report(*others, report_id="2"))
    said = {"reporter": HOSTILE, "by": "", "proven": False}
    filled.evidence.record(DMARC_REPORTS, report(row(666, v6, spf="fail", **spf), **said))
    expired = TlsRow(count=4, result_type="certificate-expired", mx="mx.example.org")
    filled.evidence.record(TLS_REPORTS, TlsOfList(list_id=LIST, reporter="Big", report_id="t", domain=OWN, begin=END, end=END, ok=96, failed=4, rows=(expired,)))  # fmt: skip
    page = client.get(f"/lists/{LIST}/reports").text
    for said in ("3000 of 3012 passed", "3012 of 3012 passed", "203.0.113.9", "forwarded", "certificate has expired", "mx.example.org"):  # fmt: skip
        assert said in page.replace("3\u202f0", "30")
    own, apart = page.split('id="unproven"')
    assert "666" in apart
    assert "666" not in own
    assert "<b>" not in page
    assert "\x1b" not in page
    document = client.get(f"/api/v1/lists/{LIST}/reports").json()
    assert [(each["report_id"], each["proven"]) for each in document["dmarc"]] == [
        ("1", False),
        ("2", True),
        ("1", True),
    ]
    assert document["tls"][0]["rows"] == [{"count": 4, "result_type": "certificate-expired", "mx": "mx.example.org", "family": None}]  # fmt: skip
    first = client.get(f"/api/v1/lists/{LIST}/reports?limit=1").json()
    assert (len(first["dmarc"]), len(first["tls"]), first["next_offset"]) == (1, 1, 1)
