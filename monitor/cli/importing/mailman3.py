"""`staysub import mailman3`: what Mailman 3 knows of its lists, as counts."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from monitor.cli.lists import ListName, known_lists, no_list
from monitor.cli.main import Cli
from monitor.cli.output import console, emit_json, inert
from monitor.errors import UsageError
from monitor.model.evidence import Roster

PASSWORD_VARIABLE = "MAILMAN_REST_PASSWORD"  # noqa: S105 - a name
DOMAINS_SHOWN = 5


@click.command("mailman3")
@click.argument("list_ids", nargs=-1, metavar="[LIST…]", type=ListName())
@click.option(
    "--url", default="http://localhost:8001/3.1", show_default=True, help="Where Mailman core serves its REST API."
)
@click.option("--user", default="restadmin", show_default=True, help="`admin_user` of its [webservice].")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"File with `admin_pass`; otherwise the variable {PASSWORD_VARIABLE} is read.",
)
@click.option("--dry-run", is_flag=True, help="Only ask: keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def mailman3_command(
    cli: Cli,
    *,
    list_ids: tuple[str, ...],
    url: str,
    user: str,
    password_file: Path | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Ask Mailman 3 for its lists' subscribers by domain, their settings for bounces, and their traffic.

    Without LIST, for every list with manager = "mailman3". The counts are used for a quarter of a year, or until they are
    imported anew; what the configuration says goes before them. No address is kept, nor shown.
    """
    from monitor.clock import now
    from monitor.config import load
    from monitor.managers.mailman3.client import Client
    from monitor.store.configured import store_of, watched_lists

    settings = load(cli.config_path)
    store = None if dry_run else store_of(settings)
    watched = known_lists(settings) if store is None else watched_lists(settings, store)
    if unknown := sorted(set(list_ids) - {each.id for each in watched}):
        raise no_list(unknown[0], [each.id for each in watched])
    chosen = [each for each in watched if each.id in list_ids or (not list_ids and each.manager == "mailman3")]
    if not chosen:
        raise UsageError('No list has manager = "mailman3"; name the lists that Mailman knows.')
    mailman = Client(url, user, _password(password_file))
    found = []
    for each in chosen:
        before = None if store is None else store.rosters.of_list(each.id)
        found.append(mailman.roster(each.id, each.address, now=now(), before=before))
    if store is not None:
        store.rosters.keep(found)
    if as_json:
        emit_json("import", {"lists": [_document(each) for each in found], "kept": store is not None})
    else:
        _show(found, kept=store is not None)
    return 0


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    password = os.environ.get(PASSWORD_VARIABLE)
    if not password:
        raise UsageError(f"Say Mailman's REST password by --password-file or the variable {PASSWORD_VARIABLE}.")
    return password


def _document(roster: Roster) -> dict[str, object]:
    return {
        "list": roster.list_id,
        "taken_at": roster.taken_at,
        "subscribers": dict(roster.subscribers),
        "disabled": roster.disabled,
        "settings": dict(roster.settings),
        "messages_per_day": roster.messages_per_day,
    }


def _show(rosters: Sequence[Roster], *, kept: bool) -> None:
    out = console()
    table = Table(
        "list", "subscribers", "disabled", "posts a day", "most of them at", "disabled at", box=None, pad_edge=False
    )
    for one in rosters:
        most = ", ".join(f"{inert(domain)} {count}" for domain, count in list(one.subscribers.items())[:DOMAINS_SHOWN])
        table.add_row(
            one.list_id,
            str(sum(one.subscribers.values())),
            str(one.disabled),
            "not yet known" if one.messages_per_day is None else f"{one.messages_per_day:.1f}",
            most,
            f"{one.settings.get('bounce_score_threshold', '?')} points",
        )
    out.print(table)
    out.print("Kept: forecasts use it from the next check on." if kept else "Nothing was kept.")
