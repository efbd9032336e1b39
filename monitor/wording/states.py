"""What people read of the states that things are in: an incident, a probe, a notice. Pure.

JSON documents, commands and CSS classes keep the words of the enumerations.
"""

from collections.abc import Mapping
from typing import Final

from monitor.model.evidence import ProbeState
from monitor.model.incidents import ChangeKind, IncidentState, NoticeState
from monitor.phrase.phrase import Phrase, word

_INCIDENTS: Final[Mapping[IncidentState, Phrase]] = {
    IncidentState.PENDING: word("state of an incident", "pending"),
    IncidentState.OPEN: word("state of an incident", "open"),
    IncidentState.ACKNOWLEDGED: word("state of an incident", "acknowledged"),
    IncidentState.SILENCED: word("state of an incident", "silenced"),
    IncidentState.RESOLVING: word("state of an incident", "resolving"),
    IncidentState.RESOLVED: word("state of an incident", "resolved"),
}
_CHANGES: Final[Mapping[ChangeKind, Phrase]] = {
    ChangeKind.RAISED: word("what happened to an incident", "raised"),
    ChangeKind.CHANGED: word("what happened to an incident", "changed"),
    ChangeKind.RESOLVED: word("what happened to an incident", "resolved"),
    ChangeKind.PENDING: word("what happened to an incident", "pending"),
    ChangeKind.RESOLVING: word("what happened to an incident", "resolving"),
    ChangeKind.RETURNED: word("what happened to an incident", "returned"),
    ChangeKind.ACKNOWLEDGED: word("what happened to an incident", "acknowledged"),
    ChangeKind.EXPIRED: word("what happened to an incident", "expired"),
    ChangeKind.SILENCED: word("what happened to an incident", "silenced"),
    ChangeKind.UNSILENCED: word("what happened to an incident", "unsilenced"),
    ChangeKind.REMINDER: word("what happened to an incident", "reminder"),
    ChangeKind.ESCALATED: word("what happened to an incident", "escalated"),
}
_PROBES: Final[Mapping[ProbeState, Phrase]] = {
    ProbeState.SCHEDULED: word("state of a probe", "scheduled"),
    ProbeState.SUBMITTED: word("state of a probe", "submitted"),
    ProbeState.ARRIVED: word("state of a probe", "arrived"),
    ProbeState.DEFERRED: word("state of a probe", "deferred"),
    ProbeState.REJECTED: word("state of a probe", "rejected"),
    ProbeState.BOUNCED: word("state of a probe", "bounced"),
    ProbeState.LOST: word("state of a probe", "lost"),
}
_NOTICES: Final[Mapping[NoticeState, Phrase]] = {
    NoticeState.PENDING: word("state of a notice", "pending"),
    NoticeState.DELIVERED: word("state of a notice", "delivered"),
    NoticeState.DEAD: word("state of a notice", "dead"),
    NoticeState.WITHHELD: word("state of a notice", "withheld"),
}


def incident_state_word(state: IncidentState) -> Phrase:
    """Where an incident is in its life."""
    return _INCIDENTS[state]


def change_word(kind: ChangeKind) -> Phrase:
    """What happened to an incident."""
    return _CHANGES[kind]


def probe_state_word(state: ProbeState) -> Phrase:
    """Where a probe is in its life."""
    return _PROBES[state]


def notice_state_word(state: NoticeState) -> Phrase:
    """What became of a notice."""
    return _NOTICES[state]
