"""`staysub status`: which lists are in danger, as recorded; for people, programs and Nagios."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from monitor.cli.lists import ListName, no_list
from monitor.cli.main import Cli
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import json_option, nagios_option
from monitor.cli.output import LEVEL_COLOURS, NAGIOS_CODES, console, emit_json, nagios_line, print_paragraph, table
from monitor.model.lists import Lists, named
from monitor.model.order import LEVELS_URGENT_FIRST, STATUS_OF_LEVEL, worst_status
from monitor.model.reach import Reach
from monitor.model.risk import Assessment, RiskLevel
from monitor.wording.days import day
from monitor.wording.vocabulary import level_word

if TYPE_CHECKING:
    from monitor.store import Store


@click.command("status")
@click.argument("list_id", required=False, metavar="[LIST]", type=ListName())
@click.option(
    "--by",
    type=click.Choice(["cause", "domain", "host", "manager"]),
    help="Lists that share one together, a line each, what hurts most lists first.",
)
@json_option
@nagios_option
@click.pass_obj
def status_command(cli: Cli, list_id: str | None, *, by: str | None, as_json: bool, nagios: bool) -> int:
    """Show which lists are in danger, the most urgent first.

    Of one LIST also whence it is known how its mail is signed, and whom mail can reach over IPv6. Reads what the
    workers recorded; nothing is asked anew. Exit codes: 0 all ok, 1 to watch, 2 in danger, 3 unknown.
    """
    from monitor.cli.status_groups import group_documents, groups_of, show_groups
    from monitor.operations.standing import standing
    from monitor.overview.groups import By
    from monitor.store.configured import watched_lists
    from monitor.wording.reach import document_of

    if by is not None and list_id is not None:
        raise click.UsageError("--by is about all lists: leave out LIST, or --by.")
    settings = settings_of(cli)
    store = store_of(settings)
    lists = watched_lists(settings, store)
    unread = store.lists.unreadable
    known = [*(each.id for each in lists), *unread]
    if list_id is not None and list_id not in known:
        raise no_list(list_id, known)
    wanted = known if list_id is None else [list_id]
    at = store.clocks.now()
    rows = in_order(standing(store, wanted, unread))
    overall = worst_status(STATUS_OF_LEVEL[row.level] for row in rows)
    there, signing = (None, ()) if list_id is None else _of_one(store, lists, list_id)
    groups = None if by is None else groups_of(lists, rows, unread, by=By(by))
    if as_json:
        of_one = {} if there is None else {"reach": document_of(there), "signing": signing}
        together = {} if groups is None else {"by": by, "groups": group_documents(groups)}
        emit_json("status", {"status": overall, "lists": rows} | of_one | together)
    elif nagios:
        sys.stdout.write(plugin_line(rows, overall) + "\n")
    elif groups:
        show_groups(groups, lambda act_by: _until(act_by, at))
    else:
        _show(rows, at, there, signing)
    return NAGIOS_CODES[overall]


def in_order(rows: Sequence[Assessment]) -> list[Assessment]:
    """The most urgent first, as on the pages."""
    from monitor.overview.rows import urgency
    from monitor.overview.summary import summary_of

    return sorted(rows, key=lambda row: urgency(summary_of(row), row.list_id))


def plugin_line(rows: Sequence[Assessment], overall: str) -> str:
    """`STAYSUB CRITICAL - 1 critical, 4 ok (ipv6-ops) | critical=1 at_risk=0 …`, as the plugin guidelines ask."""
    if len(rows) == 1:
        return nagios_line(overall, said_of_one(rows[0]), _counts(rows))
    count = {level: sum(row.level is level for row in rows) for level in LEVELS_URGENT_FIRST}
    words = ", ".join(f"{number} {level_word(level)}" for level, number in count.items() if number) or "no lists"
    names = " ".join(row.list_id for row in rows if row.level is not RiskLevel.OK)
    return nagios_line(overall, f"{words}{f' ({names})' if names else ''}", _counts(rows))


def said_of_one(row: Assessment) -> str:
    """`ipv6-ops watch: …`: what a plugin line says of one list, whichever command prints it."""
    return f"{row.list_id} {level_word(row.level)}: {row.reason}"


def _counts(rows: Sequence[Assessment]) -> str:
    """How many lists have each level, as performance data."""
    numbers = {level: sum(row.level is level for row in rows) for level in LEVELS_URGENT_FIRST}
    return " ".join(f"{level.replace('-', '_')}={number}" for level, number in numbers.items())


def _until(act_by: datetime | None, at: datetime) -> str:
    """The day by which to act; where it has passed it is now, since that day."""
    if act_by is None:
        return ""
    return day(act_by) if act_by > at else f"now (since {day(act_by)})"


def _of_one(store: "Store", lists: Lists, list_id: str) -> tuple[Reach | None, tuple[str, ...]]:
    """Where its subscribers are, and how its mail is signed; nothing of one whose settings cannot be read."""
    from monitor.evidence.checks.source import CHECKS
    from monitor.risk.facts import there_of
    from monitor.store.list_record import Depth
    from monitor.wording.signing import signing_words

    listed = named(lists, list_id)
    if listed is None:
        return None, ()
    record = store.list_record(list_id, Depth(evidence={CHECKS: 1}, reach=True, roster=True))
    signing = tuple(sentence for check in record.of(CHECKS) for sentence in signing_words(check))
    return there_of(listed, record.roster, record.reach), signing


def _show(rows: Sequence[Assessment], at: datetime, there: Reach | None = None, signing: Sequence[str] = ()) -> None:
    from rich.text import Text

    from monitor.wording.reach import beside, reached

    out = console()
    if not rows:
        print_paragraph(out, "No lists are watched yet. `staysub config example --short` shows how to name one.")
        return
    shown = table("list", "level", "act by", "why")
    for row in rows:
        act_by = _until(row.act_by, at)
        shown.add_row(row.list_id, Text(level_word(row.level), LEVEL_COLOURS[row.level]), act_by, row.reason)
    out.print(shown)
    for sentence in signing:
        print_paragraph(out, Text(sentence))
    if there is not None:
        print_paragraph(out, Text(" ".join(filter(None, (reached(there), beside(there))))))
