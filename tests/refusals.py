"""A list whose posts one receiver refuses though DNS is sound, as its ledger has it: where tests about words start."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.admission.rules import load_rules
from monitor.evidence.entry import Entry, Facts, Reply
from monitor.evidence.fold import changes
from monitor.evidence.ledger import DAYS_KEPT
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.sketch import digest
from monitor.evidence.source import ListEvidence
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult
from monitor.model.lists import MailingList
from tests.builders import a_check, a_list

BEGUN = datetime(2026, 11, 21, 8, tzinfo=UTC)  # a Saturday
REPLY = (
    "550 5.7.1 [2001:db8:25::25] Our system has detected that this message is likely unsolicited mail. "
    "To reduce the amount of spam, this message has been blocked."
)
SOUND = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"


def refused(
    *,
    days: int = 6,
    subscribers: int = 600,
    there: int | None = 600,
    receiver: str = "gmail",
    text: str = REPLY,
    rule: str | None = None,
    every: int = 1,
    quiet: timedelta = timedelta(hours=2),
    families: Sequence[int] = (6,),
    listed: MailingList | None = None,
) -> ListEvidence:
    """A post each day at 08:00 UTC, each `every`th of which is refused for so many; judged `quiet` after the last."""
    fields: dict[str, str] = {}

    def put(entry: Entry) -> None:
        for name, value in changes(entry, fields).items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value

    now = BEGUN + timedelta(days=days - 1) + quiet
    start = BEGUN - timedelta(days=2)
    for hour in range(int((now - start) / timedelta(hours=1)) + 1):
        at = start + timedelta(hours=hour)
        both = tuple(Facts(family=each, spf=SpfResult.PASS, ptr=PtrResult.PASS) for each in (4, 6))
        put(Entry(source="check", at=at, facts=both))
        arrived = Facts(family=6, spf=SpfResult.PASS, ptr=PtrResult.PASS, dkim=AuthResult.PASS, tls=True)
        put(Entry(source="arrival", at=at, facts=(arrived,)))
        if hour % 24 == 0 and at >= BEGUN and ((at - BEGUN).days % every) == 0 and (at - BEGUN).days < days:
            for n in range(subscribers):
                reply = Reply(
                    at=at,
                    receiver=receiver,
                    family=families[n % len(families)],
                    action=AdmissionAction.REJECT,
                    rule=rule,
                    post=digest(f"post {at}"),
                    members=(digest(f"member {n}"),),
                    text=text,
                    domains=("gmail.com",),
                )
                put(Entry(source="bounce", at=at, replies=(reply,)))
    asked = listed or a_list(
        id="ipv6-ops",
        owners=["owner@example.org"],
        messages_per_day=1.0,
        subscribers={} if there is None else {"gmail.com": there, "microsoft.com": 120, "unplaced.example": 41},
    )
    return ListEvidence(
        listed=asked,
        rules=load_rules(),
        now=now,
        reports={"check": (a_check(SOUND, at=now),)},
        ledger=read_ledger(fields, days=DAYS_KEPT),
    )
