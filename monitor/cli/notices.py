"""`staysub notices`: what was told and what could not be, replay, and a test of every way."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.lists import ListName, found_list
from monitor.cli.main import Cli, Group
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, inert, local, print_paragraph, table
from monitor.clock import now
from monitor.errors import UsageError
from monitor.model.incidents import Notice, NoticeState

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.store import Store

EX_NOT_DELIVERED = 1
READ = 2000  # notices looked through for those of a state


@click.group("notices", cls=Group, invoke_without_command=True)
@json_option
@click.pass_context
def notices_command(ctx: click.Context, *, as_json: bool) -> None:
    """Notices: what was told to whom, what could not be delivered and why. Alone it lists the newest."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_notices, list_id=None, state=None, limit=50, as_json=as_json)


@notices_command.command("list")
@click.option("--list", "list_id", metavar="LIST", type=ListName(), help="Of this list only.")
@click.option("--dead", "state", flag_value="dead", help="Only those that were given up.")
@click.option("--pending", "state", flag_value="pending", help="Only those that are still to be delivered.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_notices(cli: Cli, list_id: str | None, state: str | None, *, limit: int, as_json: bool) -> None:
    """List notices, newest first, with what came of the last try."""
    shown = _chosen(store_of(settings_of(cli)), list_id, state)[:limit]
    if as_json:
        emit_json("notices", {"notices": [_document(one) for one in shown]})
        return
    if not shown:
        print_paragraph(console(), f"There are no {state} notices." if state else "There are no notices.")
        return
    _show(shown)
    dead = sum(one.state is NoticeState.DEAD for one in shown)
    if dead:
        words = "1 was given up" if dead == 1 else f"{dead} were given up"
        console().print()
        hint = "`staysub notices show ID` says why, `staysub notices replay ID` tries again."
        print_paragraph(console(), f"{words}. {hint}")


@notices_command.command("show")
@click.argument("notice_id", metavar="ID")
@json_option
@click.pass_obj
def show_notice(cli: Cli, notice_id: str, *, as_json: bool) -> None:
    """Show one notice: every try, and what it says."""
    import json

    from monitor.notify.notice import shown_payload

    one = store_of(settings_of(cli)).notices.get(notice_id)
    if one is None:
        raise UsageError(f"There is no notice {notice_id!r}.")
    if as_json:
        emit_json("notice", {"notice": {**_document(one), "data": json.loads(shown_payload(one))}})
        return
    _show([one])
    tries = table("tried", "outcome", "detail")
    for attempt in one.attempts:
        tries.add_row(local(attempt.at), attempt.outcome, inert(attempt.detail))
    if one.attempts:
        console().print()
        console().print(tries)


@notices_command.command("replay")
@click.argument("notice_ids", nargs=-1, metavar="[ID]...")
@click.option("--dead", "all_dead", is_flag=True, help="All that were given up.")
@click.option("--list", "list_id", metavar="LIST", type=ListName(), help="With --dead: of this list only.")
@json_option
@click.pass_obj
def replay(cli: Cli, notice_ids: tuple[str, ...], *, all_dead: bool, list_id: str | None, as_json: bool) -> None:
    """Try notices again, from the first delay on, under their old ids: who has them already can tell."""
    if bool(notice_ids) is all_dead:
        raise UsageError("Name the notices to replay, or --dead for all that were given up.")
    from monitor.operations.deliver import replay_notice as operation

    settings = settings_of(cli)
    store = store_of(settings)
    at = store.clocks.now()
    wanted = [one.id for one in _chosen(store, list_id, "dead")] if all_dead else notice_ids
    unknown = [each for each in wanted if operation(store, settings, each, now=at) is None]
    count = len(wanted) - len(unknown)
    if as_json:
        emit_json("notices-replay", {"due": [each for each in wanted if each not in unknown], "unknown": unknown})
    else:
        print_paragraph(
            console(), f"{count} notice{' is' if count == 1 else 's are'} due again; a worker takes them up."
        )
    if unknown:
        raise UsageError(f"There is no notice {', '.join(map(repr, unknown))}.")


@notices_command.command(
    "bounced",
    help="""Read bounces of notices, from mailbox files or standard input: what came back is given up, and told on another way.

    Meant for the mailbox of notices.from, such as an alias of your mail server: "|staysub notices bounced -".""",
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|-…", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@json_option
@click.pass_obj
def bounced(cli: Cli, paths: tuple[str, ...], *, as_json: bool) -> None:
    """Give up what came back, and say which notices these are."""
    from monitor.operations.notice_bounces import note_notice_bounce
    from monitor.trace.mailbox import lines_of, split_mbox

    settings = settings_of(cli)
    store = store_of(settings)
    at = store.clocks.now()
    found: list[Notice] = []
    for path in paths:
        with click.open_file(path, "rb") as stream:
            for octets in split_mbox(lines_of(stream)):
                found += note_notice_bounce(store, settings, octets, now=at)
    if as_json:
        emit_json("notices-bounced", {"notices": [_document(one) for one in found]})
        return
    for one in found:
        print_paragraph(console(), inert(f"{one.id} to {_target(one)} came back: {one.attempts[-1].detail}"))
    if not found:
        print_paragraph(console(), "No notice of ours came back in there.")


@notices_command.command("test")
@click.argument("list_id", metavar="LIST", type=ListName())
@click.option("--channel", type=click.Choice(["mail", "webhook"]), help="On this way only.")
@json_option
@click.pass_obj
def test(cli: Cli, list_id: str, channel: str | None, *, as_json: bool) -> int:
    """Send a test notice to every owner and endpoint of a list, now, and say what came of each.

    Needs no worker and no Redis. Ends with 0 if all were taken, else with 1.
    """
    from monitor.notify.delivery import deliver
    from monitor.notify.notices_for import trial_notices

    settings, at = settings_of(cli), now()
    listed = found_list(settings, list_id)
    trials = trial_notices(listed, settings, now=at)
    trials = tuple(one for one in trials if channel in {None, one.channel})
    if not trials:
        raise UsageError(f"{list_id} has no {'owners or endpoints' if channel is None else channel} to tell.")
    tried = [deliver(one, (listed,), settings, now=at) for one in trials]
    good = all(one.state is NoticeState.DELIVERED for one in tried)
    if as_json:
        emit_json("notices-test", {"delivered": good, "notices": [_document(one) for one in tried]})
    else:
        for one in tried:
            attempt = one.attempts[-1]
            print_paragraph(console(), inert(f"{one.channel} to {_target(one)}: {attempt.outcome}. {attempt.detail}"))
    return 0 if good else EX_NOT_DELIVERED


def _chosen(store: "Store", list_id: str | None, state: str | None) -> list[Notice]:
    """Notices of a list or of all, of one state or of any, newest first."""
    found = store.notices.of_list(list_id, READ) if list_id else store.notices.recent(READ)
    return [one for one in found if state is None or one.state == state]


def _show(notices: Sequence[Notice]) -> None:
    rows = table("notice", "when", "list", "what", "to", "delivery", "next try")
    for one in notices:
        last = one.attempts[-1].outcome if one.attempts else "not tried yet"
        tries = f", {len(one.attempts)} tries" if len(one.attempts) > 1 else ""
        said = one.state.value if one.state is NoticeState.DELIVERED else f"{one.state} ({last}{tries})"
        again = local(one.next_attempt_at) if one.next_attempt_at else ""
        what = one.type.rpartition(".")[2]
        rows.add_row(one.id, local(one.created_at), one.list_id, what, inert(_target(one)), said, again)
    console().print(rows)


def _document(one: Notice) -> dict[str, Any]:
    """The notice for programs: without what it says, and without the secret part of an endpoint's URL."""
    return {
        "id": one.id,
        "incident_id": one.incident_id,
        "list": one.list_id,
        "revision": one.revision,
        "type": one.type,
        "channel": one.channel,
        "target": _target(one),
        "created_at": one.created_at,
        "state": one.state,
        "next_attempt_at": one.next_attempt_at,
        "finished_at": one.finished_at,
        "attempts": one.attempts,
    }


def _target(one: Notice) -> str:
    from monitor.notify.notice import shown_target

    return shown_target(one)
