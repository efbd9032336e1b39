"""One notice, tried once on its way: the entry point for workers, the same for mail and webhooks."""

import logging
from collections.abc import Sequence
from datetime import datetime

from jinja2 import TemplateError

from monitor.config.settings import MailingList, Settings, WebhookSettings
from monitor.model import DeliveryAttempt, Notice
from monitor.notify import mail, webhook
from monitor.notify.outbox import MAIL
from monitor.notify.retry import after

log = logging.getLogger(__name__)


def deliver(notice: Notice, settings: Settings, *, now: datetime, members: Sequence[Notice] = ()) -> Notice:
    """Try to deliver this notice, and the notice after the try: delivered, due again, or dead.

    `members` are the notices that a digest tells; what becomes of them says `monitor.notify.digest.told_with`.

    Never raises for what the other side does. May be repeated: the other side sees the same `webhook-id` or Message-ID.
    Takes up to the time limits of `mail` and `webhook`: some ten seconds against a server that does not answer.
    """
    try:
        if notice.channel == MAIL:
            attempt = _by_mail(notice, settings, now=now, members=members)
        else:
            attempt = _by_webhook(notice, settings, now=now)
    except (AttributeError, LookupError, TypeError, ValueError, TemplateError) as error:
        # A notice that we cannot put into words (stored by another version, perhaps) ends as a dead letter that is shown,
        # instead of being tried for ever.
        log.exception("notice_unsayable", extra={"notice": notice.id})
        attempt = DeliveryAttempt(at=now, outcome="unsayable", detail=f"A fault of Staysub's own: {error!r}"[:600])
    return after(notice, attempt, now=now)


def _by_mail(notice: Notice, settings: Settings, *, now: datetime, members: Sequence[Notice]) -> DeliveryAttempt:
    """One mail to one owner."""
    mailing_list = _list(settings, notice.list_id)
    meant = () if mailing_list is None else (*mailing_list.owners, *settings.notices.administrators)
    if notice.target not in meant:
        return DeliveryAttempt(
            at=now, outcome="no-owner", detail="The address is no longer an owner of the list, or an administrator."
        )
    sender, relay = settings.notices.sender, settings.notices.relay
    if sender is None or relay is None:
        return DeliveryAttempt(
            at=now, outcome="no-relay", detail="Set notices.from and notices.relay so that mail can leave."
        )
    message = mail.compose(notice, sender=sender, now=now, members=members)
    return mail.send(message, relay, reverse_path=sender, forward_path=notice.target, now=now)


def _by_webhook(notice: Notice, settings: Settings, *, now: datetime) -> DeliveryAttempt:
    """One call of one endpoint."""
    endpoint = _endpoint(_list(settings, notice.list_id), notice.target)
    if endpoint is None:
        return DeliveryAttempt(at=now, outcome="no-endpoint", detail="The endpoint is no longer configured.")
    return webhook.deliver(
        notice,
        url=endpoint.url,
        secrets=endpoint.secret,
        kind=endpoint.format,
        allow_networks=settings.notices.allow_networks,
        now=now,
    )


def _list(settings: Settings, list_id: str) -> MailingList | None:
    return next((entry for entry in settings.lists if entry.id == list_id), None)


def _endpoint(mailing_list: MailingList | None, url: str) -> WebhookSettings | None:
    return next((entry for entry in mailing_list.webhooks if entry.url == url), None) if mailing_list else None
