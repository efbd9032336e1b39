"""Notices tried anew, because somebody has mended what was in their way."""

from datetime import datetime

from monitor.config.settings import Settings
from monitor.model.incidents import Notice
from monitor.notify.notice import WEBHOOK
from monitor.operations.deliver import identity
from monitor.store import Store
from monitor.store.configured import watched_lists


def replay_notice(store: Store, settings: Settings, notice_id: str, *, now: datetime) -> Notice | None:
    """Make a notice due again under its old id, whatever became of it; None where it is unknown.

    An endpoint that had said it was gone is called again from now on.
    """
    notice = store.notices.replay(notice_id, now)
    if notice is not None and notice.channel == WEBHOOK:
        store.suppressions.enable(identity(notice, watched_lists(settings, store), settings))
    return notice
