"""The owners' weekly digests, each made once."""

from datetime import datetime

from monitor.notify.weekly import WEEK, Week, digest, digest_id, due_digests
from monitor.operations.services import Services


def tell_weekly(services: Services) -> int:
    """Make the digests whose moment has come; how many. May be repeated: the same moment makes the same notice."""
    store, settings, now = services.store, services.settings(), services.now()
    made = 0
    for owner, at in due_digests(services.lists(), settings, now=now).items():
        if store.notices.get(digest_id(owner, at)) is not None:
            continue
        notice = digest(owner, _weeks(services, owner, at), at=at, now=now)
        if notice is not None:
            store.notices.add([notice])
            made += 1
    return made


def _weeks(services: Services, owner: str, at: datetime) -> list[Week]:
    """The owner's lists then and now; those about which nothing is known at one of the two times are left out."""
    store = services.store
    lists = [each for each in services.lists() if each.digest and owner in each.owners]
    assessments = store.outcomes.assessments([each.id for each in lists])
    weeks = []
    for each in lists:
        then, now = store.outcomes.level_at(each.id, at - WEEK), assessments.get(each.id)
        if then is not None and now is not None:
            weeks.append(Week(listed=each, then=then, now=now))
    return weeks
