"""One notice, tried once on its way: the entry point for workers, the same for mail and webhooks."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from jinja2 import TemplateError

from monitor.config.settings import Settings
from monitor.model.dns import IpAddress
from monitor.model.incidents import DeliveryAttempt, Notice
from monitor.model.lists import Lists, Webhook, named
from monitor.notify import mail, webhook
from monitor.notify.links import Links, nowhere
from monitor.notify.notice import MAIL
from monitor.notify.preferences import language_of, zone_of
from monitor.notify.readers import still_told
from monitor.notify.relays import relays
from monitor.notify.retry import after
from monitor.phrase.phrase import joined, say
from monitor.tongue.languages import ENGLISH

log = logging.getLogger(__name__)

UNSAYABLE: Final = (AttributeError, LookupError, TypeError, ValueError, TemplateError)  # raised by what cannot be said


def deliver(
    notice: Notice,
    lists: Lists,
    settings: Settings,
    *,
    now: datetime,
    members: Sequence[Notice] = (),
    links: Links = nowhere,
    refused: Collection[IpAddress] = (),
    reverse_path: str | None = None,
) -> Notice:
    """Try to deliver this notice, and the notice after the try: delivered, due again, or dead.

    `lists` are those under watch: whose readers there are now. `members` are the notices that a digest tells; what
    becomes of them says `monitor.notify.digest.ended_with`. `links` gives what opens an incident without a log-in.
    `refused` are addresses of the relay's from which our own mail would be refused. `reverse_path` is where a bounce of
    the mail goes; None: to `notices.from`.

    Never raises for what the other side does. May be repeated: the other side sees the same `webhook-id` or Message-ID.
    Takes up to the time limits of `mail` and `webhook`: some ten seconds against a server that does not answer.
    """
    try:
        if notice.channel == MAIL:
            attempt = _by_mail(
                notice,
                lists,
                settings,
                now=now,
                members=members,
                links=links,
                refused=refused,
                reverse_path=reverse_path,
            )
        else:
            attempt = _by_webhook(notice, lists, settings, now=now)
    except UNSAYABLE as error:
        # A notice that we cannot put into words (stored by another version, perhaps) ends as a dead letter that is
        # shown, instead of being tried for ever.
        log.exception("notice_unsayable", extra={"notice": notice.id})
        fault = say("A fault of Staysub's own: {error}", error=repr(error)[:500])
        attempt = DeliveryAttempt(at=now, outcome="unsayable", detail=fault)
    return after(notice, attempt, now=now)


def _by_mail(
    notice: Notice,
    lists: Lists,
    settings: Settings,
    *,
    now: datetime,
    members: Sequence[Notice],
    links: Links,
    refused: Collection[IpAddress],
    reverse_path: str | None,
) -> DeliveryAttempt:
    """One mail to one reader, by the way that does not share the fate of what it tells."""
    listed = named(lists, notice.list_id)
    if not still_told(notice, lists, settings):
        return DeliveryAttempt(
            at=now,
            outcome="no-owner",
            detail=say("The address is no longer an owner of the list, or an administrator."),
        )
    sender = settings.notices.sender
    if sender is None:
        return mail.no_relay(now)
    compose = partial(
        mail.compose,
        notice,
        sender=sender,
        now=now,
        members=members,
        links=links,
        zone=zone_of(notice.target, settings),
        base=settings.web.url,
    )
    language = language_of(notice.target, settings)
    try:
        message = compose(language=language)
    except UNSAYABLE:
        if language == ENGLISH:
            raise
        log.exception("notice_unsayable_in_its_language", extra={"notice": notice.id, "language": language})
        message = compose(language=ENGLISH)  # a translation that lacks a place must not keep a warning back
    by = relays(settings.notices, listed, _data(notice, members), refused)
    attempt = mail.send(message, by, reverse_path=reverse_path or sender, forward_path=notice.target, now=now)
    if reverse_path is None or not attempt.outcome.startswith("smtp-5"):
        return attempt
    # It may be the reverse-path that was not liked: a notice never dies of where its bounce would go.
    again = mail.send(message, by, reverse_path=sender, forward_path=notice.target, now=now)
    other = say("With notices.from as its reverse-path: {detail}", detail=again.detail)
    return replace(again, detail=mail.bounded(joined(" ", (attempt.detail, other))))


def _data(notice: Notice, members: Sequence[Notice]) -> Mapping[str, Any]:
    """What the mail speaks of; of a digest the receivers of all that it tells."""
    if not members:
        found = json.loads(notice.payload)
        return found if isinstance(found, dict) else {}
    return {"receivers": [one for each in members for one in json.loads(each.payload).get("receivers", ())]}


def _by_webhook(notice: Notice, lists: Lists, settings: Settings, *, now: datetime) -> DeliveryAttempt:
    """One call of one endpoint."""
    endpoint = endpoint_of(notice, lists, settings)
    if endpoint is None:
        return DeliveryAttempt(at=now, outcome="no-endpoint", detail=say("The endpoint is no longer configured."))
    return webhook.deliver(
        notice,
        url=endpoint.url,
        secrets=endpoint.secret,
        kind=endpoint.format,
        allow_networks=settings.notices.allow_networks,
        now=now,
    )


def endpoint_of(notice: Notice, lists: Lists, settings: Settings) -> Webhook | None:
    """The endpoint that a notice is for, as it is configured now: the list's own, or one of its owners'."""
    listed = named(lists, notice.list_id)
    if listed is None:
        return None
    theirs = (hook for own in settings.owners if own.address in listed.owners for hook in own.webhooks)
    return next((hook for hook in (*theirs, *listed.webhooks) if hook.url == notice.target), None)
