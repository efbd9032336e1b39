"""Values of the model for tests: each builder gives a usual one, and takes what is to differ."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from operator import attrgetter
from typing import Any

from monitor.admission.rules import load_rules
from monitor.config.lists import ListSettings
from monitor.config.receivers import ReceiverSettings
from monitor.evidence.bounces.read import reports_of
from monitor.evidence.catalogue import SOURCES
from monitor.evidence.entry import Entry, Facts, Reply
from monitor.evidence.fold import changes
from monitor.evidence.ledger import DAYS_KEPT, Cell, CellKey, Ledger
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.sketch import digest
from monitor.evidence.source import EvidenceSource
from monitor.model.dns import Identity, IpAddress, PtrOutcome, PtrResult, SpfOutcome, SpfResult
from monitor.model.evidence import (
    AdmissionAction,
    Arrival,
    AuthResult,
    BounceReport,
    CheckOutcome,
    DkimSignature,
    DmarcOutcome,
    Probe,
    ProbeState,
)
from monitor.model.findings import Finding, Severity
from monitor.model.incidents import ChangeKind, Incident, IncidentChange, IncidentState, Notice
from monitor.model.lists import MailingList
from monitor.model.mail_facts import MailFacts
from monitor.model.mail_route import MailRoute
from monitor.model.risk import Assessment, RiskLevel
from monitor.model.vantage import Vantage
from monitor.risk.reckoned import Reckoned, reckon
from monitor.spf.check import Subject, check
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import diagnoses_of
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
DOMAIN, HELO = "lists.example.org", "mail.lists.example.org"


def a_list(**differs: object) -> MailingList:
    """A list under watch, read as from the file: addresses, URLs and times may be text; `webhook` has tables.

    Of `outbound` any address is taken, as of what was observed: the tests' own receiver is met over loopback.
    """
    name = differs.get("id", "ops")
    outbound = tuple(map(ip_address, differs.pop("outbound", (V4, V6))))
    usual = {
        "id": name,
        "address": f"{name}@lists.example.org",
        "reverse_path": f"{name}-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": (V4, V6),
    }
    return replace(ListSettings.model_validate({**usual, **differs}).value(), outbound=outbound)


def a_vantage(**differs: object) -> Vantage:
    """A receiver, read as from the file: networks and paths may be text."""
    usual = {"domain": "v6.probe.example.org", "hostname": "receiver.example.org"}
    return ReceiverSettings.model_validate({**usual, **differs}).value()


def a_check(
    record: str,
    *,
    at: datetime,
    slot: int = 1,
    errors: Mapping[Any, str] | None = None,
    no_ptr: Collection[IpAddress] = (),
) -> CheckOutcome:
    """What a check of `a_list()` finds where its domain has that record, all else is in order, and `errors` are met."""
    listed = a_list()
    domain = listed.reverse_path.rpartition("@")[2]
    zones = {
        domain: {"TXT": [record]},
        listed.helo: {"AAAA" if each.version == 6 else "A": [str(each)] for each in listed.outbound},
        **{each.reverse_pointer: {"PTR": [listed.helo]} for each in listed.outbound if each not in no_ptr},
    }
    subject = Subject(
        list_id=listed.id,
        domain=domain,
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
    )
    return check(subject, ZoneResolver(zones, errors), now=at, slot=slot)


def a_route(*hosts: str, **differs: Any) -> MailRoute:
    """Where a domain's mail arrives: these hosts, over IPv4 alone, looked up just now."""
    usual = {"hosts": hosts, "ipv4": True, "ipv6": False, "looked_up_at": NOW, "holds_until": NOW + timedelta(hours=6)}
    return MailRoute(**{**usual, **differs})


def a_finding(code: str, severity: Severity = Severity.WARNING, **differs: Any) -> Finding:
    """Something that is wrong, or that we could not find out."""
    return Finding(**{"code": code, "severity": severity, "message": f"About {code}.", **differs})


def an_spf_outcome(result: SpfResult = SpfResult.PASS, **differs: Any) -> SpfOutcome:
    """What check_host() said of the list's mail from its IPv6 address; the lenient verdict is the strict one."""
    usual = {
        "identity": Identity.MAILFROM,
        "domain": DOMAIN,
        "client_ip": V6,
        "reverse_path": f"ops-bounces@{DOMAIN}",
        "helo": HELO,
        "result": result,
        "lenient_result": result,
        "evaluated_at": NOW,
    }
    return SpfOutcome(**{**usual, **differs})


def a_ptr(
    client_ip: IpAddress = V6, result: PtrResult = PtrResult.PASS, names: tuple[str, ...] = (HELO,)
) -> PtrOutcome:
    """Reverse DNS of an address; its names lead back where it passes."""
    if result is not PtrResult.PASS:
        return PtrOutcome(client_ip=client_ip, result=result)
    return PtrOutcome(client_ip=client_ip, result=result, names=names, confirmed=names)


def a_signature(domain: str = DOMAIN, result: AuthResult = AuthResult.PASS, **differs: Any) -> DkimSignature:
    """A DKIM signature as it was verified at arrival."""
    usual = {"domain": domain, "selector": "s", "algorithm": "rsa-sha256", "result": result}
    return DkimSignature(**{**usual, **differs})


def a_dmarc(author: str = DOMAIN, result: AuthResult = AuthResult.PASS, **differs: Any) -> DmarcOutcome:
    """DMARC of mail under a record of p=none; one that passes does so by SPF and DKIM."""
    aligned = result is AuthResult.PASS
    usual = {"policy_domain": author, "policy": "none", "spf_aligned": aligned, "dkim_aligned": aligned}
    return DmarcOutcome(author_domain=author, result=result, **{**usual, **differs})


def an_arrival(**differs: Any) -> Arrival:
    """A probe of `a_list()` that came from its IPv6 address, without TLS and unsigned, with SPF and PTR in order."""
    client_ip = differs.get("client_ip", V6)
    usual = {
        "list_id": "ops",
        "probe_id": "p",
        "received_at": NOW,
        "client_ip": client_ip,
        "helo": HELO,
        "reverse_path": f"ops-bounces@{DOMAIN}",
        "tls_version": None,
        "tls_cipher": None,
        "size_bytes": 1000,
        "delay": None,
        "ptr": a_ptr(client_ip),
        "spf": (an_spf_outcome(client_ip=client_ip),),
    }
    return Arrival(**{**usual, **differs})


def a_probe(state: ProbeState = ProbeState.SCHEDULED, **differs: Any) -> Probe:
    """A probe of `a_list()` in that state."""
    ident = differs.get("id", "p")
    usual = {
        "id": ident,
        "list_id": "ops",
        "slot": 1,
        "forward_path": "token@v6.probe.example.org",
        "reverse_path": f"ops-bounces@{DOMAIN}",
        "message_id": f"<probe.{ident}@v6.probe.example.org>",
        "state": state,
        "scheduled_at": NOW,
        "deadline_at": differs.get("scheduled_at", NOW) + timedelta(hours=2),
    }
    return Probe(**{**usual, **differs})


def an_assessment(level: RiskLevel = RiskLevel.OK, **differs: Any) -> Assessment:
    """What is thought of `a_list()`: the level, and nothing else."""
    return Assessment(**{"list_id": "ops", "assessed_at": NOW, "level": level, "reason": "It is so.", **differs})


def a_change(level: RiskLevel = RiskLevel.CRITICAL, **differs: Any) -> IncidentChange:
    """The first entry of an incident's history: it was raised."""
    usual = {
        "revision": 1,
        "at": NOW,
        "kind": ChangeKind.RAISED,
        "level": level,
        "previous_level": RiskLevel.OK,
        "cause": "It fails.",
    }
    return IncidentChange(**{**usual, **differs})


def an_incident(level: RiskLevel = RiskLevel.CRITICAL, **differs: Any) -> Incident:
    """An open incident of `a_list()` that has had no other level."""
    opened_at = differs.get("opened_at", NOW)
    usual = {
        "id": "i1",
        "list_id": "ops",
        "state": IncidentState.OPEN,
        "level": level,
        "worst_level": level,
        "opened_at": opened_at,
        "changed_at": opened_at,
    }
    return Incident(**{**usual, **differs})


def a_notice(**differs: Any) -> Notice:
    """A mail to the owner of `a_list()` about `an_incident()`, due now."""
    created_at = differs.get("created_at", NOW)
    usual = {
        "id": "n1",
        "incident_id": "i1",
        "list_id": "ops",
        "revision": 1,
        "type": "list.risk.raised",
        "channel": "mail",
        "target": "owner@example.org",
        "created_at": created_at,
        "payload": "{}",
        "next_attempt_at": created_at,
    }
    return Notice(**{**usual, **differs})


def reports_in(octets: bytes, *, now: datetime, list_id: str = "ipv6-ops") -> tuple[BounceReport, ...]:
    """What a bounce tells of a list, by the rules as they are."""
    bounce = read_bounce(octets)
    return reports_of(bounce, diagnoses_of(bounce, load_rules(), now=now), list_id=list_id, key=b"key", now=now)


def refused_in(ledger: Ledger) -> list[tuple[CellKey, Cell]]:
    """What receivers refused, by the ledger, the newest day first."""
    return [(key, cell) for day in ledger.days for key, cell in day.replies.items()]


def entered(entries: Iterable[Entry], before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The fields of a ledger after these entries, in the order that they come in."""
    fields = dict(before or {})
    for entry in entries:
        for name, text in changes(entry, fields).items():
            fields.pop(name, None)
            if text is not None:
                fields[name] = text
    return fields


def a_ledger(*entries: Entry) -> Ledger:
    """The ledger that these entries make, in the order that they come in."""
    return read_ledger(entered(entries), days=DAYS_KEPT)


def entries_of(source: EvidenceSource[Any], *reports: Any) -> tuple[Entry, ...]:
    """What reports of that kind enter, oldest first."""
    assert source.entry is not None
    found = [source.entry(each) for each in sorted(reports, key=source.at)]
    return tuple(each for each in found if each is not None)


def ledger_of(reports: Mapping[str, Iterable[Any]]) -> Ledger:
    """The ledger that all these reports make, by the name of their kind, as `ListEvidence` has them."""
    kinds = [each for each in SOURCES if each.entry is not None]
    found = [entry for kind in kinds for entry in entries_of(kind, *reports.get(kind.name, ()))]
    return a_ledger(*sorted(found, key=attrgetter("at")))


def a_look(spf: SpfResult | None = SpfResult.PASS, *, at: datetime, source: str = "check", **differs: Any) -> Entry:
    """A look at mail over IPv6 with its reverse DNS in order; `family` may be another."""
    usual = {"family": 6, "spf": spf, "ptr": PtrResult.PASS}
    return Entry(source=source, at=at, facts=(Facts(**{**usual, **differs}),))


def looks(
    results: Iterable[SpfResult | None],
    *,
    every: timedelta = timedelta(minutes=15),
    until: datetime = NOW,
    **differs: Any,
) -> tuple[Entry, ...]:
    """Looks with these results, newest first in both: the newest is at `until`."""
    found = [a_look(each, at=until - n * every, **differs) for n, each in enumerate(results)]
    return tuple(found)


def reckoned_of(newest_first: Iterable[Entry], *receivers: str, now: datetime = NOW) -> dict[Any, Reckoned]:
    """What the rules of these receivers say to such looks at unsigned mail, by receiver and family."""
    ledger, sources = a_ledger(*sorted(newest_first, key=attrgetter("at"))), SOURCES
    return reckon(ledger, receivers, rules=load_rules(), mail=MailFacts(dkim=AuthResult.NONE), sources=sources, now=now)


def a_refusal(*members: str, at: datetime, post: str | None = None, source: str = "bounce", **differs: Any) -> Entry:
    """A bounce of one post (of that hour, unless named) over IPv6 for these recipients of Gmail's."""
    usual = {
        "at": at,
        "receiver": "gmail",
        "family": 6,
        "action": AdmissionAction.REJECT,
        "post": digest(post or f"{at:%Y-%m-%d %H}"),
        "members": tuple(map(digest, members or ("someone",))),
        "text": "550 5.7.1 no",
        "domains": ("gmail.com",),
    }
    return Entry(source=source, at=at, replies=(Reply(**{**usual, **differs}),))
