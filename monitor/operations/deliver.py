"""One notice: a try to deliver it, and the record of the try."""

from monitor.model import NoticeState
from monitor.notify import deliver as deliver_notice
from monitor.operations.services import Services


def deliver(services: Services, notice_id: str) -> None:
    """One due notice. Safe to repeat: a repeated try goes out under the same webhook-id or Message-ID."""
    notice = services.store.notices.get(notice_id)
    if notice is None:
        services.store.notices.drop(notice_id)
        return
    if notice.state is not NoticeState.PENDING:
        services.store.notices.save(notice)
        return
    services.store.notices.save(deliver_notice(notice, services.settings(), now=services.now()))
