"""Values of the model for tests: each builder gives a usual one, and takes what is to differ."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.admission.rules import load_rules
from monitor.config.lists import ListSettings
from monitor.config.receivers import ReceiverSettings
from monitor.evidence.bounces.read import reports_of
from monitor.model.evidence import BounceReport, CheckOutcome
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage
from monitor.spf.check import Subject, check
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import diagnoses_of
from tests.fakes import ZoneResolver


def a_list(**differs: object) -> MailingList:
    """A list under watch, read as from the file: addresses, URLs and times may be text; `webhook` has its endpoints' tables."""
    name = differs.get("id", "ops")
    usual = {
        "id": name,
        "address": f"{name}@lists.example.org",
        "reverse_path": f"{name}-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": ("192.0.2.25", "2001:db8:25::25"),
    }
    return ListSettings.model_validate({**usual, **differs}).value()


def a_vantage(**differs: object) -> Vantage:
    """A receiver, read as from the file: networks and paths may be text."""
    usual = {"domain": "v6.probe.example.org", "hostname": "receiver.example.org"}
    return ReceiverSettings.model_validate({**usual, **differs}).value()


def a_check(record: str, *, at: datetime, slot: int = 1, errors: Mapping[Any, str] | None = None) -> CheckOutcome:
    """What a check of `a_list()` finds where its domain has that record, all else is in order, and `errors` are met."""
    listed = a_list()
    domain = listed.reverse_path.rpartition("@")[2]
    zones = {
        domain: {"TXT": [record]},
        listed.helo: {"AAAA" if each.version == 6 else "A": [str(each)] for each in listed.outbound},
        **{each.reverse_pointer: {"PTR": [listed.helo]} for each in listed.outbound},
    }
    subject = Subject(
        list_id=listed.id,
        domain=domain,
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
    )
    return check(subject, ZoneResolver(zones, errors), now=at, slot=slot)


def reports_in(octets: bytes, *, now: datetime, list_id: str = "ipv6-ops") -> tuple[BounceReport, ...]:
    """What a bounce tells of a list, by the rules as they are."""
    bounce = read_bounce(octets)
    return reports_of(bounce, diagnoses_of(bounce, load_rules(), now=now), list_id=list_id, now=now)
