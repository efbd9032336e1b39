"""A mailing list under watch, who is told about it, and what they want to hear.

Values: the configuration room reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from monitor.model.dns import IpAddress
from monitor.model.risk import RiskLevel
from monitor.model.secret import Secret
from monitor.model.signing import DkimKey
from monitor.model.times import QuietHours, Weekly
from monitor.phrase.phrase import Phrase, say

USUAL_TRAFFIC: Final = 1.0  # posts a day of a list of which nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint that is told about a list."""

    url: str
    format: str  # standard, alertmanager or slack
    events: tuple[str, ...]  # the kinds of change that it asked for
    secret: tuple[Secret, ...]  # sign the calls, the first one first; empty where the format signs nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPreferences:
    """What one owner wants to hear of all lists of hers or his; None: as the list says."""

    address: str
    mail: bool
    tell_from: RiskLevel | None
    timezone: str | None  # its IANA name, in which days and times are told
    language: str | None  # its tag (RFC 5646)
    quiet_hours: QuietHours | None
    remind_every: timedelta | None  # 0: never
    digest: Weekly | Literal["never"] | None
    webhooks: tuple[Webhook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingList:
    """A mailing list under watch, whether the file names it or it was added at run time."""

    id: str
    address: str  # RFC 5321 section 4.1.2: where posts go to
    reverse_path: str  # RFC 5321 section 4.1.1.2, without "<>": where the list's mail bounces to
    helo: str  # RFC 5321 section 4.1.1.1: what its MTA says in EHLO
    outbound: tuple[IpAddress, ...]  # never empty
    author_domains: tuple[str, ...]
    dkim: DkimKey | None  # which key signs, as stated: until an arrival or a post shows what is true; None: not stated
    submission: Secret | None  # URL of the MTA that list mail goes through; None: not probed
    direct: bool  # also probed around the MTA, by a worker on the list's host
    owners: tuple[str, ...]
    tell_from: RiskLevel
    quiet_hours: QuietHours | None
    remind_every: timedelta | None  # 0: never; None: as for all lists
    digest: bool
    manager: str
    bounce_policy: Mapping[str, Any]  # in the list manager's own words
    mta: str
    messages_per_day: float | None  # None: not stated, so that what was counted holds, else USUAL_TRAFFIC
    subscribers: Mapping[str, int]  # by domain
    webhooks: tuple[Webhook, ...]

    @property
    def usual_traffic(self) -> float:
        """Posts a day where nothing was counted."""
        return USUAL_TRAFFIC if self.messages_per_day is None else self.messages_per_day


Lists = tuple[MailingList, ...]


def settings_unreadable(why: str = "") -> Phrase:
    """What is told of a list whose stored settings cannot be used, with the reason where one is known."""
    if not why:
        return say(
            "The settings of this list, which was added over the API, cannot be used. Send them again over the API, or "
            "delete it there."
        )
    return say(
        "The settings of this list, which was added over the API, cannot be used: {why}. Send them again over the API, or "
        "delete it there.",
        why=why,
    )


def named(lists: Iterable[MailingList], list_id: str) -> MailingList | None:
    """The list of that id, or None."""
    return next((each for each in lists if each.id == list_id), None)
