"""What the store holds of a list that `staysub check` is asked about. Nothing is ever written there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from monitor.cli.check.options import Options
from monitor.cli.lists import searched_lists
from monitor.cli.opening import receiver_rules, store_of
from monitor.cli.output import warn
from monitor.config.settings import Settings
from monitor.dns.memory import Replay
from monitor.errors import StoreUnavailable, UsageError
from monitor.evidence.checks.source import CHECKS
from monitor.model.evidence import CheckOutcome
from monitor.model.lists import MailingList, named
from monitor.operations.examine import Known
from monitor.operations.known import known_of, subject_of, unrecorded
from monitor.operations.senders import senders_of
from monitor.spf.check import Subject
from monitor.spf.reevaluate import differing, reevaluate_check


def recorded(settings: Settings, listed: MailingList, *, now: datetime) -> Known:
    """What bears on a check of the list; what is configured where Redis is away, which is told, not waited for."""
    try:
        store = store_of(settings, hurried=True)
        return known_of(listed, store, receiver_rules(), now=now, every=settings.schedule.check_every)
    except StoreUnavailable as error:
        if error.reason != "unconfigured":
            warn(f"What was seen of the list before is left out. {error}")
        return unrecorded(listed, receiver_rules())


def of_list(
    listed: MailingList, known: Known, options: Options, lists: Iterable[MailingList], settings: Settings
) -> Subject:
    """The list as the worker asks for it, but for what the options say; `lists` are all that are known."""
    reverse_path = options.mail_from or listed.reverse_path
    subject = subject_of(listed, known, senders_of(reverse_path.rpartition("@")[2], lists, settings))
    return replace(
        subject,
        domain=reverse_path.rpartition("@")[2],
        reverse_path=reverse_path,
        helo=options.helo or subject.helo,
        outbound=options.ips or subject.outbound,
        observed=() if options.ips else subject.observed,
    )


def last_check(settings: Settings | None, target: str) -> tuple[CheckOutcome, Replay]:
    """The newest stored check, its verdicts reached again, and a resolver over its trace.

    Verdicts that differ are told.

    Raises UsageError where the target is no list or no check of it is stored, StoreUnavailable.
    """
    listed = None if settings is None else named(searched_lists(settings, target), target)
    if settings is None or listed is None:
        raise UsageError("Only checks of lists are stored: name a list of the configuration with --stored.")
    newest = store_of(settings).evidence.read(CHECKS, listed.id, 1)
    if not newest:
        raise UsageError(f"No check of {listed.id} is stored yet; without --stored it is checked now.")
    outcome = reevaluate_check(newest[0])
    for was, now in differing(newest[0], outcome):
        told = f"The {was.identity} verdict for {was.client_ip} was {was.result} when it was stored"
        warn(f"{told} and is {now.result} by the same answers now.")
    return outcome, Replay(line for each in outcome.results for line in each.trace)
