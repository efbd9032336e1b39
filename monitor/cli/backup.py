"""`staysub backup`: all that the store holds, in one file; put back from it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.main import Cli, Group
from monitor.cli.opening import settings_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, inert, local, print_paragraph, say
from monitor.cli.progress import progress_bar
from monitor.errors import UsageError

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.store.backup.document import Contents

STANDARD = Path("-")
FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
NOTICES = {"send": False, "aside": True, "auto": None}


class _NotDone(click.ClickException):
    """Trying again would not help."""

    exit_code = 1


@click.group("backup", cls=Group)
def backup_command() -> None:
    """A backup of all that is kept: taken while parts run, put back into an empty store.

    It holds everything of the store: lists added at run time, incidents, notices, evidence, silences, tokens' digests
    and the keys that sign addresses and links. The configuration, and the files that it names, are yours to keep.
    """


@backup_command.command("write")
@click.argument("path", metavar="FILE|-", type=FILE)
@json_option
@click.pass_obj
def write(cli: Cli, path: Path, *, as_json: bool) -> int:
    """Write all that is kept into FILE, which only you can read; parts may run. It is there whole, or not at all.

    With - it goes to standard output, such as to a program that encrypts.
    """
    from monitor import __version__
    from monitor.store.backup.document import checked
    from monitor.store.backup.places import new_file, store_at_rest
    from monitor.store.backup.taking import take

    if path == STANDARD and sys.stdout.isatty():
        raise UsageError("A backup is not for a terminal: name a file, or pipe it.")
    settings = settings_of(cli)
    with store_at_rest(settings, running=True) as store, progress_bar("keys") as bar:
        if path == STANDARD:
            at_once, contents = take(store.client, sys.stdout.buffer, version=__version__, progress=bar), None
            sys.stdout.buffer.flush()
        else:
            with new_file(path) as file:
                at_once = take(store.client, file, version=__version__, progress=bar)
            with path.open("rb") as file:
                contents = checked(file)
    if not at_once:
        note = "Redis held writers off for too short a time, or not at all. For a backup of one moment stop the parts."
        say(f"Note: {note}", err=True)
    if contents is None:
        return 0
    if as_json:
        emit_json("backup-write", {"file": str(path), **_described(contents)})
    else:
        _tell(f"{path}: {_sentence(contents)} Keep {_beside(cli)} with it.")
    return 0


@backup_command.command("show")
@click.argument("path", metavar="FILE|-", type=FILE)
@json_option
def show(path: Path, *, as_json: bool) -> int:
    """Say what a backup holds, once all of it was read and found whole."""
    from monitor.store.backup.document import checked
    from monitor.store.backup.places import known_file

    with _unusable_told(path), known_file(path) as file:
        contents = checked(file)
        if as_json:
            emit_json("backup-show", {"file": str(path), **_described(contents)})
        else:
            _tell(f"{path}: {_sentence(contents)}")
    return 0


@backup_command.command("restore")
@click.argument("path", metavar="FILE|-", type=FILE)
@click.option("--force", is_flag=True, help="Also where the store holds something: that is lost.")
@click.option(
    "--notices",
    type=click.Choice(sorted(NOTICES)),
    default="auto",
    show_default=True,
    help="Those that were under way: send them, or give them up, to be replayed by hand. auto: give up what may be delivered since.",
)
@json_option
@click.pass_obj
def restore(cli: Cli, path: Path, *, force: bool, notices: str, as_json: bool) -> int:
    """Put a backup back, all of it or nothing. Stop all parts first.

    A file that is cut, damaged or of a newer version changes nothing. Pages and administrators are told that the store
    was set back. What was recorded since the backup is not known any more: a danger that goes on is told again.
    """
    from monitor import __version__
    from monitor.store.backup.document import checked
    from monitor.store.backup.places import known_file, store_at_rest
    from monitor.store.backup.putting_back import put_back

    settings = settings_of(cli)
    with _unusable_told(path), known_file(path) as file:
        contents = checked(file)
        with store_at_rest(settings, running=False) as store, progress_bar("pieces") as bar:
            done = put_back(store.client, file, ours=__version__, force=force, aside=NOTICES[notices], progress=bar)
    if as_json:
        counts = {"restored": done.keys, "expired": done.expired, "put_aside": done.put_aside}
        emit_json("backup-restore", {"file": str(path), **_described(contents), **counts})
        return 0
    _tell(f"The store is as it was: {_sentence(contents)}")
    _tell(
        "So are tokens of programs, the key that signs, silences, and lists added at run time: what was revoked, changed or "
        "ended since holds again. `staysub tokens list` shows the tokens, `staysub tokens revoke` revokes one anew."
    )
    if done.expired:
        _tell(f"Left out, as their time has come since: {done.expired} keys.")
    if done.put_aside:
        _tell(
            f"Notices that were under way then, and may have been delivered since: {done.put_aside}. They are given up; "
            "`staysub notices list --dead` shows them, `staysub notices replay` sends them."
        )
    return 0


@contextmanager
def _unusable_told(path: Path) -> Iterator[None]:
    """What is wrong with the file or the store is one sentence, and exit code 1: trying again would not help."""
    from monitor.store.backup.document import BackupUnusable
    from monitor.store.backup.putting_back import StagedLost, StoreNotEmpty

    try:
        yield
    except (BackupUnusable, StagedLost, StoreNotEmpty) as error:
        raise _NotDone(f"{path}: {error}") from error


def _described(contents: "Contents") -> dict[str, Any]:
    head = contents.head
    return {
        "taken_at": head.taken_at,
        "version": head.version,
        "running": head.running,
        "keys": contents.keys,
        "lists": contents.lists,
        "incidents": contents.kinds["incident"],
        "notices": contents.kinds["notice"],
    }


def _sentence(contents: "Contents") -> str:
    """When it was taken, by what, and how much it holds."""
    head, kinds = contents.head, contents.kinds
    return (
        f"all that was kept on {local(head.taken_at)}, written by Staysub {head.version}: {contents.keys} keys; assessed lists: "
        f"{contents.lists}, incidents: {kinds['incident']}, notices: {kinds['notice']}."
    )


def _tell(sentence: str) -> None:
    print_paragraph(console(), inert(sentence))


def _beside(cli: Cli) -> str:
    from monitor.config.load import find

    return f"{find(cli.config_path)} and the files that it names"
