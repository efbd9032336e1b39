"""What the configuration says of incidents, as values that decisions are made by. Pure."""

from monitor.config.settings import Settings
from monitor.incident.condition import AT_ONCE
from monitor.incident.decision import IncidentPolicy
from monitor.incident.lifecycle import LifePolicy
from monitor.incident.maintenance import Maintenance
from monitor.incident.notify_reason import NotifyPolicy
from monitor.model.lists import MailingList
from monitor.model.order import RANK
from monitor.model.risk import RiskLevel
from monitor.notify.preferences import preferences_of


def policy_of_list(listed: MailingList, settings: Settings) -> IncidentPolicy:
    """Of a list's incident. It is told as much as whoever of its readers wants the most; each gets her or his share."""
    (raise_n, raise_m), (resolve_n, resolve_m) = settings.incidents.raise_after, settings.incidents.resolve_after
    readers = preferences_of(listed, settings)
    levels, pauses = [each.tell_from for each in readers], [each.remind_every for each in readers if each.remind_every]
    escalate_after = settings.incidents.escalate_after if settings.notices.administrators else None
    return IncidentPolicy(
        life=LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m),
        notify=NotifyPolicy(
            tell_from=min(levels, key=RANK.__getitem__, default=RiskLevel(listed.tell_from)),
            remind_every=min(pauses, default=None),
            escalate_after=escalate_after or None,
        ),
        maintenance=_windows(settings),
    )


def policy_of_installation(settings: Settings) -> IncidentPolicy:
    """Of the incident of a condition: told to the administrators at once."""
    return IncidentPolicy(
        life=AT_ONCE,
        notify=NotifyPolicy(remind_every=settings.incidents.remind_every or None),
        maintenance=_windows(settings),
    )


def _windows(settings: Settings) -> tuple[Maintenance, ...]:
    return tuple(Maintenance(during=each.during, lists=each.lists, reason=each.reason) for each in settings.maintenance)
