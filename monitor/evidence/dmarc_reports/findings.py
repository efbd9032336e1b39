"""What receivers' own checks say of a list's mail, where ours says that all is in order. Pure.

A set-up that is wrong is told by the check. What is told here came and went, or only that receiver met it. What others
send in the list's name is told as it is: mostly forwarders, and nobody is accused.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.counted import Sum, Whose, reporter_of, rows_of, sums
from monitor.evidence.genuine import networks
from monitor.evidence.report_age import each_once
from monitor.evidence.source import ListEvidence
from monitor.model.dns import Identity, IpAddress, IpNetwork, SpfResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.organisation import organisation
from monitor.model.receiver_reports import DmarcOfList
from monitor.phrase.phrase import Phrase, When, listed, number, percent, plural, say

TOLD_FOR: Final = timedelta(days=7)  # after a report's end
FAILED_LEAST: Final = 2  # messages: a single one is a slip
DAYS_NAMED: Final = 5
ADDRESSES_NAMED: Final = 3
# Domains in which everybody may have a mailbox, and hosts of receivers have names; a test holds them to the providers'.
OF_PERSONS: Final = frozenset(
    [
        "aol.com",
        "att.net",
        "charter.net",
        "comcast.net",
        "cox.net",
        "earthlink.net",
        "freenet.de",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "laposte.net",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "orange.fr",
        "outlook.com",
        "proton.me",
        "protonmail.ch",
        "qq.com",
        "rr.com",
        "spectrum.net",
        "t-online.de",
        "wanadoo.fr",
        "web.de",
        "xs4all.nl",
        "yahoo.co.jp",
        "yahoo.com",
    ]
)
REPORTERS: Final = ("microsoft.com",)  # whose reports come from another domain than its mail hosts have
FINDINGS_MOST: Final = 5  # of one kind


def dmarc_findings(reports: Sequence[DmarcOfList], evidence: ListEvidence) -> Iterator[Finding]:
    """All that proven reports of late tell."""
    told = each_once(each for each in reports if each.proven and evidence.now - each.end <= TOLD_FOR)
    if not told:
        return
    known = networks(evidence.of(ARRIVALS), evidence.listed)
    trusted = _trusted(evidence)
    yield from _failures([each for each in told if _is_of_now(each, evidence)], known, trusted, evidence)
    yield from _undeclared(told, known, evidence)
    yield from _of_others(told, known, evidence)


def _failures(
    reports: Sequence[DmarcOfList], known: Collection[IpNetwork], trusted: frozenset[str], evidence: ListEvidence
) -> Iterator[Finding]:
    covered = _covered(evidence)
    counted = sums(reports, evidence.listed, known)
    spf = [each for each in counted if each.spf_told - each.spf_passed >= FAILED_LEAST and each.failed_at <= covered]
    dkim = [each for each in counted if each.signed - each.dkim_passed >= FAILED_LEAST and each.dkim_passed]
    vouched = {reporter_of(each) for each in reports if not each.by or _is_a_hosts(each.by, trusted, evidence)}
    for one in spf[:FINDINGS_MOST]:
        yield _spf_fails(one, warns=one.reporter in vouched)
    for one in dkim[:FINDINGS_MOST]:
        yield _dkim_fails(one, warns=one.reporter in vouched)


def _is_of_now(report: DmarcOfList, evidence: ListEvidence) -> bool:
    """Whether all of its time lies behind the last change of what our checks see: before, things were otherwise."""
    for family in evidence.families:
        runs = evidence.ledger.runs.get((CHECKS.name, family), ())
        if len(runs) > 1 and report.begin < runs[0].since:
            return False
    return True


def _covered(evidence: ListEvidence) -> frozenset[IpAddress]:
    """The addresses for which our newest check of the reverse-path passes."""
    newest = next(iter(evidence.of(CHECKS)), None)
    results = () if newest is None else newest.results
    return frozenset(
        each.client_ip for each in results if each.identity is Identity.MAILFROM and each.result is SpfResult.PASS
    )


def _is_a_hosts(signer: str, trusted: frozenset[str], evidence: ListEvidence) -> bool:
    """Whether a host of such an organisation signed, not one of the persons who have a mailbox there.

    A mailbox's owner has the provider sign what he writes: `gmail.com` is everybody's, `google.com` and
    `mx.example.edu` are not.
    """
    return organisation(signer) in trusted and signer not in _subscribed_at(evidence) | OF_PERSONS


def _subscribed_at(evidence: ListEvidence) -> set[str]:
    return {*evidence.listed.subscribers, *(evidence.roster.subscribers if evidence.roster else ())}


def _trusted(evidence: ListEvidence) -> frozenset[str]:
    """Organisations that take mail of lists: anybody else may report what he likes, and warns of nothing."""
    subscribers = _subscribed_at(evidence)
    hosts = {host for each in evidence.rules.receivers for host in each.hosts}
    return frozenset(filter(None, map(organisation, (*subscribers, *hosts, *REPORTERS))))


def _spf_fails(one: Sum, *, warns: bool) -> Finding:
    failed = one.spf_told - one.spf_passed
    addresses = sorted(map(str, one.failed_at))
    return Finding(
        code="report.spf-fails",
        severity=Severity.WARNING if warns else Severity.INFO,
        message=say(
            "{reporter}'s own check did not pass SPF for {failed} of {messages} over {family} ({share}), as it reports of "
            "{days}, though the record covers {addresses}.",
            reporter=one.reporter,
            failed=number(failed),
            messages=_messages(one.spf_told),
            family=f"IPv{one.family}",
            share=percent(failed / one.spf_told),
            days=_days(one.spf_failed_on),
            addresses=listed(addresses[:ADDRESSES_NAMED]),
        ),
        evidence=_evidence(one, failed=failed, seen=one.spf_told) | {"addresses": addresses},
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the list's name servers"),
            type="",
            value=say(
                "See that every name server answers every query for the record and what it includes, over IPv4 and IPv6; if "
                "they do, ask the postmaster of {reporter} what the check met.",
                reporter=one.reporter,
            ),
        ),
        reference="RFC 7208 section 2.6",
    )


def _dkim_fails(one: Sum, *, warns: bool) -> Finding:
    failed = one.signed - one.dkim_passed
    return Finding(
        code="report.dkim-fails",
        severity=Severity.WARNING if warns else Severity.INFO,
        message=say(
            "{reporter} could not verify the list's DKIM signature of {failed} of {messages} over {family} ({share}), as it "
            "reports of {days}; the others held.",
            reporter=one.reporter,
            failed=number(failed),
            messages=_messages(one.signed),
            family=f"IPv{one.family}",
            share=percent(failed / one.signed),
            days=_days(one.dkim_failed_on),
        ),
        evidence=_evidence(one, failed=failed, seen=one.signed),
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the list's mail server"),
            type="",
            value=say(
                "Find what changes some messages after they are signed (a filter, long lines, 8-bit text that is converted), "
                "and see that every name server answers for the key."
            ),
        ),
        reference="RFC 6376 section 6.1",
    )


def _undeclared(
    reports: Sequence[DmarcOfList], known: Collection[IpNetwork], evidence: ListEvidence
) -> Iterator[Finding]:
    counts: Counter[IpAddress] = Counter()
    by: dict[IpAddress, set[str]] = {}
    for report, row in rows_of(reports, evidence.listed, known, Whose.UNDECLARED):
        counts[row.client_ip] += row.count
        by.setdefault(row.client_ip, set()).add(reporter_of(report))
    for address, count in counts.most_common(FINDINGS_MOST):
        yield Finding(
            code="outbound.undeclared",
            severity=Severity.INFO,
            message=say(
                "{reporters} got {messages} from {address} that pass SPF in the name of the list's domain. The address is not "
                "among the list's declared ones: declare it if the list's mail leaves from it; other mail of the domain may.",
                reporters=listed(sorted(by[address])[:ADDRESSES_NAMED]),
                messages=_messages(count),
                address=str(address),
            ),
            evidence={"client_ip": str(address), "messages": count, "reporters": sorted(by[address])},
            reference="RFC 7208 section 2.5",
        )


def _of_others(
    reports: Sequence[DmarcOfList], known: Collection[IpNetwork], evidence: ListEvidence
) -> Iterator[Finding]:
    forwarded = _counted(rows_of(reports, evidence.listed, known, Whose.FORWARDED))
    if forwarded["messages"]:
        yield Finding(
            code="report.forwarded",
            severity=Severity.INFO,
            message=say(
                "{messages} with a signature of the list's that holds came to {reporters} from addresses that nobody declared: "
                "mostly mail that a subscriber has forwarded, for which SPF fails as it must.",
                messages=_messages(forwarded["messages"]),
                reporters=listed(forwarded["reporters"][:ADDRESSES_NAMED]),
            ),
            evidence=forwarded,
            reference="RFC 7208 appendix D",
        )
    others = _counted(rows_of(reports, evidence.listed, known, Whose.OTHERS))
    if others["messages"]:
        yield Finding(
            code="report.others-mail",
            severity=Severity.INFO,
            message=say(
                "{messages} in the name of the list's domain came to {reporters} from addresses that nobody declared, and "
                "neither SPF nor a signature of the list's vouches for it: somebody else's mail, or forwarded and changed.",
                messages=_messages(others["messages"]),
                reporters=listed(others["reporters"][:ADDRESSES_NAMED]),
            ),
            evidence=others,
            reference="RFC 9990",
        )


def _counted(rows: Iterable[tuple[DmarcOfList, Any]]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    reporters: set[str] = set()
    for report, row in rows:
        counts[str(row.client_ip)] += row.count
        reporters.add(reporter_of(report))
    return {
        "messages": counts.total(),
        "addresses": [address for address, _ in counts.most_common(DAYS_NAMED)],
        "reporters": sorted(reporters),
    }


def _messages(count: int) -> Phrase:
    return plural("{n} message", "{n} messages", count)


def _days(ends: Iterable[datetime]) -> Phrase:
    days = {each.date(): each for each in sorted(ends)}
    return listed(When(each) for each in list(days.values())[-DAYS_NAMED:])


def _evidence(one: Sum, *, failed: int, seen: int) -> dict[str, Any]:
    return {
        "reporter": one.reporter,
        "family": one.family,
        "failed": failed,
        "seen": seen,
        "share": round(failed / seen, 4),
        "last": one.last.isoformat(),
    }
