"""One beat of the clock: bring the schedule up to date and claim what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.config.settings import Settings
from monitor.incident.blindness import WATCH_BEGAN
from monitor.model.lists import MailingList
from monitor.notify.notice import MAIL, WEBHOOK
from monitor.operations.forget import forget
from monitor.operations.mail_routes import claim_routes
from monitor.operations.services import Services
from monitor.operations.store_watch import look_at_store
from monitor.operations.timing import CLAIMS_A_TICK, LEASE
from monitor.store.schedule import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What this beat claimed: to be handed to the workers now."""

    claims: tuple[Claim, ...]
    mails: tuple[str, ...]
    calls: tuple[str, ...]  # of endpoints, which may be slow
    routes: tuple[str, ...]  # domains of subscribers whose mail servers are to be looked up

    def of(self, kind: str) -> list[tuple[str, int]]:
        """The claims of one kind as (list id, slot)."""
        return [(claim.list_id, claim.slot) for claim in self.claims if claim.kind == kind]


def tick(services: Services) -> Due:
    """Claim what is due for this beat alone.

    Two beats at once share the work; a lost answer comes again after the lease.
    """
    now, store = services.now(), services.store
    seen = look_at_store(services)
    if seen is not None and seen.looks == 1:
        store.heartbeats.beat(WATCH_BEGAN, now)  # nobody was heard before the store was there
    lists = services.lists()
    # One whose settings cannot be read is not gone: its incident and its past stay for whoever mends it.
    for list_id in store.schedule.gone([*(each.id for each in lists), *store.lists.unreadable]):
        forget(services, list_id)
    store.schedule.sync(intervals(services.settings(), lists), now)
    store.heartbeats.beat("beat", now)
    return Due(
        claims=store.schedule.claim(now, limit=CLAIMS_A_TICK, lease=LEASE),
        mails=store.notices.claim(MAIL, now, limit=CLAIMS_A_TICK, lease=LEASE),
        calls=store.notices.claim(WEBHOOK, now, limit=CLAIMS_A_TICK, lease=LEASE),
        routes=claim_routes(services),
    )


def intervals(settings: Settings, lists: Sequence[MailingList]) -> dict[tuple[str, str], timedelta]:
    """How often each list is checked, and probed where there is a receiver and a way to submit."""
    every: dict[tuple[str, str], timedelta] = {}
    for listed in lists:
        every["check", listed.id] = settings.schedule.check_every
        if settings.receivers and (listed.submission is not None or listed.direct):
            every["probe", listed.id] = settings.schedule.probe_every
    return every
