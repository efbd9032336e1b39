"""`staysub import log`: what receivers really answered, from a log of the mail server."""

import os
import sys
from contextlib import ExitStack
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from monitor.cli.main import Cli
from monitor.cli.opening import receiver_rules, settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, inert, print_paragraph, warn
from monitor.cli.progress import progress_bar
from monitor.errors import UsageError
from monitor.mtas.catalogue import WITH_LOGS

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from rich.console import Console

    from monitor.config.settings import Settings
    from monitor.operations.import_log import Imported


@click.command(
    "log",
    help="""Read a log of the mail server, and keep what receivers answered to each list's posts.

    Give a file, also one that is packed (.gz, .bz2, .xz), or - for standard input. A log is known by its first line:
    imported again, or followed too, it counts once. Of subscribers nothing is kept but domains and counts. Without a
    configuration --dry-run shows each sender's address, without what names a recipient in it, as a list.

    Exit codes: 0 done, also where some lines could not be read; 1 nothing could be read; 64 wrong usage.""",
)
@click.option("--kind", required=True, type=click.Choice(list(WITH_LOGS)), help="Which mail server wrote it.")
@click.argument("path", metavar="FILE|-", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only read: keep nothing. Needs no configuration.")
@json_option
@click.pass_obj
def log_command(cli: Cli, *, kind: str, path: Path, dry_run: bool, as_json: bool) -> int:
    """Tell what was read; keep it unless told otherwise."""
    from monitor.cli.lists import lists_to_fill
    from monitor.clock import now
    from monitor.config.reload import SettingsSource
    from monitor.evidence.replies.memory import QueueMemory
    from monitor.follow.one_file import OneFile
    from monitor.model.log_place import LogPlace
    from monitor.mtas.catalogue import mta_named
    from monitor.operations.import_log import Imported, assess, log_of, read_through
    from monitor.operations.log_reading import LogReading
    from monitor.wiring import assemble

    reader = mta_named(kind).log
    if reader is None:
        raise UsageError(f"Staysub does not read logs of {kind}.")
    settings = _settings(cli) if dry_run else settings_of(cli)
    store = None if dry_run or settings is None else store_of(settings)
    log_id = kind if settings is None else log_of(settings.mta_logs, kind, path.absolute())
    lists = None
    if settings is not None:
        lists = {each.reverse_path.lower(): each.id for each in lists_to_fill(settings, store, ())}
    place = LogPlace(log=log_id) if store is None else store.followed.place(log_id)
    queue, key = ({}, os.urandom(32)) if store is None else (store.followed.queue(log_id), store.signing_key())
    memory = QueueMemory(lists, receiver_rules(), key, queue, nobodys=True)
    found = Imported()
    with ExitStack() as opened:
        if str(path) == "-":
            stream = cast("BufferedReader", BufferedReader(cast("RawIOBase", sys.stdin.buffer)))
        else:
            try:
                stream = opened.enter_context(path.open("rb"))
            except OSError as error:
                warn(f"{path} cannot be read: {error.strerror}.")
                return 1
        source = OneFile(stream, place.octets, changed_at=_changed_at(stream))
        reading = LogReading(place, source, reader, memory)
        kept = None if store is None else store.followed
        with progress_bar("lines") as advance:
            for lines, stretch in read_through(reading, source, kept, now=now if store is None else store.clocks.now):
                found.add(stretch)
                advance(lines)
        found.problem = source.problem
    concerned = () if store is None else assess(assemble(SettingsSource(cli.config_path)), log_id)
    if as_json:
        emit_json("import", _document(found))
    else:
        _show(console(), found, kind=kind, known=source.known, concerned=concerned, dry_run=dry_run)
    if found.problem:
        warn(f"The end of {path} cannot be read: {found.problem}.")
    return 1 if found.nothing and not source.known else 0


def _settings(cli: Cli) -> "Settings | None":
    """The configuration where there is one. Raises ConfigError where it is wrong."""
    from monitor.config.load import DEFAULT, VARIABLE

    named = cli.config_path is not None or os.environ.get(VARIABLE) or DEFAULT.exists()
    return settings_of(cli) if named else None


def _changed_at(stream: BufferedReader) -> float | None:
    """When a file was written last; None of what is none."""
    from stat import S_ISREG

    try:
        found = os.fstat(stream.fileno())
    except OSError:
        return None
    return found.st_mtime if S_ISREG(found.st_mode) else None


def _document(found: "Imported") -> dict[str, Any]:
    """The JSON of an import: schema staysub.import/1."""
    from monitor.evidence.replies.document import rows_document

    return {
        "lines": found.lines,
        "attempts": found.attempts,
        "local": found.local,
        "unread": found.unread,
        "unread_sample": found.sample or None,
        "replies": rows_document((list_id, key, row) for (list_id, key), row in found.rows.items()),
    }


def _show(
    out: "Console", found: "Imported", *, kind: str, known: bool, concerned: tuple[str, ...], dry_run: bool
) -> None:
    """The count for a person."""
    from monitor.cli.replies import replies_table

    rows = [(list_id, key, row) for (list_id, key), row in found.rows.items()]
    if rows:
        out.print(replies_table(rows, lists=True))
    lines = "1 line" if found.lines == 1 else f"{found.lines} lines"
    tries = "1 try" if found.attempts == 1 else f"{found.attempts} tries"
    print_paragraph(out, f"{lines}, {tries} that a receiver answered, {found.local} that none did.")
    if found.lines and not (found.attempts or found.local):
        print_paragraph(out, f"No try to deliver stands in it: see that it is the mail log, and of {kind}.")
    if found.unread:
        lines = "1 line is" if found.unread == 1 else f"{found.unread} lines are"
        print_paragraph(out, inert(f"{lines} of no known form, such as: {found.sample}"))
    if known:
        print_paragraph(out, "What had been read of this log before was not counted again.")
    if dry_run:
        print_paragraph(out, "Nothing was kept.")
    elif concerned:
        print_paragraph(out, f"Assessed anew: {', '.join(concerned)}.")
