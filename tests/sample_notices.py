"""One list in danger, its assessment, its incident and a notice of it: where tests about notices start."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.incident.decision import Decision
from monitor.incident.lifecycle import LifePolicy, step
from monitor.incident.notify_reason import NotifyReason
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, Notice
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, FailureRate, ReceiverForecast, RiskLevel
from monitor.notify.notices_for import notices_of_list
from monitor.phrase.phrase import say
from monitor.risk.judge import judge
from tests.builders import a_list
from tests.refusals import refused

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUGGESTED = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
URL = "https://hooks.example.org/staysub"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRET_TOO = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

NOT_COVERED = Finding(
    code="spf.ipv6-not-covered",
    severity=Severity.CRITICAL,
    message=say("The SPF record of lists.example.org covers the IPv4 address of the list, but not 2001:db8:25::25."),
    evidence={"client_ip": "2001:db8:25::25", "result": "fail"},
    fix=Fix(action=FixAction.CHANGE, name="lists.example.org", type="TXT", value=SUGGESTED),
    reference="RFC 7208 section 5.6",
)
NO_PTR = Finding(
    code="ptr.missing",
    severity=Severity.WARNING,
    message=say("{address} has no PTR record.", address="2001:db8:25::25"),
    fix=Fix(
        action=FixAction.PUBLISH,
        name="5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        type="PTR",
        value="mail.lists.example.org.",
    ),
    reference="RFC 1912 section 2.1",
)


def mailing_list(**changes: object) -> MailingList:
    """The list under watch."""
    usual = {"id": "ipv6-ops", "owners": ["owner@example.org"], "webhook": [{"url": URL, "secret": SECRET}]}
    return a_list(**usual | changes)


def assessment(level: RiskLevel = RiskLevel.CRITICAL, *findings: Finding, at: datetime = NOW) -> Assessment:
    """What is thought of the list: in danger at one receiver."""
    refusing = AdmissionAction.REJECT
    return Assessment(
        list_id="ipv6-ops",
        assessed_at=at,
        level=level,
        reason="SPF does not cover the IPv6 address, so Microsoft 365 refuses the list's mail.",
        act_by=NOW + timedelta(days=5),
        findings=findings or (NOT_COVERED, NO_PTR),
        admission=(
            Admission(
                receiver="microsoft-365",
                client_ip=ip_address("2001:db8:25::25"),
                action=refusing,
                reply="550 5.7.26 Service unavailable, message sent over IPv6 must pass either SPF or DKIM validation",
                rule="ms.v6.auth",
                because=("spf=fail",),
            ),
        ),
        forecasts=(
            ReceiverForecast(
                receiver="microsoft-365",
                action=refusing,
                actions={"6": refusing, "4": refusing},
                failure_rate=FailureRate(mean=1.0, low=0.9, high=1.0, evidence=("3 of 3 checks",)),
                post_bounces=1.0,
                disabled=None,
                removed=None,
                subscribers=120,
                level=level,
                disabled_on=NOW + timedelta(days=5),
                removed_on=NOW + timedelta(days=26),
            ),
        ),
        record="v=spf1 ip4:192.0.2.25 -all",
        suggested_record=SUGGESTED,
    )


def raised() -> tuple[Incident, IncidentChange]:
    """The incident at its beginning, of a list that was ok before."""
    levels = [RiskLevel.CRITICAL, RiskLevel.CRITICAL, RiskLevel.OK]
    incident, change = step(None, levels, assessment(), LifePolicy(), now=NOW)
    assert incident is not None
    assert change is not None
    return replace(incident, id="inc-1"), change


def told_first() -> Decision:
    """The decision to tell of its beginning."""
    incident, change = raised()
    return Decision(incident=incident, change=change, heard=change, reason=NotifyReason.FIRST)


def seen_notice(kind: str = "raised", **story: Any) -> Notice:
    """A mail about refusals that bounces told of, as `tests.refusals` has them."""
    evidence = refused(**story)
    found = judge(evidence)
    incident, change = step(None, [found.level] * 2, found, LifePolicy(), now=evidence.now)
    assert incident is not None
    assert change is not None
    decided = Decision(
        incident=replace(incident, id="inc-2"),
        change=change,
        heard=replace(change, kind=ChangeKind(kind)),
        reason=NotifyReason.FIRST,
    )
    settings = Settings.model_validate({"web": {"url": "https://staysub.example.org"}})
    made = notices_of_list(decided, found, evidence.listed, evidence.rules, settings, now=evidence.now)
    return next(entry for entry in made if entry.channel == "mail")


def notice(channel: str = "mail", *, of: Assessment | None = None, **changes: object) -> Notice:
    """The first notice of that incident on a channel."""
    settings = Settings.model_validate({"web": {"url": "https://staysub.example.org"}})
    made = notices_of_list(told_first(), of or assessment(), mailing_list(**changes), load_rules(), settings, now=NOW)
    return next(entry for entry in made if entry.channel == channel)
