"""What `staysub doctor` says of MTAs' logs: whether each is there, is read, and tells of list mail."""

import os
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.cli.doctor.examinations import Diagnosis, ill, part, unwell, well
from monitor.config.settings import Settings
from monitor.errors import StaysubError
from monitor.follow.opened import OpenedFile
from monitor.follow.permission import why_unreadable
from monitor.incident.signs_of_life import silent
from monitor.model.lists import Lists
from monitor.model.log_place import LogPlace
from monitor.model.mta_log import STANDARD_INPUT, MtaLog
from monitor.store import Store

SILENT_AFTER: Final = timedelta(days=1)
NO_LIST_MAIL_AFTER: Final = timedelta(days=7)
POSTS_A_DAY: Final = 1.0  # of all lists together, from which on a day without a line is strange
RELAY_SHARE: Final = 0.95
RELAY_ATTEMPTS: Final = 20
UNREAD_SHARE: Final = 0.01
UNREAD_LEAST: Final = 20
DOMAINS_ASKED: Final = 1000
NOTHING_LEARNT: Final = "Until then nothing is learnt of what receivers answer."


def mta_logs(
    settings: Settings, lists: Lists, rules: RuleSet, open_store: Callable[[], Store], now: datetime
) -> Iterator[Diagnosis]:
    """Each log of the configuration; nothing where there is none, or the store, which is told elsewhere, is away."""
    if not settings.mta_logs:
        return
    try:
        store = open_store()
        seen = store.heartbeats.all()
        places = {each.id: store.followed.place(each.id) for each in settings.mta_logs}
        domains = list(dict.fromkeys(domain for each in lists for domain in each.subscribers))[:DOMAINS_ASKED]
        exchangers = {host for route in store.mail_routes.of(domains).values() for host in route.hosts}
    except StaysubError:
        return
    for each in settings.mta_logs:
        alive = not silent(seen.get(each.part), now)
        if each.path != STANDARD_INPUT:
            yield part(each.part, seen.get(each.part), now)
        place = places[each.id]
        if alive:  # it knows best whether it can read its log, which may be another machine's
            unread = [ill(each.part, place.problem, NOTHING_LEARNT)] if place.problem else []
        else:
            unread = list(readable(each.part, each.path)) if each.path not in (None, STANDARD_INPUT) else []
        yield from unread
        if any(one.status == "critical" for one in unread):
            continue
        found = list(told_of(each, place, lists, now, smarthost(place, rules, exchangers)))
        yield from found
        if not found and alive:
            yield well(each.part, _progress(each, place))


def readable(subject: str, path: Path) -> Iterator[Diagnosis]:
    """Whether this user can read the log; which need not be the user that follows it."""
    try:
        OpenedFile(path).close()
    except OSError as error:
        yield ill(subject, why_unreadable(path, error), NOTHING_LEARNT)
        return
    if os.geteuid() == 0:
        yield well(subject, f"{path} can be read by root; see that the user of `staysub follow` can, too.")
    else:
        yield well(subject, f"{path} can be read.")


def told_of(log: MtaLog, place: LogPlace, lists: Lists, now: datetime, relay: str | None = None) -> Iterator[Diagnosis]:
    """What is strange in what the log told; `relay` as `smarthost` has found it. Pure."""
    if place.read_at is None:
        return
    last, list_mail = place.last_line_at, place.list_mail_at
    expected = sum(each.usual_traffic for each in lists) >= POSTS_A_DAY
    if expected and (last is None or now - last >= SILENT_AFTER):
        since = f"since {last:%Y-%m-%d %H:%M} UTC" if last is not None else "in it so far"
        yield unwell(
            log.part,
            f"There is no line of {log.kind} about a message {since}, though the lists have traffic.",
            f"See whether the mail server still writes to {log.source}.",
        )
    elif expected and (list_mail is None or now - list_mail >= NO_LIST_MAIL_AFTER):
        yield unwell(
            log.part,
            f"{place.lines} lines were read, and none of late is about mail of a list.",
            "Name the log of the mail server that sends the lists' mail; their reverse-paths begin with "
            f"{lists[0].reverse_path}.",
        )
    if relay is not None:
        yield unwell(
            log.part,
            f"Your mail server hands everything to {relay}: what receivers answer stands in the log of that one.",
            "Read the log there, with a `staysub follow` of its own beside the same Redis.",
        )
    if place.unread >= max(UNREAD_LEAST, UNREAD_SHARE * place.lines):
        yield unwell(
            log.part,
            f"{place.unread} of {place.lines} lines are of a form that is not known, such as: {place.sample}",
            f"See that it is the log of {log.kind}; if it is, tell the makers of Staysub of this line.",
        )


def smarthost(place: LogPlace, rules: RuleSet, exchangers: Collection[str]) -> str | None:
    """The host that takes nearly all the lists' mail though it is nobody's who has subscribers. Pure."""
    attempts = sum(place.relays.values())
    if attempts < RELAY_ATTEMPTS:
        return None
    host, number = max(place.relays.items(), key=lambda pair: pair[1])
    known = rules.receiver_of_host(host) is not None or host.rstrip(".") in exchangers
    return host if number >= RELAY_SHARE * attempts and not known else None


def _progress(log: MtaLog, place: LogPlace) -> str:
    if place.read_at is None:
        return f"Nothing of {log.source} has been read yet."
    return f"{place.lines} lines of {log.source} were read, with {place.attempts} tries to deliver list mail."
