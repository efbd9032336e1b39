"""How the list that is checked stands, as `staysub status` says it at this moment, and what this check would change.

The recorded level decides, so that two commands do not say two things at once. A check by hand is not recorded: it may
be made from anywhere and as often as anybody likes, and neither makes an incident nor counts as evidence.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.cli.lists import searched_lists
from monitor.cli.opening import receiver_rules, store_of
from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.model.evidence import Admission, CheckOutcome
from monitor.model.findings import CheckStatus
from monitor.model.lists import MailingList, named
from monitor.model.order import STATUS_OF_LEVEL
from monitor.model.risk import Assessment
from monitor.operations.standing import judged_alone, judged_with, standing
from monitor.spf.check import with_findings
from monitor.store.configured import watched_lists
from monitor.store.list_record import Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A watched list as `staysub status` has it, beside what this check found."""

    said: Assessment  # decides: as recorded; where nothing recorded can be read, by this check alone
    here: Assessment  # with this check recorded; of a stored check as recorded
    recorded: bool  # whether `said` is what `staysub status` says
    next_check: datetime | None = None  # when the workers look again

    @property
    def status(self) -> CheckStatus:
        """What the command ends with."""
        return STATUS_OF_LEVEL[self.said.level]

    @property
    def changes(self) -> bool:
        """Whether this check would change what is said, once the workers see the same."""
        return self.recorded and (self.here.level, self.here.reason) != (self.said.level, self.said.reason)

    def concerning(self, admission: Collection[Admission]) -> tuple[Admission, ...]:
        """Of these answers those that concern the list: of receivers where it has or may have subscribers."""
        receivers = {each.receiver for each in self.here.admission}
        return tuple(each for each in admission if each.receiver in receivers)


def with_standing(
    settings: Settings, outcome: CheckOutcome, *, now: datetime, as_recorded: bool = False
) -> tuple[CheckOutcome, Standing | None]:
    """The check with all that is found of its list, and how the list stands; the check alone, of what is no list.

    `as_recorded` says that the check tells nothing new: it is stored, or others were asked than the workers ask.
    Where Redis is away, the list is judged by this check alone: that has been told.
    """
    listed = named(searched_lists(settings, outcome.list_id or ""), outcome.list_id or "")
    if listed is None:
        return outcome, None
    try:
        stands = _as_recorded(settings, listed, outcome, now=now, as_recorded=as_recorded)
    except StoreUnavailable:
        alone = judged_alone(listed, settings, receiver_rules(), outcome, now=now)
        stands = Standing(said=alone, here=alone, recorded=False)
    told = {each.message for each in outcome.findings}
    whole = with_findings(outcome, (each for each in stands.here.findings if each.message not in told))
    return replace(whole, status=stands.status), stands


def unreadable(settings: Settings, list_id: str, *, now: datetime) -> tuple[CheckOutcome, Standing] | None:
    """Of a list whose settings cannot be read: a check of nothing, and that; None where it is no such list."""
    try:
        store = store_of(settings, hurried=True)
        watched_lists(settings, store)
        unread = store.lists.unreadable
        if list_id not in unread:
            return None
        (said,) = standing(store, [list_id], unread)
    except StoreUnavailable:
        return None
    outcome = CheckOutcome(domain="", list_id=list_id, evaluated_at=now, status=STATUS_OF_LEVEL[said.level])
    return outcome, Standing(said=said, here=said, recorded=True)


def _as_recorded(
    settings: Settings, listed: MailingList, outcome: CheckOutcome, *, now: datetime, as_recorded: bool
) -> Standing:
    store = store_of(settings, hurried=True)
    (said,) = standing(store, [listed.id])
    due = store.list_record(listed.id, Depth(due=True)).next_check
    here = said if as_recorded else judged_with(store, listed, settings, receiver_rules(), outcome, now=now)
    return Standing(said=said, here=here, recorded=True, next_check=due)
