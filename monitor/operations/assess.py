"""What we think of a list now, and what follows: the incident's next step and the notices of it, written together."""

import logging

from monitor.config.settings import MailingList, Settings
from monitor.errors import StaysubError
from monitor.incident.life import LifePolicy, step
from monitor.model import Assessment, Incident, Notice
from monitor.notify import encode, notices_for, payload
from monitor.operations.services import Services
from monitor.operations.timing import silent
from monitor.risk.judge import Evidences, judge

log = logging.getLogger(__name__)

CHECKS_READ = 20  # five hours at four an hour: what is older weighs nothing against it
ARRIVALS_READ = 200
PROBES_READ = 10
TRIES = 5  # others assess the same list at the same time: worker and receiver at most


def assess(services: Services, listed: MailingList, *, cause: str) -> None:
    """Think about the list and act on it. Safe to repeat: `cause` enters the history once, a change is told once."""
    thought = think(services, listed)
    services.store.outcomes.record_assessment(thought, cause=cause)
    for _ in range(TRIES):
        if advance(services, listed, thought):
            return
    raise StaysubError(
        f"The incident of {listed.id} was being changed by others all the time; the next check tries again."
    )


def think(services: Services, listed: MailingList) -> Assessment:
    """The assessment from all that is recorded. Writes nothing."""
    store, now = services.store, services.now()
    evidences = Evidences(
        checks=store.outcomes.checks(listed.id, CHECKS_READ),
        arrivals=store.outcomes.arrivals(listed.id, ARRIVALS_READ),
        probes=store.probes.of_list(listed.id, PROBES_READ),
        previous=store.outcomes.assessment(listed.id),
        receiver_silent=services.settings().receiver is not None
        and silent(store.heartbeats.last_seen("receiver"), now),
    )
    return judge(listed, evidences, services.rules, now=now)


def advance(services: Services, listed: MailingList, thought: Assessment) -> bool:
    """Take the incident's next step, if there is one; False where somebody else took one meanwhile."""
    store, settings, now = services.store, services.settings(), services.now()
    policy = life_policy(settings)
    current = store.incidents.current(listed.id)
    levels = store.outcomes.levels(listed.id, 3 * max(policy.raise_m, policy.resolve_m))
    incident, change = step(current, levels, thought, policy, now=now)
    if incident is None or incident == current:
        return True
    notices: tuple[Notice, ...] = ()
    if change is not None:
        said = encode(payload(incident, change, thought, listed, link=link_to(incident, settings)))
        notices = notices_for(change, incident, listed, said, now=now)
        log.info(
            "incident_changed",
            extra={"list": listed.id, "incident": incident.id, "kind": change.kind, "level": change.level},
        )
    return store.incidents.commit(incident, notices, expected_revision=0 if current is None else current.revision)


def link_to(incident: Incident, settings: Settings) -> str | None:
    """Where the incident can be looked at; None where the configuration does not say how owners reach the pages."""
    return None if settings.web.url is None else f"{settings.web.url.rstrip('/')}/incidents/{incident.id}"


def life_policy(settings: Settings) -> LifePolicy:
    """How many of how many assessments raise and resolve."""
    (raise_n, raise_m), (resolve_n, resolve_m) = settings.incidents.raise_after, settings.incidents.resolve_after
    return LifePolicy(raise_n=raise_n, raise_m=raise_m, resolve_n=resolve_n, resolve_m=resolve_m)
