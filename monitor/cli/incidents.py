"""`staysub incidents`: list, show, acknowledge, silence and unsilence."""

import getpass
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches

import click

from monitor.cli.lists import ListName, found_list
from monitor.cli.main import Cli, Group
from monitor.cli.opening import receiver_rules, settings_of, store_of
from monitor.cli.options import duration_option, json_option
from monitor.cli.output import console, emit_json, inert, local, print_paragraph, table
from monitor.model.incidents import ChangeKind, Incident, IncidentState, IncidentSubject, Silence
from monitor.wording.days import day
from monitor.wording.vocabulary import level_word

SILENCE_DEFAULT = "1d"
LEVELLED = (ChangeKind.RAISED, ChangeKind.CHANGED, ChangeKind.RESOLVED)  # changes whose cause says what is wrong


@click.group("incidents", cls=Group, invoke_without_command=True)
@json_option
@click.pass_context
def incidents_command(ctx: click.Context, *, as_json: bool) -> None:
    """Incidents: what is open and why, who takes it on, what is not to be told.

    Alone it lists the open incidents and the silences in force.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_incidents, list_id=None, everything=False, limit=50, as_json=as_json)


@incidents_command.command("list")
@click.option("--list", "list_id", metavar="LIST", type=ListName(), help="Of this list only.")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_incidents(cli: Cli, list_id: str | None, *, everything: bool, limit: int, as_json: bool) -> None:
    """List the open incidents, newest first, and the silences in force."""
    store = store_of(settings_of(cli))
    at = store.clocks.now()
    # The index holds those that are over as well, so more is read than shown.
    found = store.incidents.of_list(list_id, 200) if list_id else store.incidents.recent(limit if everything else 2000)
    shown = [one for one in found if everything or one.state is not IncidentState.RESOLVED][:limit]
    silences = [one for one in store.silences.all() if at < one.until and list_id in {None, one.list_id}]
    if as_json:
        emit_json("incidents", {"incidents": shown, "silences": silences})
        return
    _show_table(shown, everything=everything)
    _show_silences(silences)


@incidents_command.command("show")
@click.argument("wanted", metavar="INCIDENT|LIST", type=ListName())
@json_option
@click.pass_obj
def show_incident(cli: Cli, wanted: str, *, as_json: bool) -> None:
    """Show one incident: its history, and what was told of it to whom."""
    from monitor.notify.notice import shown_target
    from monitor.operations.incidents import find

    store = store_of(settings_of(cli))
    incident = find(store, wanted)
    notices = store.notices.of_incident(incident.id)
    if as_json:
        documents = [
            {
                "id": one.id,
                "type": one.type,
                "channel": one.channel,
                "target": shown_target(one),
                "state": one.state,
                "attempts": one.attempts,
                "next_attempt_at": one.next_attempt_at,
            }
            for one in notices
        ]
        emit_json("incident", {"incident": incident, "notices": documents})
        return
    out = console()
    print_paragraph(
        out, inert(f"{incident.id}: {incident.list_id}, {incident.state}, {level_word(incident.level)}"), style="bold"
    )
    if incident.reasons:
        print_paragraph(out, inert(f"because of {', '.join(incident.reasons)}"))
    if incident.acknowledgement:
        lasts = incident.acknowledgement.until
        until = f" until {local(lasts)}" if lasts else ""
        print_paragraph(
            out, inert(f"acknowledged by {incident.acknowledgement.by}{until}: {incident.acknowledgement.reason}")
        )
    history = table("when", "what", "level", "why")
    for change in incident.history:
        history.add_row(local(change.at), change.kind, level_word(change.level), inert(change.cause))
    out.print()
    out.print(history)
    if notices:
        delivered = table("told", "by", "to", "delivery")
        for one in notices:
            last = one.attempts[-1].outcome if one.attempts else "not tried yet"
            delivered.add_row(one.type, one.channel, inert(shown_target(one)), f"{one.state} ({last})")
        out.print()
        out.print(delivered)


@incidents_command.command("ack")
@click.argument("wanted", metavar="INCIDENT|LIST", type=ListName())
@click.option("--reason", default="", help="What you are doing about it.")
@click.option("--by", default=None, help="Who takes it on; otherwise your login name.")
@duration_option("--for", "lasting", help="For so long, such as 2d; otherwise until it is worse or over.")
@json_option
@click.pass_obj
def acknowledge(
    cli: Cli, wanted: str, *, reason: str, by: str | None, lasting: timedelta | None, as_json: bool
) -> None:
    """Acknowledge an incident: no reminders, no escalation. Changes and its end are still told."""
    from monitor.operations.incidents import acknowledge as operation

    store = store_of(settings_of(cli))
    at = store.clocks.now()
    until = None if lasting is None else at + lasting
    incident = operation(store, wanted, by=by or _login(), reason=reason, now=at, until=until)
    if as_json:
        emit_json("incidents-ack", {"incident": incident})
        return
    lasts = "until it gets worse or ends" if until is None else f"until {local(until)}"
    print_paragraph(console(), inert(f"{incident.id} ({incident.list_id}) is acknowledged {lasts}."))


@incidents_command.command("silence")
@click.argument("list_id", required=False, metavar="[LIST]", type=ListName())
@click.option("--receiver", help="Only what concerns this receiver, such as microsoft-365.")
@click.option("--finding", help="Only this finding, such as ptr.missing.")
@duration_option("--for", "lasting", default=SILENCE_DEFAULT, show_default=True, help="For so long.")
@click.option("--reason", default="", help="Why.")
@click.option("--by", default=None, help="Who; otherwise your login name.")
@json_option
@click.pass_obj
def silence(
    cli: Cli,
    list_id: str | None,
    *,
    receiver: str | None,
    finding: str | None,
    lasting: timedelta,
    reason: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Tell nothing for a while: about a list, a receiver, a finding, or what all of these have in common.

    Everything goes on being measured; what is still wrong at the end is told then. This is also how to announce
    maintenance.
    """
    from monitor.errors import UsageError
    from monitor.operations.incidents import silence as operation

    if list_id is None and receiver is None and finding is None:
        raise UsageError("Say what to silence: a list, --receiver or --finding.")
    if list_id is not None and IncidentSubject(list_id).is_installation:
        if store_of(settings_of(cli)).incidents.current(list_id) is None:
            raise UsageError(f"There is no open incident of the host named {list_id!r}.")
    elif list_id is not None:
        found_list(settings_of(cli), list_id)
    if receiver is not None:
        _see_that_it_is_known(receiver)
    store = store_of(settings_of(cli))
    at = store.clocks.now()
    made, hidden = operation(
        store,
        by=by or _login(),
        reason=reason,
        now=at,
        until=at + lasting,
        list_id=list_id,
        receiver=receiver,
        finding=finding,
    )
    if as_json:
        emit_json("incidents-silence", {"silence": made, "hidden": hidden})
        return
    count = f"{len(hidden)} open incident{'' if len(hidden) == 1 else 's'}"
    print_paragraph(console(), inert(f"{made.id}: {_covers(made)} until {local(made.until)}; it hides {count}."))


@incidents_command.command("unsilence")
@click.argument("wanted", metavar="SILENCE|LIST", type=ListName())
@click.option("--by", default=None, help="Who; otherwise your login name.")
@json_option
@click.pass_obj
def unsilence(cli: Cli, wanted: str, *, by: str | None, as_json: bool) -> None:
    """End a silence now. What was not told meanwhile is told after the next check."""
    from monitor.operations.incidents import unsilence as operation

    store = store_of(settings_of(cli))
    ended, shown = operation(store, wanted, by=by or _login(), now=store.clocks.now())
    if as_json:
        emit_json("incidents-unsilence", {"ended": ended, "shown": shown})
        return
    for one in ended:
        print_paragraph(console(), inert(f"{one.id} is over: {_covers(one)}."))
    for incident in shown:
        print_paragraph(
            console(), inert(f"{incident.id} ({incident.list_id}, {level_word(incident.level)}) is open again.")
        )


def _see_that_it_is_known(receiver: str) -> None:
    """A silence of a receiver that nobody knows would hide nothing, in silence. Raises UsageError."""
    from monitor.errors import UsageError

    known = [each.id for each in receiver_rules().receivers]
    if receiver in known:
        return
    near = get_close_matches(receiver, known, n=2)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are {', '.join(known)}."
    raise UsageError(f"There is no receiver {receiver!r}. {hint}")


def _show_table(incidents: Sequence[Incident], *, everything: bool) -> None:
    out = console()
    if not incidents:
        print_paragraph(out, "There are no incidents." if everything else "No incident is open.")
        return
    rows = table("incident", "list", "level", "state", "since", "why")
    for one in incidents:
        why = next(
            (
                f"as told on {day(change.at)}: {change.cause}"
                for change in reversed(one.history)
                if change.kind in LEVELLED
            ),
            ", ".join(one.reasons),
        )
        rows.add_row(one.id, one.list_id, level_word(one.level), one.state, local(one.opened_at), inert(why))
    out.print(rows)


def _show_silences(silences: Sequence[Silence]) -> None:
    if not silences:
        return
    out = console()
    rows = table("silence", "covers", "until", "by", "why")
    for one in silences:
        rows.add_row(one.id, inert(_covers(one)), local(one.until), inert(one.by), inert(one.reason))
    out.print()
    out.print(rows)


def _covers(silence: Silence) -> str:
    """What a silence covers, in words."""
    parts = [f"list {silence.list_id}"] if silence.list_id else ["all lists"]
    parts += [f"receiver {silence.receiver}"] if silence.receiver else []
    parts += [f"finding {silence.finding}"] if silence.finding else []
    return ", ".join(parts)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
