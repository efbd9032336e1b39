"""What receivers' reports say of a list: failures that ours did not see, mail of others, TLS."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.findings import OF_PERSONS, dmarc_findings
from monitor.evidence.entry import Facts
from monitor.evidence.ledger import EMPTY, Run
from monitor.evidence.source import ListEvidence
from monitor.evidence.tls_reports.findings import REASONS, tls_findings
from monitor.model.dns import Identity, PtrResult, SpfResult
from monitor.model.evidence import CheckOutcome, CheckStatus
from monitor.model.findings import Severity
from monitor.model.organisation import organisation
from monitor.model.receiver_reports import DmarcOfList, DmarcRow, TlsOfList, TlsRow
from tests.builders import a_list, an_spf_outcome

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SIX, FOUR, ELSEWHERE = "2001:db8:25::25", "192.0.2.25", "203.0.113.9"
OWN = "lists.example.org"
LIST = a_list(id="ops", outbound=(ip_address(FOUR), ip_address(SIX)), subscribers={"example.edu": 3})


def row(count, ip=SIX, spf="pass", dkim="", domain=OWN):
    return DmarcRow(client_ip=ip_address(ip), count=count, spf=spf, spf_domain=domain, dkim=dkim)


def report(*rows, days_ago=1, reporter="google.com", by="google.com", proven=True, **said):
    end = NOW - timedelta(days=days_ago)
    return DmarcOfList(list_id="ops", reporter=reporter, report_id="1", domain=OWN, begin=end - timedelta(days=1), end=end, rows=rows, proven=proven, by=by, **said)  # fmt: skip


def check(**results):
    """The newest check: what SPF says of each address."""
    said = {SIX: SpfResult.PASS, FOUR: SpfResult.PASS, **results}
    spf = tuple(
        an_spf_outcome(result, client_ip=ip_address(ip), identity=Identity.MAILFROM, domain=OWN)
        for ip, result in said.items()
    )
    return CheckOutcome(domain=OWN, list_id="ops", evaluated_at=NOW, status=CheckStatus.OK, results=spf)


def told(*reports, newest=None, ledger=EMPTY):
    evidence = ListEvidence(
        listed=LIST, rules=load_rules(), now=NOW, reports={CHECKS.name: (newest or check(),)}, ledger=ledger
    )
    return list(dmarc_findings(reports, evidence))


def codes(*reports, **more):
    return [each.code for each in told(*reports, **more)]


def test_sporadic_failures_with_a_valid_record_are_told_with_share_family_and_days():
    (one,) = told(report(row(3000), row(8, spf="fail")), report(row(92), row(4, spf="temperror"), days_ago=2))
    assert one.message == (
        "google.com's own check did not pass SPF for 12 of 3104 messages over IPv6 (0.4 %), as it reports of 26 November "
        "2026 and 27 November 2026, though the record covers 2001:db8:25::25."
    )
    assert (one.code, one.severity) == ("report.spf-fails", Severity.WARNING)
    assert (one.evidence["failed"], one.evidence["seen"], one.evidence["family"]) == (12, 3104, 6)


def test_the_same_report_counts_once_whether_it_came_by_mail_or_was_given():
    by_mail, given = report(row(100), row(9, spf="fail")), report(row(100), row(9, spf="fail"), by="")
    other = report(row(100), row(9, spf="fail"), by="stranger.example")
    assert [each.evidence["failed"] for each in told(by_mail, given)] == [9]
    assert [each.evidence["reporter"] for each in told(by_mail, other)] == ["google.com", "stranger.example"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([row(100)], [], id="all passed"),
        pytest.param([row(100), row(1, spf="fail")], [], id="a single one is a slip"),
        pytest.param([row(100, spf="fail")], ["report.spf-fails"], id="all of it, though the record covers it"),
        pytest.param([row(100), row(9, spf="fail", domain="shop.example")], [], id="SPF of somebody else's reverse-path"),
        pytest.param([row(100), row(9, spf="")], [], id="nothing told of SPF"),
        pytest.param([row(90, dkim="pass"), row(9, dkim="fail")], ["report.dkim-fails"], id="some signatures fail"),
        pytest.param([row(90, dkim="fail")], [], id="all do: told of the key"),
        pytest.param([row(9, ELSEWHERE)], ["outbound.undeclared"], id="passes from an address that nobody declared"),
        pytest.param([row(9, ELSEWHERE, spf="fail", dkim="pass")], ["report.forwarded"], id="forwarded"),
        pytest.param([row(9, ELSEWHERE, spf="pass", dkim="pass", domain="forwarder.example")], ["report.forwarded"], id="forwarded with SRS"),
        pytest.param([row(9, ELSEWHERE, spf="fail")], ["report.others-mail"], id="somebody else's"),
        pytest.param([row(9, "2001:db8:25::99")], [], id="the list's own network"),
    ],
)  # fmt: skip
def test_each_kind_of_row_is_told_for_what_it_is(rows, said):
    assert codes(report(*rows)) == said


def test_a_set_up_that_is_wrong_is_the_checks_to_tell():
    assert codes(report(row(90), row(9, spf="fail")), newest=check(**{SIX: SpfResult.FAIL})) == []


def test_what_was_before_the_last_change_of_the_record_says_nothing_of_now():
    facts = Facts(family=6, spf=SpfResult.PASS, ptr=PtrResult.PASS)
    runs = (
        Run(facts=(facts,), since=NOW - timedelta(days=1), last=NOW, looks=90),
        Run(facts=(replace(facts, spf=SpfResult.FAIL),), since=NOW - timedelta(days=9), last=NOW - timedelta(days=1), looks=90),
    )  # fmt: skip
    failing = report(row(90), row(9, spf="fail"))
    assert codes(failing, ledger=replace(EMPTY, runs={(CHECKS.name, 6): runs})) == []
    assert codes(failing, ledger=replace(EMPTY, runs={(CHECKS.name, 6): runs[:1]})) == ["report.spf-fails"]


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ({"by": "google.com"}, Severity.WARNING),
        ({"by": "mx.example.edu"}, Severity.WARNING),
        ({"by": "microsoft.com"}, Severity.WARNING),
        ({"by": ""}, Severity.WARNING),
        ({"by": "stranger.example"}, Severity.INFO),
        ({"by": "example.edu"}, Severity.INFO),
        ({"by": "outlook.com"}, Severity.INFO),
    ],
)
def test_only_who_takes_mail_of_lists_or_an_administrator_warns(said, severity):
    """Anybody can sign a report of his own, and who has a mailbox somewhere has that domain sign it."""
    (one,) = told(report(row(90), row(9, spf="fail"), **said))
    assert one.severity is severity


def test_mailboxes_of_everybody_are_those_of_the_providers_data():
    """No receiver's host has a domain in which everybody may have a mailbox, but for these."""
    providers = tomllib.loads((Path(__file__).parents[2] / "monitor/risk/providers.toml").read_text(encoding="utf-8"))
    mailboxes = {domain for each in providers["provider"] for domain in each.get("domains", ())}
    hosts = {organisation(host) for each in load_rules().receivers for host in each.hosts}
    assert mailboxes & hosts == OF_PERSONS


def test_a_strangers_report_is_his_word_whatever_reporter_it_names():
    (one,) = told(report(row(90), row(9, spf="fail"), reporter="google.com", by="stranger.example"))
    assert one.message.startswith("stranger.example's own check")


@pytest.mark.parametrize("said", [{"proven": False}, {"days_ago": 8}])
def test_what_is_unproven_or_old_raises_nothing(said):
    assert codes(report(row(90), row(9, spf="fail"), row(9, ELSEWHERE), **said)) == []


def tls(*rows, ok=100, failed=0, days_ago=1, **said):
    end = NOW - timedelta(days=days_ago)
    return TlsOfList(list_id="ops", reporter="google.com", report_id="1", domain=OWN, begin=end - timedelta(days=1), end=end, ok=ok, failed=failed, rows=rows, **said)  # fmt: skip


def tls_told(*reports):
    return list(tls_findings(reports, ListEvidence(listed=LIST, rules=load_rules(), now=NOW, reports={})))


def test_tls_failures_are_told_by_server_and_reason():
    expired = TlsRow(count=12, result_type="certificate-expired", mx="mx.lists.example.org", family=6)
    (one,) = tls_told(tls(expired, ok=88, failed=12), tls(ok=100, days_ago=2))
    assert one.message == (
        "12 of 200 sessions with mail for lists.example.org failed over TLS at mx.lists.example.org (6.0 %), as google.com "
        "reports: the certificate has expired."
    )
    assert one.severity is Severity.WARNING
    assert tls_told(tls(expired, ok=9988, failed=12))[0].severity is Severity.INFO
    assert tls_told(tls(expired, proven=False)) == tls_told(tls(expired, days_ago=9)) == tls_told(tls(ok=5)) == []


def test_every_result_type_of_the_standard_has_words_and_others_are_told_as_they_are():
    """RFC 8460 section 4.3."""
    assert len(REASONS) == 11
    (one,) = tls_told(tls(TlsRow(count=5, result_type="novel-failure"), ok=0, failed=5))
    assert one.message.endswith("failed over TLS at its mail servers (100 %), as google.com reports: novel-failure.")
