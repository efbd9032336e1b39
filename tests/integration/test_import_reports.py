"""`staysub import reports` over a real store: what reports tell of a list is kept once, and no more than that."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.importing.bounces import import_command
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.tls_reports.source import TLS_REPORTS
from tests.configured import LIST, STORE, invoke
from tests.unit.test_evidence_report_files import TLS, report, row

pytestmark = pytest.mark.integration

SPF = "<spf><domain>lists.example.org</domain><scope>mfrom</scope><result>{result}</result></spf>"


@pytest.fixture
def run(configure, store):
    configuration = configure(f"{STORE}{LIST}author_domains = ['author.example']\n")

    def call(*arguments, given=b""):
        found = invoke(import_command, configuration, "reports", *arguments, "--json", input=given)
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    return call


def aggregate(*rows, days_ago=1, **said):
    end = datetime.now(UTC) - timedelta(days=days_ago)
    times = {"begin": f"{end.timestamp() - 86399:.0f}", "end": f"{end.timestamp():.0f}"}
    return report(*rows, **times, **said)


def test_rows_of_the_list_are_kept_once_and_others_are_not(run, store):
    rows = (
        row(ip="2001:db8:25::25", count="3", auth=SPF.format(result="fail")),
        row(ip="2001:db8:25::25", count="3101", auth=SPF.format(result="pass")),
        row(ip="203.0.113.9", count="7", auth=SPF.format(result="fail")),
        row(ip="192.0.2.25", count="5", auth="<spf><domain>shop.example</domain><result>pass</result></spf>"),
    )
    octets = aggregate(*rows)
    assert run("-", given=octets)["lists"] == ["ipv6-ops"]
    (kept,) = store.evidence.read(DMARC_REPORTS, "ipv6-ops")
    assert [(str(each.client_ip), each.count, each.spf) for each in kept.rows] == [
        ("2001:db8:25::25", 3101, "pass"),
        ("2001:db8:25::25", 3, "fail"),
        ("203.0.113.9", 7, "fail"),
    ]
    assert kept.proven
    assert run("-", given=octets)["lists"] == []
    assert len(store.evidence.read(DMARC_REPORTS, "ipv6-ops")) == 1


def test_a_report_about_an_authors_domain_tells_of_the_lists_own_addresses_alone(run, store):
    posts = (row(ip="192.0.2.25", auth=""), row(ip="203.0.113.9", auth=""))
    run("-", given=aggregate(*posts).replace(b"A.Example.", b"author.example"))
    (kept,) = store.evidence.read(DMARC_REPORTS, "ipv6-ops")
    assert [str(each.client_ip) for each in kept.rows] == ["192.0.2.25"]


def test_tls_reports_are_kept_by_the_domain_that_posts_go_to(run, store):
    at = datetime.now(UTC).date().isoformat()
    octets = TLS.replace(b"a.example", b"lists.example.org").replace(b"2026-11-26", at.encode())
    assert run("-", given=octets)["lists"] == ["ipv6-ops"]
    (kept,) = store.evidence.read(TLS_REPORTS, "ipv6-ops")
    assert (kept.ok, kept.failed, kept.rows[0].result_type, kept.rows[0].family) == (7, 2, "certificate-expired", 6)


def test_what_is_long_ago_or_yet_to_come_is_shown_and_not_kept(run, store):
    for number, days_ago in enumerate((31, -3)):
        octets = aggregate(row(auth=SPF.format(result="fail")), days_ago=days_ago, ident=f"r{number}")
        found = run("-", given=octets)
        assert (len(found["reports"]), found["lists"]) == (1, [])
    assert store.evidence.read(DMARC_REPORTS, "ipv6-ops") == ()


def test_a_thousand_reports_take_less_than_a_minute(run, store, tmp_path):
    rows = [row(ip=f"203.0.113.{n}", auth=SPF.format(result="fail")) for n in range(40)]
    for number in range(1000):
        (tmp_path / f"{number}.xml").write_bytes(aggregate(*rows, ident=f"{number}"))
    began = datetime.now(UTC)
    assert len(run(tmp_path)["reports"]) == 1000
    assert datetime.now(UTC) - began < timedelta(minutes=1)
    assert len(store.evidence.read(DMARC_REPORTS, "ipv6-ops", 1000)) <= DMARC_REPORTS.stream.kept * 1.5
