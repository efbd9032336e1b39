"""What the configuration says of incidents, as values that decisions are made by. Pure."""

from functools import cache, partial

from monitor.config.settings import Settings
from monitor.incident.condition import AT_ONCE
from monitor.incident.decision import IncidentPolicy
from monitor.incident.lifecycle import LifePolicy
from monitor.incident.notify_reason import NotifyPolicy
from monitor.model.lists import MailingList
from monitor.model.order import RANK
from monitor.notify.preferences import preferences_of


def policy_of_list(listed: MailingList, settings: Settings) -> IncidentPolicy:
    """Of a list's incident."""
    return IncidentPolicy(
        life=_life(settings.incidents.raise_after, settings.incidents.resolve_after),
        notify=partial(notify_policy, listed, settings),
        maintenance=settings.maintenance,
    )


def policy_of_installation(settings: Settings) -> IncidentPolicy:
    """Of the incident of a condition: told to the administrators at once."""
    remind_every = settings.incidents.remind_every or None
    return IncidentPolicy(
        life=AT_ONCE, notify=lambda: NotifyPolicy(remind_every=remind_every), maintenance=settings.maintenance
    )


def notify_policy(listed: MailingList, settings: Settings) -> NotifyPolicy:
    """What is told of a list: as much as whoever of its readers wants the most. Each gets her or his share."""
    readers = preferences_of(listed, settings)
    escalate_after = settings.incidents.escalate_after if settings.notices.administrators else None
    return NotifyPolicy(
        tell_from=min((each.tell_from for each in readers), key=RANK.__getitem__, default=listed.tell_from),
        remind_every=min((each.remind_every for each in readers if each.remind_every), default=None),
        escalate_after=escalate_after or None,
    )


@cache  # as many as configurations were read
def _life(raise_after: tuple[int, int], resolve_after: tuple[int, int]) -> LifePolicy:
    (raise_n, raise_m), (resolve_n, resolve_m) = raise_after, resolve_after
    return LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m)
