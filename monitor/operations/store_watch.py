"""The store itself looked at: what became of it behind our back is noted, and excuses what went wrong meanwhile."""

from datetime import datetime

from monitor.incident.upheaval import StoreSeen, Upheaval
from monitor.operations.services import Services


def look_at_store(services: Services, *, count: bool = True) -> StoreSeen | None:
    """The store as it is now; None where it has no name yet and the look is not to `count`. May be repeated.

    This process's memory of the store, and of its signing keys, is compared with it: an upheaval is noted, and a lost
    key is put back.
    """
    store = services.store
    added = {each.id for each in services.lists()} - {each.id for each in services.settings().file_lists}
    seen = store.identity.look(lists=added, count=count)
    if count:
        store.signing_keys.all()
    return seen


def upheaval_told(services: Services) -> Upheaval | None:
    """What became of the store lately. Raises StoreUnavailable."""
    seen = look_at_store(services, count=False)
    return None if seen is None else seen.upheaval_told(services.now())


def steady_since(services: Services, since: datetime) -> bool:
    """Whether nothing that was written since then can have been lost: one without a name may have lost all of it.

    Raises StoreUnavailable.
    """
    seen = look_at_store(services, count=False)
    return seen is not None and seen.steady_since <= since
