"""`staysub import KIND`: what a list manager that can be asked knows of its lists, as counts. One command a kind."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from monitor.cli.lists import ListName, lists_to_fill
from monitor.cli.main import Cli
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, print_paragraph, table
from monitor.errors import UsageError
from monitor.managers.kind import Asking, ManagerKind
from monitor.model.evidence import Roster

DOMAINS_SHOWN = 5


def roster_command(kind: ManagerKind, asking: Asking) -> click.Command:
    """The command that asks list managers of that kind."""

    @click.command(
        kind.id,
        help=f"""Ask {asking.name} for its lists' subscribers by domain, their settings for bounces, and their traffic.

        Without LIST, for every list with manager = "{kind.id}". The counts are used for a quarter of a year, or until they are
        imported anew; what the configuration says goes before them. No address is kept, nor shown.""",
    )
    @click.argument("list_ids", nargs=-1, metavar="[LIST…]", type=ListName())
    @click.option("--url", default=asking.url, show_default=True, help=asking.url_help)
    @click.option("--user", default=asking.user, show_default=True, help=asking.user_help)
    @click.option(
        "--password-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help=f"{asking.credential_help}; otherwise the variable {asking.credential_variable} is read.",
    )
    @click.option("--dry-run", is_flag=True, help="Only ask: keep nothing.")
    @json_option
    @click.pass_obj
    def command(
        cli: Cli,
        *,
        list_ids: tuple[str, ...],
        url: str,
        user: str,
        password_file: Path | None,
        dry_run: bool,
        as_json: bool,
    ) -> int:
        from monitor.clock import now

        settings = settings_of(cli)
        store = None if dry_run else store_of(settings)
        watched = lists_to_fill(settings, store, list_ids)
        chosen = [each for each in watched if each.id in list_ids or (not list_ids and each.manager == kind.id)]
        if not chosen:
            raise UsageError(f'No list has manager = "{kind.id}"; name the lists that {asking.name} knows.')
        source = asking.connect(url, user, _password(asking, password_file))
        found, time_now = [], now if store is None else store.clocks.now
        for each in chosen:
            before = None if store is None else store.rosters.of_list(each.id)
            found.append(source.roster(each.id, each.address, now=time_now(), before=before))
        if store is not None:
            store.rosters.keep(found)
        if as_json:
            emit_json("import", {"lists": [_document(each) for each in found], "kept": store is not None})
        else:
            _show(found, kind.lever or "", kept=store is not None)
        return 0

    return command


def _password(asking: Asking, file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    password = os.environ.get(asking.credential_variable)
    if not password:
        raise UsageError(
            f"Say {asking.name}'s REST password by --password-file or the variable {asking.credential_variable}."
        )
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


def _show(rosters: Sequence[Roster], lever: str, *, kept: bool) -> None:
    out = console()
    counts = ("subscribers", "disabled", "posts a day")
    rows = table("list", *counts, "most of them at", "disabled at", right=counts)
    for one in rosters:
        most = ", ".join(f"{name} {count}" for name, count in list(one.subscribers.items())[:DOMAINS_SHOWN])
        rows.add_row(
            one.list_id,
            str(sum(one.subscribers.values())),
            str(one.disabled),
            "not yet known" if one.messages_per_day is None else f"{one.messages_per_day:.1f}",
            most,
            f"{one.settings.get(lever, '?')} points",
        )
    out.print(rows)
    print_paragraph(out, "Kept: forecasts use it from the next check on." if kept else "Nothing was kept.")
