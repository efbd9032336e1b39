"""A small world for tests of the pages: lists in every state, with outside text that wants to be more than text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.config.settings import Settings
from monitor.evidence.checks.source import CHECKS
from monitor.model.dns import DnsQuestion, Identity, PtrOutcome, PtrResult, SpfCost, SpfOutcome, SpfResult, TermLine
from monitor.model.evidence import (
    Admission,
    AdmissionAction,
    AuthResult,
    BounceReport,
    CheckOutcome,
    ProbeState,
)
from monitor.model.findings import CheckStatus, Finding, Fix, FixAction, Severity
from monitor.model.incidents import (
    ChangeKind,
    DeliveryAttempt,
    NoticeState,
)
from monitor.model.lists import MailingList
from monitor.model.risk import DayDistribution, FailureRate, ReceiverForecast, RiskLevel
from monitor.store import Store, keys
from tests.builders import (
    HELO,
    V4,
    V6,
    a_change,
    a_list,
    a_notice,
    a_probe,
    a_signature,
    an_arrival,
    an_assessment,
    an_incident,
    an_spf_outcome,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOSTILE = 'v=spf1 <script>window.owned=1</script> "><img src=x onerror=window.owned=2> \u202eevil\x1b[31m -all'
REPLY = (
    "550 5.7.26 Service unavailable, message sent over IPv6 [2001:db8:25::25] must pass either SPF or DKIM validation"
)

LEVELS = {
    "ipv6-ops": RiskLevel.CRITICAL,
    "dns-void": RiskLevel.AT_RISK,
    "no-ptr": RiskLevel.WATCH,
    "flaky-dns": RiskLevel.UNKNOWN,
    "gardening": RiskLevel.OK,
    "hostile": RiskLevel.WATCH,
}


def mailing_list(name: str, **more) -> MailingList:
    return a_list(
        id=name,
        submission="smtp://mail.lists.example.org:587",
        owners=("owner@example.org",),
        messages_per_day=12.0,
        subscribers={"microsoft.com": 120, "gmail.com": 300},
        **more,
    )


def settings(**more) -> Settings:
    return Settings(file_lists=tuple(mailing_list(name) for name in LEVELS), **more)


def distribution(median: int) -> DayDistribution:
    return DayDistribution(
        mean_days=median + 0.4,
        median_days=median,
        p10_days=max(1, median - 2),
        p90_days=median + 6,
        within={"7d": 0.42, "30d": 0.97, "90d": 1.0},
    )


def forecast(receiver: str, level: RiskLevel, now: datetime, *, subscribers: int | None) -> ReceiverForecast:
    bad = level in {RiskLevel.CRITICAL, RiskLevel.AT_RISK}
    return ReceiverForecast(
        receiver=receiver,
        action=AdmissionAction.REJECT if bad else AdmissionAction.ACCEPT,
        actions={"6": AdmissionAction.REJECT if bad else AdmissionAction.ACCEPT, "4": AdmissionAction.ACCEPT},
        failure_rate=FailureRate(mean=0.96, low=0.89, high=0.99, evidence=("41 of 42 checks",))
        if bad
        else FailureRate(mean=0.002, low=0.0, high=0.03),
        post_bounces=0.96 if bad else 0.002,
        disabled=distribution(5)
        if bad
        else DayDistribution(mean_days=None, median_days=None, p10_days=None, p90_days=None, within={"30d": 0.0}),
        removed=distribution(33) if bad else None,
        subscribers=subscribers,
        level=level,
        disabled_on=now + timedelta(days=5) if bad else None,
        removed_on=now + timedelta(days=33) if bad else None,
    )


def spf(
    ip, result: SpfResult, lenient: SpfResult, now: datetime, *, identity=Identity.MAILFROM, mechanism="-all"
) -> SpfOutcome:
    return an_spf_outcome(
        result,
        identity=identity,
        domain="lists.example.org" if identity is Identity.MAILFROM else "mail.lists.example.org",
        client_ip=ip,
        reverse_path="ipv6-ops-bounces@lists.example.org",
        lenient_result=lenient,
        mechanism=mechanism,
        lookups=3,
        void=1,
        evaluated_at=now,
        trace=(
            DnsQuestion(
                name="lists.example.org",
                rrtype="TXT",
                rcode="NOERROR",
                answers=("v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all",),
                server="127.0.0.1:53",
                ttl_s=300,
                took_ms=3.2,
            ),
            DnsQuestion(name="_spf.example.net", rrtype="TXT", rcode="NXDOMAIN", cached=True),
        ),
    )


def check(now: datetime, results: tuple[SpfOutcome, ...] = ()) -> CheckOutcome:
    return CheckOutcome(domain="lists.example.org", evaluated_at=now, status=CheckStatus.OK, results=results)


def bounce(name: str, at: datetime) -> BounceReport:
    return BounceReport(
        list_id=name,
        id=f"bounce-{at:%j%H%M}",
        at=at,
        kind="policy",
        receiver="gmail",
        rule=None,
        about="list",
        action=AdmissionAction.REJECT,
        family=6,
        recipients=7,
        domains=("gmail.com",),
    )


def fill(store: Store, now: datetime = NOW) -> None:
    """Write the whole world."""
    for part in ("worker", "beat", "receiver", "resolver", "web", "check", "follow:postfix"):
        store.heartbeats.beat(part, now)
    for name, level in LEVELS.items():
        _a_list(store, name, level, now)


def _a_list(store: Store, name: str, level: RiskLevel, now: datetime) -> None:
    bad = level in {RiskLevel.CRITICAL, RiskLevel.AT_RISK}
    record = HOSTILE if name == "hostile" else "v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all"
    findings = _findings(name, level, record)
    admission = tuple(
        Admission(
            receiver=receiver,
            client_ip=ip,
            action=action,
            reply=REPLY if action is AdmissionAction.REJECT else None,
            rule=f"{receiver}-2026",
            because=("spf=fail", "dkim=none", "ptr=pass") if action is AdmissionAction.REJECT else ("spf=pass",),
        )
        for receiver in ("microsoft-365", "gmail", "yahoo")
        for ip, action in (
            (V6, AdmissionAction.REJECT if bad and receiver != "yahoo" else AdmissionAction.ACCEPT),
            (V4, AdmissionAction.ACCEPT),
        )
    )
    for step in reversed(range(8)):
        at = now - timedelta(minutes=15 * step, seconds=20)
        store.evidence.record(
            CHECKS,
            CheckOutcome(
                domain="lists.example.org",
                list_id=name,
                slot=1000 - step,
                evaluated_at=at,
                status=CheckStatus.CRITICAL if bad and step < 6 else CheckStatus.OK,
                record=record,
                cost=SpfCost(lookups=3, void=1),
                results=(
                    spf(V6, SpfResult.FAIL if bad else SpfResult.PASS, SpfResult.FAIL if bad else SpfResult.PASS, at),
                    spf(V4, SpfResult.PASS, SpfResult.PASS, at, mechanism="ip4:192.0.2.0/24"),
                    spf(V6, SpfResult.NONE, SpfResult.NONE, at, identity=Identity.HELO, mechanism=""),
                ),
                ptrs=tuple(PtrOutcome(client_ip=ip, result=PtrResult.PASS, names=(HELO,)) for ip in (V6, V4)),
                findings=findings,
                admission=admission,
                tree=(
                    TermLine(depth=0, domain="lists.example.org", text="ip4:192.0.2.0/24"),
                    TermLine(depth=0, domain="lists.example.org", text="include:_spf.example.net", lookups=3, void6=1),
                    TermLine(
                        depth=1,
                        domain="_spf.example.net",
                        text="a:gone.example.net" if name != "hostile" else HOSTILE,
                        lookups=1,
                        void4=1,
                        void6=1,
                        fault="One fruitless lookup too many.",
                    ),
                    TermLine(depth=0, domain="lists.example.org", text="-all"),
                ),
            ),
        )
    assessment = an_assessment(
        list_id=name,
        assessed_at=now - timedelta(seconds=20),
        level=level,
        reason=findings[0].message if findings else "Receivers have no reason to refuse this list's mail.",
        act_by=now + timedelta(days=5) if bad else None,
        findings=findings,
        admission=admission if level is not RiskLevel.UNKNOWN else (),
        forecasts=tuple(
            forecast(receiver, level if receiver != "yahoo" else RiskLevel.OK, now, subscribers=count)
            for receiver, count in (("microsoft-365", 120), ("gmail", 300), ("yahoo", None))
        )
        if level is not RiskLevel.UNKNOWN
        else (),
        record=record,
        suggested_record="v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::25 include:_spf.example.net -all" if bad else None,
        blind=("resolver",) if level is RiskLevel.UNKNOWN else (),
    )
    for hour in range(30, 0, -1):
        was = RiskLevel.OK if hour > 26 else RiskLevel.WATCH if hour > 8 and bad else level
        earlier = replace(assessment, assessed_at=now - timedelta(hours=hour) + timedelta(minutes=20), level=was)
        if hour not in {17, 18, 19}:
            for quarter in range(4):
                at = earlier.assessed_at + timedelta(minutes=15 * quarter)
                store.outcomes.record_assessment(replace(earlier, assessed_at=at), cause=f"past:{hour}:{quarter}")
    store.outcomes.record_assessment(assessment, cause="check:1000")
    _probe(store, name, now, arrived=name != "no-ptr")
    if bad:
        _incident(store, name, level, now)


def _findings(name: str, level: RiskLevel, record: str) -> tuple[Finding, ...]:
    if name == "hostile":
        return (
            Finding(
                code="spf.syntax",
                severity=Severity.WARNING,
                message=f"The SPF record cannot be read: {record}",
                evidence={"record": record},
                reference="RFC 7208 section 4.6",
            ),
        )
    match level:
        case RiskLevel.CRITICAL | RiskLevel.AT_RISK:
            return (
                Finding(
                    code="spf.ipv6-not-covered",
                    severity=Severity.CRITICAL,
                    message="The SPF record of lists.example.org covers the list's IPv4 address but not 2001:db8:25::25, "
                    "so receivers that demand SPF over IPv6 refuse the mail.",
                    evidence={"addresses": [str(V6)], "record": record},
                    fix=Fix(
                        action=FixAction.PUBLISH,
                        name="lists.example.org",
                        type="TXT",
                        value="v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::25 include:_spf.example.net -all",
                    ),
                    reference="RFC 7208 section 5.6",
                ),
            )
        case RiskLevel.WATCH:
            return (
                Finding(
                    code="ptr.missing",
                    severity=Severity.WARNING,
                    message="2001:db8:25::25 has no PTR record; ask whoever runs its reverse zone for one.",
                    evidence={"address": str(V6)},
                    fix=Fix(
                        action=FixAction.ASK,
                        name="the holder of 2001:db8:25::/48",
                        type="PTR",
                        value="5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mail.lists.example.org.",
                    ),
                    reference="RFC 1912 section 2.1",
                ),
            )
        case RiskLevel.UNKNOWN:
            return (
                Finding(
                    code="dns.temperror",
                    severity=Severity.UNKNOWN,
                    message="DNS did not answer for lists.example.org in 2 of the last 3 checks, so nothing is known of its record.",
                ),
            )
        case _:
            return ()


def _probe(store: Store, name: str, now: datetime, *, arrived: bool) -> None:
    begun = now - timedelta(minutes=30)
    reverse_path = f"{name}-bounces@lists.example.org"
    probe = a_probe(id=f"probe-{name}", list_id=name, slot=7, reverse_path=reverse_path, scheduled_at=begun)
    store.probes.open(probe, now=begun)
    store.probes.change(
        probe.id,
        lambda old: replace(
            old,
            state=ProbeState.ARRIVED if arrived else ProbeState.SUBMITTED,
            submitted_at=begun + timedelta(seconds=1),
            finished_at=begun + timedelta(seconds=9) if arrived else None,
            reply="250 2.0.0 Ok: queued as 4XyZ" if name != "hostile" else f"250 {HOSTILE}",
            attempts=1,
        ),
    )
    if arrived:
        arrival = an_arrival(
            list_id=name,
            probe_id=probe.id,
            received_at=begun + timedelta(seconds=9),
            helo="mail.lists.example.org" if name != "hostile" else HOSTILE,
            reverse_path=reverse_path,
            tls_version="TLSv1.3",
            tls_cipher="TLS_AES_256_GCM_SHA384",
            size_bytes=1834,
            delay=timedelta(seconds=8),
            spf=(spf(V6, SpfResult.FAIL, SpfResult.FAIL, now),),
            dkim=(a_signature("example.net", AuthResult.FAIL, selector="s1"),),
        )
        store.evidence.record_arrival(arrival)


def _incident(store: Store, name: str, level: RiskLevel, now: datetime) -> None:
    opened = now - timedelta(hours=26)
    watched = a_change(
        RiskLevel.WATCH,
        at=opened,
        cause="2 of the last 3 assessments say that receivers would refuse this list's mail.",
    )
    worse = a_change(
        level,
        revision=2,
        at=now - timedelta(hours=3),
        kind=ChangeKind.CHANGED,
        previous_level=RiskLevel.WATCH,
        cause="The first subscribers are expected to be disabled within a week.",
    )
    incident = an_incident(
        level,
        id=f"inc-{name}",
        list_id=name,
        opened_at=opened,
        changed_at=now - timedelta(hours=3),
        reasons=("spf.ipv6-not-covered",),
        history=(watched, worse),
    )
    notices = [
        a_notice(
            id=f"{incident.id}-{channel}",
            incident_id=incident.id,
            list_id=name,
            channel=channel,
            target=target,
            created_at=opened,
            state=state,
            next_attempt_at=now + timedelta(minutes=5) if state is NoticeState.PENDING else None,
            finished_at=opened if state is NoticeState.DELIVERED else None,
            attempts=(
                DeliveryAttempt(
                    at=opened,
                    outcome="delivered" if state is NoticeState.DELIVERED else "http-500",
                    detail="ok" if state is NoticeState.DELIVERED else "Internal Server Error",
                ),
            ),
        )
        for channel, target, state in (
            ("mail", "owner@example.org", NoticeState.DELIVERED),
            ("webhook", "https://hooks.example.org/lists", NoticeState.PENDING),
        )
    ]
    store.incidents.commit(incident, notices, expected_revision=0)


def claim_notices(store, now, *, limit=200, lease=timedelta(minutes=3)):
    """Ids of the notices that are due, mails first, leased to the caller."""
    return tuple(
        one for channel in ("mail", "webhook") for one in store.notices.claim(channel, now, limit=limit, lease=lease)
    )


def long_there(store: Store) -> None:
    """The store has a name since long ago, and was served without a break since: nothing can have been lost."""
    store.identity.look()
    store.client.hset(
        keys.STORE, mapping=dict.fromkeys(("born", "served"), datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    )
