"""What people read of the states that things are in: an incident, a probe, a notice, an answer. Pure.

JSON documents, commands and CSS classes keep the words of the enumerations.
"""

from collections.abc import Mapping
from typing import Final

from monitor.model.evidence import AdmissionAction, ProbeState
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
_ACTIONS: Final[Mapping[AdmissionAction, Phrase]] = {
    AdmissionAction.ACCEPT: word("what a receiver does with mail", "accept"),
    AdmissionAction.REJECT: word("what a receiver does with mail", "reject"),
    AdmissionAction.DEFER: word("what a receiver does with mail", "defer"),
    AdmissionAction.UNKNOWN: word("what a receiver does with mail", "unknown"),
}
_KINDS: Final[Mapping[str, Phrase]] = {
    "failed": word("what a notice tells of a channel", "failed"),
    "test": word("what a notice is", "test"),
    "digest": word("what a notice is", "digest"),
    "weekly": word("what a notice is", "weekly"),
}
_CHANNELS: Final[Mapping[str, Phrase]] = {
    "mail": word("through what a notice goes", "mail"),
    "webhook": word("through what a notice goes", "webhook"),
}
_BOUNCES: Final[Mapping[str, Phrase]] = {
    "policy": word("what a bounce is about", "policy"),
    "address": word("what a bounce is about", "address"),
    "mailbox": word("what a bounce is about", "mailbox"),
    "transient": word("what a bounce is about", "transient"),
    "other": word("what a bounce is about", "other"),
}
# Of reverse DNS. What the standards call a result (pass, softfail, permerror) every language calls so.
_RESULTS: Final[Mapping[str, Phrase]] = {
    "missing": word("result of a look-up of reverse DNS", "missing"),
    "mismatch": word("result of a look-up of reverse DNS", "mismatch"),
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


def notice_kind_word(kind: str) -> str:
    """What a notice tells, by its type: `list.risk.raised` that something was raised."""
    last = kind.rpartition(".")[2]
    return _KINDS.get(last) or next((said for change, said in _CHANGES.items() if change == last), last)


def channel_word(channel: str) -> str:
    """Through what a notice goes."""
    return _CHANNELS.get(channel, channel)


def bounce_word(kind: str) -> str:
    """What a bounce is about."""
    return _BOUNCES.get(kind, kind)


def action_word(action: AdmissionAction) -> Phrase:
    """What a receiver's rules do with mail."""
    return _ACTIONS[action]


def result_word(result: str) -> str:
    """A result of SPF, DKIM, DMARC or reverse DNS."""
    return _RESULTS.get(result, result)
