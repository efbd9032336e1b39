"""`staysub probe LIST`: one probe by hand, watched until it arrives; also answered as a provider would."""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from monitor.cli.lists import ListName, no_list
from monitor.cli.main import Cli
from monitor.cli.options import json_option
from monitor.cli.output import emit_json
from monitor.cli.probe.shown import document, facts, pending, show, show_table
from monitor.cli.progress import waiting
from monitor.errors import Unavailable, UsageError
from monitor.model.evidence import Arrival, Probe

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.model.lists import MailingList
    from monitor.model.vantage import Vantage
    from monitor.operations.services import Services

LOOK_AGAIN_S = 0.5
WAIT_FOR_S = 120  # a probe takes seconds; longer waits are what the pages are for
EX_NOT_ARRIVED = 1
DSN_AT_LATEST = timedelta(days=7)  # MTAs give up after four or five days by default


@click.command("probe")
@click.argument("list_id", metavar="LIST", type=ListName())
@click.option(
    "--as", "as_rule", metavar="RECEIVER|RULE", help="Answer as this receiver, or by this rule, and watch the retries."
)
@click.option(
    "--refusals",
    type=click.IntRange(1, 14),
    help="With --as: accept after so many refusals. Otherwise 1 for a reply 4yz, and never for 5yz.",
)
@click.option(
    "--dsn", is_flag=True, help="With --as and never accepted: let the DSN come back to us, not to the list's software."
)
@click.option(
    "--direct",
    is_flag=True,
    help="On the list's host: straight to our receiver from each of its IPv6 addresses, around its MTA.",
)
@click.option(
    "--wait", type=click.IntRange(0), default=WAIT_FOR_S, show_default=True, help="Seconds to wait for the arrival."
)
@json_option
@click.pass_obj
def probe_command(
    cli: Cli,
    list_id: str,
    as_rule: str | None,
    refusals: int | None,
    wait: int,
    *,
    dsn: bool,
    direct: bool,
    as_json: bool,
) -> int:
    """Send one probe through the list's own MTA now, and show how it arrived.

    With --as the receiver refuses it first, with that provider's own words: this shows when the list's MTA tries again,
    when it gives up, and, where the receiver's name has two addresses, whether it goes on to the next one at once, as it would
    to IPv4. Such a run is never counted against the list.

    With --direct one probe leaves from each IPv6 address of the list that is this machine's, without the MTA: what arrives so
    and not through the MTA is the MTA's trouble; what does not arrive either way is the network's.

    Ends with 0 when the probe arrived, 1 when it has not arrived yet or was refused.
    """
    from monitor.config.reload import SettingsSource
    from monitor.wiring import assemble

    if refusals is not None and as_rule is None:
        raise click.BadParameter("goes with --as", param_hint="--refusals")
    if dsn and as_rule is None:
        raise click.BadParameter("goes with --as", param_hint="--dsn")
    if direct and as_rule is not None:
        raise click.BadParameter("goes without --as", param_hint="--direct")
    services = assemble(SettingsSource(cli.config_path))
    if direct:
        return _directly(services, list_id, as_json=as_json)
    probe = start(services, list_id, as_rule=as_rule, refusals=refusals, dsn=dsn)
    with waiting(f"Waiting for {'its DSN' if dsn else 'the probe to arrive'}, {wait} s at most …"):
        probe, arrival = watch(services, probe, patience_s=wait, for_dsn=dsn)
    if as_json:
        emit_json("probe", document(probe, arrival))
    else:
        show(probe, arrival)
    return 0 if arrival is not None else EX_NOT_ARRIVED


def start(services: "Services", list_id: str, *, as_rule: str | None, refusals: int | None, dsn: bool = False) -> Probe:
    """Begin a probe by hand and submit it. Not repeatable: each call is a probe of its own, while none is open.

    Raises UsageError where the configuration does not allow it, Unavailable where something of ours is down.
    """
    from monitor.operations.make_probe import make_probe
    from monitor.operations.probe import end_overdue, send
    from monitor.operations.timing import probe_deadline, slot_by_hand

    (listed, vantage), now = _to_probe(services, list_id), services.now()
    if listed.submission is None:
        raise UsageError(f"The list {list_id} has no submission: name the MTA that its mail goes through.")
    end_overdue(services, listed)
    key = services.store.signing_key()
    deadline_at = probe_deadline(now, services.settings().schedule)
    made = make_probe(key, listed, vantage, slot=slot_by_hand(now), now=now, deadline_at=deadline_at)
    if as_rule is not None:
        made = asking(services, listed, made, key=key, name=as_rule, refusals=refusals, dsn=dsn)
    if not services.store.probes.open(made, now=now):
        raise UsageError(f"A probe of {list_id} is open already; at most one is under way. Wait for its end.")
    return send(services, listed, made)


def _to_probe(services: "Services", list_id: str) -> tuple["MailingList", "Vantage"]:
    """The list and the receiver whose turn it is. Raises UsageError, or Unavailable where no receiver of ours lives."""
    from monitor.operations.make_probe import vantage_in_turn

    listed = services.watched(list_id)
    if listed is None:
        raise no_list(list_id, [each.id for each in services.lists()])
    if not services.settings().receivers:
        raise UsageError("There is no [receiver] in the configuration: a probe would have nowhere to go.")
    vantage = vantage_in_turn(services, listed)
    if vantage is None:
        raise Unavailable(
            "The receiver has not been seen lately: start `staysub run` or `staysub receiver`.", reason="receiver"
        )
    return listed, vantage


def _directly(services: "Services", list_id: str, *, as_json: bool) -> int:
    """Direct probes by hand. Raises UsageError where this is not the list's host, or a probe is open."""
    from monitor.evidence.arrivals.source import ARRIVALS
    from monitor.operations.direct_probe import probe_directly, sources
    from monitor.operations.probe import end_overdue
    from monitor.operations.timing import slot_by_hand

    listed, vantage = _to_probe(services, list_id)
    own = sources(listed)
    if not own:
        raise UsageError(f"None of the IPv6 addresses of {list_id} is this machine's; run it on the list's host.")
    end_overdue(services, listed)
    if services.store.probes.current(list_id) is not None:
        raise UsageError(f"A probe of {list_id} is open already; at most one is under way. Wait for its end.")
    probes = probe_directly(services, listed, vantage, slot=slot_by_hand(services.now()), only=own)
    arrived = {each.probe_id: each for each in services.store.evidence.read(ARRIVALS, list_id, 20)}
    seen = [(each, arrived.get(each.id)) for each in probes]
    if as_json:
        emit_json("probe-direct", {"list": list_id, "direct": [{"probe": p, "arrival": a} for p, a in seen]})
    else:
        for each, arrival in seen:
            show_table([("directly", f"from {each.source}"), *(pending(each) if arrival is None else facts(arrival))])
    return 0 if seen and all(arrival is not None for _, arrival in seen) else EX_NOT_ARRIVED


def asking(
    services: "Services",
    listed: "MailingList",
    probe: Probe,
    *,
    key: bytes,
    name: str,
    refusals: int | None,
    dsn: bool,
) -> Probe:
    """The probe with an address that makes the receiver answer by a rule: so often, or for a 5yz always.

    With `dsn` its reverse-path is ours. That is not how list mail goes, so that it is allowed only where the probe can
    never arrive: an arrival is evidence about the list. Raises UsageError.
    """
    from monitor.probe.token import ALWAYS, TokenKind, issue
    from monitor.receiver.rule_reply import find_rule, refusal

    rule = find_rule(services.rules, name, on=services.now().date())
    said = refusal(rule, next((each for each in listed.outbound if each.version == 6), listed.outbound[0]))
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


def watch(
    services: "Services", probe: Probe, *, patience_s: float, for_dsn: bool = False
) -> tuple[Probe, Arrival | None]:
    """The probe, and its arrival once there is one; gives up when the probe has ended otherwise or patience is over.

    With `for_dsn` the end of the probe is not enough: its DSN is waited for.
    """
    from monitor.evidence.arrivals.source import ARRIVALS
    from monitor.probe.life import is_open

    until = time.monotonic() + patience_s
    while True:
        probe = services.store.probes.get(probe.id) or probe
        arrivals = services.store.evidence.read(ARRIVALS, probe.list_id, 20)
        arrival = next((each for each in arrivals if each.probe_id == probe.id), None)
        ended = probe.dsn is not None if for_dsn else not is_open(probe)
        if arrival is not None or ended or time.monotonic() >= until:
            return probe, arrival
        time.sleep(LOOK_AGAIN_S)
