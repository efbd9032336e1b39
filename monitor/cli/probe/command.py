"""`staysub probe LIST`: one probe by hand, watched until it arrives; also answered as a provider would."""

from typing import TYPE_CHECKING

import click

from monitor.cli.lists import ListName, watched_list
from monitor.cli.main import Cli
from monitor.cli.options import json_option
from monitor.cli.output import emit_json
from monitor.cli.probe.shown import document, facts, pending, show, show_table
from monitor.cli.progress import waiting

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.model.lists import MailingList
    from monitor.operations.services import Services

WAIT_FOR_S = 120  # a probe takes seconds; longer waits are what the pages are for
EX_NOT_ARRIVED = 1


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
    when it gives up, and, where the receiver's name has two addresses, whether it goes on to the next one at once, as
    it would to IPv4. Such a run is never counted against the list.

    With --direct one probe leaves from each IPv6 address of the list that is this machine's, without the MTA: what
    arrives so and not through the MTA is the MTA's trouble; what does not arrive either way is the network's.

    Ends with 0 when the probe arrived, 1 when it has not arrived yet or was refused.
    """
    from monitor.config.reload import SettingsSource
    from monitor.operations.probe_by_hand import probe_by_hand, watch_probe
    from monitor.wiring import assemble

    if as_rule is None and (refusals is not None or dsn):
        raise click.BadParameter("goes with --as", param_hint="--dsn" if refusals is None else "--refusals")
    if direct and as_rule is not None:
        raise click.BadParameter("goes without --as", param_hint="--direct")
    services = assemble(SettingsSource(cli.config_path))
    listed = watched_list(services, list_id)
    if direct:
        return _directly(services, listed, as_json=as_json)
    probe = probe_by_hand(services, listed, as_rule=as_rule, refusals=refusals, dsn=dsn)
    with waiting(f"Waiting for {'its DSN' if dsn else 'the probe to arrive'}, {wait} s at most …"):
        probe, arrival = watch_probe(services, probe, patience_s=wait, for_dsn=dsn)
    if as_json:
        emit_json("probe", document(probe, arrival))
    else:
        show(probe, arrival)
    return 0 if arrival is not None else EX_NOT_ARRIVED


def _directly(services: "Services", listed: "MailingList", *, as_json: bool) -> int:
    from monitor.operations.probe_by_hand import probe_directly_by_hand

    seen = probe_directly_by_hand(services, listed)
    if as_json:
        emit_json("probe-direct", {"list": listed.id, "direct": [{"probe": p, "arrival": a} for p, a in seen]})
    else:
        for each, arrival in seen:
            show_table([("directly", f"from {each.source}"), *(pending(each) if arrival is None else facts(arrival))])
    return 0 if seen and all(arrival is not None for _, arrival in seen) else EX_NOT_ARRIVED
