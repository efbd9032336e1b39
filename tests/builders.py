"""Values of the model for tests: each builder gives a usual one, and takes what is to differ."""

from datetime import datetime

from monitor.admission.rules import load_rules
from monitor.config.lists import ListSettings
from monitor.config.receivers import ReceiverSettings
from monitor.evidence.bounces.read import reports_of
from monitor.model.evidence import BounceReport
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import diagnoses_of


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


def reports_in(octets: bytes, *, now: datetime, list_id: str = "ipv6-ops") -> tuple[BounceReport, ...]:
    """What a bounce tells of a list, by the rules as they are."""
    bounce = read_bounce(octets)
    return reports_of(bounce, diagnoses_of(bounce, load_rules(), now=now), list_id=list_id, now=now)
