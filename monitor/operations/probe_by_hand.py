"""A probe by hand: begun now, answered by a rule if asked for, watched until it arrives; or sent around the MTA."""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

from monitor.errors import Unavailable, UsageError
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.model.evidence import Arrival, Probe
from monitor.model.lists import MailingList
from monitor.model.vantage import Vantage
from monitor.operations.direct_probe import probe_directly, sources
from monitor.operations.make_probe import make_probe, vantage_in_turn
from monitor.operations.probe import end_overdue, send
from monitor.operations.services import Services
from monitor.operations.timing import probe_deadline, slot_by_hand
from monitor.probe.life import is_open
from monitor.probe.token import ALWAYS, TokenKind, issue
from monitor.receiver.rule_reply import find_rule, refusal

LOOK_AGAIN_S = 0.5
DSN_AT_LATEST = timedelta(days=7)  # MTAs give up after four or five days by default


def probe_by_hand(
    services: Services, listed: MailingList, *, as_rule: str | None, refusals: int | None, dsn: bool = False
) -> Probe:
    """Begin a probe and submit it. Not repeatable: each call is a probe of its own, while none is open.

    Raises UsageError where the configuration does not allow it, Unavailable where something of ours is down.
    """
    vantage, now = _living_vantage(services, listed), services.now()
    if listed.submission is None:
        raise UsageError(f"The list {listed.id} has no submission: name the MTA that its mail goes through.")
    end_overdue(services, listed)
    key = services.store.signing_key()
    deadline_at = probe_deadline(now, services.settings().schedule)
    made = make_probe(key, listed, vantage, slot=slot_by_hand(now), now=now, deadline_at=deadline_at)
    if as_rule is not None:
        made = _answered_by_rule(services, listed, made, key=key, name=as_rule, refusals=refusals, dsn=dsn)
    if not services.store.probes.open(made, now=now):
        raise _open_already(listed)
    return send(services, listed, made)


def probe_directly_by_hand(services: Services, listed: MailingList) -> list[tuple[Probe, Arrival | None]]:
    """One probe from each of the list's IPv6 addresses that is this machine's, around its MTA, each with its arrival.

    Raises UsageError where this is not the list's host or a probe is open, Unavailable where no receiver lives.
    """
    vantage = _living_vantage(services, listed)
    own = sources(listed)
    if not own:
        raise UsageError(f"None of the IPv6 addresses of {listed.id} is this machine's; run it on the list's host.")
    end_overdue(services, listed)
    if services.store.probes.current(listed.id) is not None:
        raise _open_already(listed)
    probes = probe_directly(services, listed, vantage, slot=slot_by_hand(services.now()), only=own)
    return [(each, _arrival_of(services, each)) for each in probes]


def watch_probe(
    services: Services, probe: Probe, *, patience_s: float, for_dsn: bool = False
) -> tuple[Probe, Arrival | None]:
    """The probe, and its arrival once there is one; gives up when the probe has ended otherwise or patience is over.

    With `for_dsn` the end of the probe is not enough: its DSN is waited for.
    """
    until = time.monotonic() + patience_s
    while True:
        probe = services.store.probes.get(probe.id) or probe
        arrival = _arrival_of(services, probe)
        ended = probe.dsn is not None if for_dsn else not is_open(probe)
        if arrival is not None or ended or time.monotonic() >= until:
            return probe, arrival
        time.sleep(LOOK_AGAIN_S)


def _living_vantage(services: Services, listed: MailingList) -> Vantage:
    """The receiver whose turn it is. Raises UsageError, or Unavailable where no receiver of ours lives."""
    if not services.settings().receivers:
        raise UsageError("There is no [receiver] in the configuration: a probe would have nowhere to go.")
    vantage = vantage_in_turn(services, listed)
    if vantage is None:
        raise Unavailable(
            "The receiver has not been seen lately: start `staysub run` or `staysub receiver`.", reason="receiver"
        )
    return vantage


def _arrival_of(services: Services, probe: Probe) -> Arrival | None:
    arrivals = services.store.evidence.read(ARRIVALS, probe.list_id, 20)
    return next((each for each in arrivals if each.probe_id == probe.id), None)


def _open_already(listed: MailingList) -> UsageError:
    return UsageError(f"A probe of {listed.id} is open already; at most one is under way. Wait for its end.")


def _answered_by_rule(
    services: Services, listed: MailingList, probe: Probe, *, key: bytes, name: str, refusals: int | None, dsn: bool
) -> Probe:
    """The probe with an address that makes the receiver answer by a rule: so often, or for a 5yz always.

    With `dsn` its reverse-path is ours. That is not how list mail goes, so that it is allowed only where the probe can
    never arrive: an arrival is evidence about the list. Raises UsageError.
    """
    rule = find_rule(services.rules, name, on=services.now().date())
    client_ip = next((each for each in listed.outbound if each.version == 6), listed.outbound[0])
    said = refusal(rule, client_ip)
    times = refusals if refusals is not None else ALWAYS if said.startswith("5") else 1
    if dsn and times != ALWAYS:
        raise UsageError(f"--dsn needs a rule that refuses for good; {rule.id} says {said[:10]}.")
    expires_at = probe.deadline_at + (probe.deadline_at - probe.scheduled_at)
    token = partial(issue, key, list_id=listed.id, probe_id=probe.id)
    asked = token(expires_at=expires_at, kind=TokenKind.AS_RULE, rule=rule.id, refusals=times)
    back = token(expires_at=expires_at + DSN_AT_LATEST, kind=TokenKind.BOUNCE)
    domain = probe.forward_path.rpartition("@")[2]
    return replace(
        probe,
        forward_path=f"{asked}@{domain}",
        reverse_path=f"{back}@{domain}" if dsn else probe.reverse_path,
        as_rule=rule.id,
    )
