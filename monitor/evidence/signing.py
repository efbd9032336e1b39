"""How a list's mail is signed, by the newest that shows it: what arrived, what was given, what is stated. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.evidence.seen_mail import SPEAKS_FOR, is_own
from monitor.model.ahead import is_ahead
from monitor.model.evidence import AuthResult, CheckOutcome, Seen
from monitor.model.lists import MailingList
from monitor.model.signing import DkimKey, KeyOutcome, KeyState, KnownBy, Learnt, SignedAs

KEYS_MAX: Final = 8  # that are looked at: two algorithms, each with a key that comes and one that goes, are four
LEARNT_KEPT: Final = 16  # of one list, about 100 octets each: keys that are changed every month, for a year
BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
UNSIGNED_FOR: Final = timedelta(days=30)  # a key once shown can be looked up; that there was none is soon no longer so
STALE: Final = timedelta(days=2)  # what a check older than this saw of a key says nothing of today
_FAULTY: Final = frozenset({KeyState.MISSING, KeyState.REVOKED, KeyState.UNUSABLE, KeyState.SHORT})


def signed_as(
    mail: Sequence[Seen], learnt: Learnt | None, listed: MailingList, *, now: datetime
) -> tuple[SignedAs, ...]:
    """How the list's mail is signed, one a signature; nothing where nobody knows.

    Mail that came to us within two days shows it, else the newest that came or was given and has a key, else it is as
    stated. `mail` is the newest first. What came to us longer ago without a signature says nothing any more, nor does
    what was given a month ago.
    """
    arrived = next(iter(mail), None)
    given = () if learnt is None else tuple(each for each in learnt.seen if _speaks(each, now))
    if arrived is not None:
        of_arrival = _of_arrival(arrived, listed)
        newer = not given or (given[0].seen_at or arrived.received_at) <= arrived.received_at
        if now - arrived.received_at <= SPEAKS_FOR or (newer and of_arrival[0].key is not None):
            return of_arrival
    if given:
        return tuple(each for each in given if (each.known_by, each.seen_at) == (given[0].known_by, given[0].seen_at))
    stated = as_stated(listed)
    return () if stated is None else (stated,)


def _speaks(one: SignedAs, now: datetime) -> bool:
    """Whether what was given says anything of today.

    What was given while our clock ran ahead would stand before every post that is given since.
    """
    if one.seen_at is None:
        return True
    return not is_ahead(one.seen_at, now) and (one.key is not None or now - one.seen_at <= UNSIGNED_FOR)


def as_stated(listed: MailingList) -> SignedAs | None:
    """What the configuration states."""
    return None if listed.dkim is None else SignedAs(known_by=KnownBy.STATED, seen_at=None, key=listed.dkim)


def _of_arrival(message: Seen, listed: MailingList) -> tuple[SignedAs, ...]:
    """One for each signature of the list's own; one without a key where there is none.

    Days will do: with the time of each message no two checks would find the same.
    """
    day = message.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    keys = [
        DkimKey(domain=each.domain.lower(), selector=each.selector.lower())
        for each in message.dkim
        if each.domain and each.selector and (message.canary is None or is_own(each.domain, listed))
    ]
    return tuple(SignedAs(known_by=KnownBy.ARRIVAL, seen_at=day, key=key) for key in dict.fromkeys(keys) or (None,))


def known_keys(
    signed: Sequence[SignedAs], mail: Sequence[Seen], learnt: Learnt | None, listed: MailingList
) -> tuple[DkimKey, ...]:
    """Every key of the list's that anything shows, those that sign now first; no more than are looked at."""
    of_mail = (each for message in mail for each in _of_arrival(message, listed))
    stated = as_stated(listed)
    every = (*signed, *((stated,) if stated else ()), *(learnt.seen if learnt else ()), *of_mail)
    return tuple(dict.fromkeys(each.key for each in every if each.key is not None))[:KEYS_MAX]


def believed(signed: Sequence[SignedAs], stated: SignedAs | None, keys: Sequence[KeyOutcome]) -> tuple[SignedAs, ...]:
    """What to believe once the keys' records were looked at.

    A key that somebody's old post shows, and that cannot be used, gives way to one that is stated and in order: the
    list signs by another one since.
    """
    if stated is not None and signed and signed[0].known_by in {KnownBy.POST, KnownBy.REPORT}:
        states = {each.key: each.state for each in keys}
        shown = [states.get(each.key) for each in signed if each.key is not None]
        if (
            shown
            and all(each in _FAULTY for each in shown)
            and stated.key in states
            and states[stated.key] is KeyState.IN_ORDER
        ):
            return (stated,)
    return tuple(signed)


def dkim_of_check(outcome: CheckOutcome) -> AuthResult | None:
    """What receivers find of the list's signatures, by the records of the keys that sign; None: not known.

    One key in order is enough (RFC 6376 section 6.1). Without a usable one signatures are a permanent error (RFC 8601
    section 2.7.1). NONE: the mail is known to be unsigned.
    """
    if not outcome.signed:
        return None
    states = {each.key: each.known(not_before=outcome.evaluated_at - STALE) for each in outcome.keys}
    signed = [each for each in outcome.signed if each.key is not None]
    if not signed:
        return AuthResult.NONE
    if all(each.fails for each in signed):
        return AuthResult.FAIL
    found = {states.get(each.key, KeyState.UNKNOWN) for each in signed if each.key is not None and not each.fails}
    if KeyState.IN_ORDER in found:
        return AuthResult.PASS
    return AuthResult.PERMERROR if found <= _FAULTY else None


def aligned(outcome: CheckOutcome) -> bool | None:
    """Whether a key that signs and is in order aligns with who stands in From; None: not known."""
    states = {each.key: each.state for each in outcome.keys}
    usable = [each for each in outcome.signed if each.key is not None and states.get(each.key) is KeyState.IN_ORDER]
    said = {each.aligned for each in usable}
    return True if True in said else None if None in said or not said else False


def dkim_by_keys(outcome: CheckOutcome) -> AuthResult | None:
    """What a check knows of the list's signatures by itself: what arrived speaks for itself, while its keys are there.

    So a refusal that began with a key's revocation began then, and not with whatever SPF had been before.
    """
    said = dkim_of_check(outcome)
    arrived = any(each.known_by is KnownBy.ARRIVAL for each in outcome.signed)
    return None if arrived and said is not AuthResult.PERMERROR else said


def dkim_known(arrived: AuthResult | None, outcome: CheckOutcome | None) -> AuthResult | None:
    """What mail that arrived shows (None: none is recent enough to speak), unless its keys are gone by now.

    `outcome` is the newest check: without mail what that found of the keys holds.
    """
    by_keys = None if outcome is None else dkim_of_check(outcome)
    if arrived is None:
        return by_keys
    return by_keys if arrived is AuthResult.PASS and by_keys is AuthResult.PERMERROR else arrived


def with_shown(learnt: Learnt, shown: Iterable[SignedAs]) -> Learnt:
    """What is known of a list once another message or report was given: each key once, by the newest that shows it."""
    newest = sorted((*shown, *learnt.seen), key=lambda each: each.seen_at or BEFORE_ALL, reverse=True)
    once = {each.key: each for each in reversed(newest)}
    return replace(learnt, seen=tuple(each for each in newest if once[each.key] is each)[:LEARNT_KEPT])
