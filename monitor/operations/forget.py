"""A list that is watched no longer: its incident ends, and its assessment goes."""

import logging

from monitor.errors import StaysubError
from monitor.incident import entries
from monitor.model.incidents import IncidentState
from monitor.operations.services import Services

log = logging.getLogger(__name__)

TRIES = 5  # a worker may still be assessing it


def forget(services: Services, list_id: str) -> None:
    """End the list's incident; drop its assessment and what was learnt of it. The rest expires. May be repeated."""
    store = services.store
    for _ in range(TRIES):
        current = store.incidents.current(list_id)
        if current is None:
            break
        if current.state is IncidentState.PENDING:
            if store.incidents.forget(current):
                break
        elif store.incidents.commit(
            entries.unwatched(current, now=services.now()), (), expected_revision=current.revision
        ):
            break
    else:
        raise StaysubError(
            f"The incident of {list_id} was being changed by others all the time; the next tick tries again."
        )
    store.outcomes.forget(list_id)
    store.learnt.forget(list_id)
    store.sendings.forget(list_id)
    store.metric_totals.forget(list_id)
    log.info("list_forgotten", extra={"list": list_id})
