"""How lists stand, as recorded, for every command that shows it; and how one would stand with one more check.

Nothing is written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.fold import changes
from monitor.evidence.ledger import DAYS_WEIGHED
from monitor.evidence.ledger_text import read_ledger
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import CheckOutcome
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.operations.reassess import evidence_of
from monitor.overview.summary import NOT_CHECKED, NOT_READABLE
from monitor.risk.judge import judge
from monitor.store import Store

NO_LISTS: Final[Mapping[str, str]] = MappingProxyType({})


def standing(store: Store, list_ids: Sequence[str], unread: Mapping[str, str] = NO_LISTS) -> list[Assessment]:
    """What is thought of each of these lists. `unread` are those whose settings cannot be used, with why.

    One that was never assessed, or whose assessment cannot be read, is unknown, and its reason says which it is.
    Raises StoreUnavailable.
    """
    found, at = store.outcomes.assessments(list_ids), store.clocks.now()
    missing = [each for each in list_ids if each not in found]
    kept = store.outcomes.kept(missing)

    def unknown(list_id: str) -> Assessment:
        why = unread.get(list_id) or (NOT_READABLE if list_id in kept else NOT_CHECKED)
        return Assessment(list_id=list_id, assessed_at=at, level=RiskLevel.UNKNOWN, reason=why)

    return [found[each] if each in found and each not in unread else unknown(each) for each in list_ids]


def judged_with(
    store: Store, listed: MailingList, settings: Settings, rules: RuleSet, outcome: CheckOutcome, *, now: datetime
) -> Assessment:
    """What would be thought of the list with this check recorded, by what the workers judge by.

    Raises StoreUnavailable.
    """
    evidence = evidence_of(store, listed, settings, rules, now=now)
    fields = store.evidence.ledger_fields(listed.id)
    return judge(_with(evidence, outcome, fields), thresholds=settings.risk)


def judged_alone(
    listed: MailingList, settings: Settings, rules: RuleSet, outcome: CheckOutcome, *, now: datetime
) -> Assessment:
    """What would be thought of the list if this check were all that is known of it: nothing recorded can be read."""
    nothing = ListEvidence(listed=listed, rules=rules, now=now, reports={})
    return judge(_with(nothing, outcome, {}), thresholds=settings.risk)


def _with(evidence: ListEvidence, outcome: CheckOutcome, fields: dict[str, str]) -> ListEvidence:
    entry = None if CHECKS.entry is None else CHECKS.entry(outcome)
    after = {**fields, **({} if entry is None else changes(entry, fields, now=evidence.now))}
    return replace(
        evidence,
        reports={**evidence.reports, CHECKS.name: (outcome, *evidence.reports.get(CHECKS.name, ()))},
        ledger=read_ledger({name: text for name, text in after.items() if text}, days=DAYS_WEIGHED).up_to(evidence.now),
    )
