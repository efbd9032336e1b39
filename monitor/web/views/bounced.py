"""Refusals of a list's posts out of its ledger: one row a day, receiver, family and rule. Pure."""

from typing import Final

from monitor.admission.rules import RuleSet
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.ledger import Cell, CellKey, Day, Ledger
from monitor.model.evidence import REFUSING, BounceReport

POLICY: Final = "policy"  # a ledger keeps no other kind of refusal


def bounced(ledger: Ledger, rules: RuleSet, *, list_id: str) -> tuple[BounceReport, ...]:
    """What bounces told, the newest first; `at` is the time of the last post that was refused so."""
    found = [
        _report(ledger, rules, day, key, cell, list_id=list_id)
        for day in ledger.days
        for key, cell in day.replies.items()
        if key.source == BOUNCES.name and key.action in REFUSING
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.id), reverse=True))


def _report(ledger: Ledger, rules: RuleSet, day: Day, key: CellKey, cell: Cell, *, list_id: str) -> BounceReport:
    rule, said = rules.rule(key.rule), ledger.said.get((key.receiver, key.family, key.rule))
    return BounceReport(
        list_id=list_id,
        id=":".join((f"{day.date}", key.receiver, f"{key.family}", key.rule, key.action)),
        at=cell.last,
        kind=POLICY,
        receiver=None if key.receiver == NOBODY_IN_PARTICULAR else key.receiver,
        rule=key.rule or None,
        about=None if rule is None else rule.about,
        action=key.action,
        family=key.family or None,
        recipients=cell.recipients.number,
        domains=() if said is None else said.domains,
        text="" if said is None else said.text,
    )
