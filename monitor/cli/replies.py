"""`staysub replies`: what receivers answered to lists' posts, as the mail server's log told it."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from monitor.cli.lists import ListName, no_list
from monitor.cli.main import Cli
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import duration_option, json_option
from monitor.cli.output import console, emit_json, print_paragraph, table

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.cli.layout import Rows
    from monitor.evidence.replies.counted import Row, RowKey, Waiting

COUNTS = ("tries", "recipients")


@click.command("replies")
@click.argument("list_id", required=False, metavar="[LIST]", type=ListName())
@duration_option("--since", help="Only of so long back, such as 7d; otherwise all that is kept, a quarter.")
@json_option
@click.pass_obj
def replies_command(cli: Cli, list_id: str | None, *, since: timedelta | None, as_json: bool) -> int:
    """Show what receivers answered to lists' posts, try by try, and what waits in the queue.

    Counted by the mail server's own log, which `staysub follow` reads and `staysub import log` imports. Receivers that
    took the least stand first; days are those of UTC.
    """
    from monitor.evidence.replies.document import rows_document, waiting_document
    from monitor.store.configured import watched_lists

    settings = settings_of(cli)
    store = store_of(settings)
    known = [each.id for each in watched_lists(settings, store)]
    if list_id is not None and list_id not in known:
        raise no_list(list_id, known)
    wanted = known if list_id is None else [list_id]
    begun = None if since is None else store.clocks.now() - since
    rows = [
        (each, key, row)
        for each in wanted
        for key, row in store.replies.of_list(each)
        if begun is None or row.last >= begun
    ]
    waiting = [(each, one) for each in wanted for several in store.replies.waiting(each).values() for one in several]
    if as_json:
        queue = [{"list": each, **document} for each, one in waiting for document in waiting_document([one])]
        emit_json("replies", {"replies": rows_document(rows), "waiting": queue})
        return 0
    out = console()
    if not rows and not waiting:
        print_paragraph(
            out,
            "No answer of a receiver is known. A [[mta_log]] in the configuration names the mail server's log, which "
            "`staysub follow` reads; `staysub import log` reads one once.",
        )
        return 0
    out.print(replies_table(rows, lists=list_id is None))
    for each, one in waiting:
        print_paragraph(out, _in_queue(each, one))
    return 0


def replies_table(rows: "Iterable[tuple[str, RowKey, Row]]", *, lists: bool) -> "Rows":
    """Rows of all days together, by list; receivers that put off or refused the most tries first."""
    from dataclasses import replace

    from monitor.evidence.replies.counted import RowKey
    from monitor.evidence.replies.document import named
    from monitor.evidence.replies.rows_of_day import sum_of
    from monitor.model.evidence import AdmissionAction

    together: dict[tuple[str, RowKey], Row] = {}
    for list_id, key, row in rows:
        of = list_id, replace(key, day=key.day.min)
        together[of] = row if of not in together else sum_of(together[of], row)
    tried, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (list_id, key), row in together.items():
        tried[list_id, key.receiver] += row.attempts
        failed[list_id, key.receiver] += 0 if key.action is AdmissionAction.ACCEPT else row.attempts
    shown = table(
        *(["list"] if lists else []), "receiver", "over", "answer", "why", *COUNTS, "from", "to", "reply", right=COUNTS
    )

    def place(of: tuple[str, RowKey]) -> tuple[object, ...]:
        list_id, key = of
        receiver = list_id, key.receiver
        return not list_id, list_id, -failed[receiver], -tried[receiver], key

    for (list_id, key), row in sorted(together.items(), key=lambda each: place(each[0])):
        over = f"IPv{key.family}" if key.family else ""
        what = ANSWERS[key.action], key.rule or key.kind
        days = str(row.first.date()), str(row.last.date())
        shown.add_row(
            *([list_id or "(none)"] if lists else []),
            named(key.receiver) or "other hosts",
            over,
            *what,
            str(row.attempts),
            str(row.recipients),
            *days,
            row.sample,
        )
    return shown


ANSWERS = {"accept": "taken", "defer": "put off", "reject": "refused"}


def _in_queue(list_id: str, one: "Waiting") -> str:
    from monitor.evidence.replies.document import named

    posts = "1 post" if one.posts == 1 else f"{one.posts} posts"
    whom = "1 subscriber" if one.members == 1 else f"{one.members} subscribers"
    where = named(one.receiver) or "other hosts"
    return f"In the queue still: {posts} of {list_id} to {whom} at {where}, since {one.queued_at:%Y-%m-%d %H:%M} UTC: {one.sample}"
