"""A channel to a list's readers that does not work is told through the others: which notices that makes. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from monitor.config.settings import Settings
from monitor.model.incidents import Notice, NoticeState
from monitor.model.lists import Lists, MailingList, named
from monitor.notify.links import page
from monitor.notify.notice import FAILED, MAIL, TEST, WEBHOOK, Recipient, new_notice, shown_target
from monitor.notify.preferences import preferences_of

# What ended because the configuration or its reader wanted it so, or was told when it began.
_NO_FAULT: Final = frozenset({"no-owner", "no-endpoint", "endpoint-gone", "paused"})


def failure_notices(dead: Notice, lists: Lists, settings: Settings, *, now: datetime) -> tuple[Notice, ...]:
    """What to tell of a notice that was given up: through the list's other channel, and to the administrators by mail.

    Once a day for each recipient who fails, under ids that follow from recipient and day. Nothing for a notice of this
    kind itself, so that two broken channels do not tell of each other for ever.
    """
    outcome = dead.attempts[-1].outcome if dead.attempts else ""
    if dead.state is not NoticeState.DEAD or dead.type in (FAILED, TEST) or outcome in _NO_FAULT:
        return ()
    listed = named(lists, dead.list_id)
    said: dict[str, object] = {
        "list": dead.list_id,
        "list_address": "" if listed is None else listed.address,
        "channel": dead.channel,
        "target": shown_target(dead),
        "outcome": outcome,
        "detail": dead.attempts[-1].detail,
        "notice": dead.id,
        "link": page(settings.web.url, "notices"),
        "omitted": [],
    }
    key = f"failed {dead.channel} {dead.target} {dead.list_id} {now:%Y-%m-%d}"
    return tuple(
        new_notice(key, FAILED, recipient, list_id=dead.list_id, data=said, now=now)
        for recipient in dict.fromkeys(_others(dead, listed, settings))
        if recipient != (dead.channel, dead.target)
    )


def _others(dead: Notice, listed: MailingList | None, settings: Settings) -> Iterator[Recipient]:
    """The list's readers on the other channel, and the administrators."""
    if listed is not None:
        other = WEBHOOK if dead.channel == MAIL else MAIL
        for reader in preferences_of(listed, settings):
            if reader.channel == other and (reader.events is None or "failed" in reader.events):
                yield reader.channel, reader.target
    for administrator in settings.notices.administrators:
        yield MAIL, administrator
