"""`staysub import`: what others have recorded, as evidence."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from monitor.cli.importing.logs import log_command
from monitor.cli.importing.reports import reports_command
from monitor.cli.importing.rosters import roster_command
from monitor.cli.lists import ListName, lists_to_fill
from monitor.cli.main import Cli, Group
from monitor.cli.opening import receiver_rules, settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, print_paragraph, table, warn
from monitor.cli.progress import progress_bar
from monitor.errors import UsageError
from monitor.managers.catalogue import all_kinds
from monitor.model.evidence import BounceReport


@click.group("import", cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def import_command() -> None:
    """Take over what others have recorded."""


for _kind in all_kinds():
    if _kind.asking is not None:
        import_command.add_command(roster_command(_kind, _kind.asking))
import_command.add_command(log_command)
import_command.add_command(reports_command)


@import_command.command(
    "mbox",
    help="""Read bounces from mailbox files, maildirs or standard input (-), and keep who refused which list's posts, and why.

    Refusals that are about how the mail was sent become evidence for the list's failure rate. Of subscribers nothing is
    kept but domains and counts. A bounce that is read again counts once. What came back of a probe is noted in the
    probe.""",
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|DIR…", type=click.Path(path_type=Path, exists=True, allow_dash=True)
)
@click.option(
    "--list",
    "list_id",
    metavar="LIST",
    type=ListName(),
    help="Whose bounces these are; otherwise told by the reverse-path.",
)
@click.option("--dry-run", is_flag=True, help="Only count: keep nothing.")
@json_option
@click.pass_obj
def mbox(cli: Cli, *, paths: tuple[Path, ...], list_id: str | None, dry_run: bool, as_json: bool) -> int:
    """Count all that is read; keep it unless told otherwise."""
    from monitor.clock import now
    from monitor.config.reload import SettingsSource
    from monitor.evidence.bounces.read import list_of, reports_of
    from monitor.operations.list_bounces import keep_refusals, note_probes, weigh_anew
    from monitor.trace.bounce import read_bounce
    from monitor.trace.diagnosis import diagnoses_of
    from monitor.wiring import assemble

    settings = settings_of(cli)
    store = None if dry_run else store_of(settings)
    key = b"" if store is None else store.signing_key()
    watched = lists_to_fill(settings, store, () if list_id is None else (list_id,))
    reverse_paths = {each.reverse_path: each.id for each in watched}
    tally = Tally()
    reports: list[BounceReport] = []
    rules, at = receiver_rules(), now() if store is None else store.clocks.now()
    domains = [each.domain for each in settings.receivers]
    with progress_bar("reading") as advance:
        for octets in messages(paths):
            advance(1)
            tally.messages += 1
            try:
                bounce = read_bounce(octets)
                diagnoses = diagnoses_of(bounce, rules, now=at)
                owner = list_id or list_of(bounce, reverse_paths)
                found = reports_of(bounce, diagnoses, list_id=owner or "", key=key, now=at, probe_domains=domains)
            except Exception:  # noqa: BLE001 - a reader that fails is our fault, and costs this message alone
                tally.unread += 1
                continue
            if store is not None and domains:
                tally.probes += note_probes(store, diagnoses, settings.receivers, now=at)
            tally.bounces += bool(found)
            tally.foreign += bool(found) and owner is None
            if owner is not None:
                reports += found
    reports.sort(key=lambda each: each.at)
    tally.add(reports)
    if store is not None:
        tally.kept = keep_refusals(store, reports)
        if tally.kept:
            services = assemble(SettingsSource(cli.config_path))
            concerned = sorted({each.list_id for each in reports if each.kind == "policy"})
            weigh_anew(services, concerned, cause=f"import:{at.timestamp():.0f}")
    if as_json:
        emit_json("import", tally.document())
    else:
        show(console(), tally, dry_run=dry_run)
    return 0


def messages(paths: Iterable[Path]) -> Iterator[bytes]:
    """The messages of mailbox files (a file that is none is one message) and of maildirs (with `cur` and `new`).

    Tells on standard error of a maildir's file that cannot be read, and goes on: a mail reader may move it meanwhile.
    """
    from monitor.trace.mailbox import MESSAGE_OCTETS_MAX, lines_of, split_mbox

    for path in paths:
        if str(path) == "-":
            yield from split_mbox(lines_of(sys.stdin.buffer))
            continue
        if not path.is_dir():
            with path.open("rb") as stream:
                yield from split_mbox(lines_of(stream))
            continue
        folders = [path / name for name in ("cur", "new") if (path / name).is_dir()]
        if not folders:
            raise UsageError(f"{path} is no maildir: it has neither cur nor new.")
        for folder in folders:
            for file in sorted(folder.iterdir()):
                if file.is_dir():
                    continue
                try:
                    with file.open("rb") as stream:
                        octets = stream.read(MESSAGE_OCTETS_MAX)
                except OSError as error:
                    warn(f"{file} is passed over: {error.strerror}.")
                    continue
                yield octets


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was found in all."""

    messages: int = 0
    bounces: int = 0
    unread: int = 0  # messages on which a reader of ours failed
    foreign: int = 0  # bounces of no list of ours
    kept: int = 0  # reports that were new to the store
    probes: int = 0  # of ours that bounces were about
    rows: dict[tuple[str, str, str | None, str | None], list[BounceReport]] = field(default_factory=dict)

    def add(self, reports: Iterable[BounceReport]) -> None:
        """Count the reports by list, class, receiver and rule."""
        for each in reports:
            self.rows.setdefault((each.list_id, each.kind, each.receiver, each.rule), []).append(each)

    def document(self) -> dict[str, Any]:
        """The JSON of an import: schema staysub.import/1."""
        return {
            "messages": self.messages,
            "unread": self.unread,
            "bounces": self.bounces,
            "of_no_list": self.foreign,
            "kept": self.kept,
            "probes": self.probes,
            "refusals": [
                {
                    "list": key[0],
                    "class": key[1],
                    "receiver": key[2],
                    "rule": key[3],
                    "posts": len({each.at for each in members}),
                    "recipients": sum(each.recipients for each in members),
                    "domains": dict(Counter(domain for each in members for domain in each.domains)),
                    "first_at": members[0].at,
                    "last_at": members[-1].at,
                }
                for key, members in self.rows.items()
            ],
        }


def show(out: Console, tally: Tally, *, dry_run: bool) -> None:
    """The count for a person."""
    print_paragraph(
        out, f"{tally.messages} messages, {tally.bounces} bounces, {tally.foreign} of no list in the configuration."
    )
    if tally.unread:
        messages = "1 message" if tally.unread == 1 else f"{tally.unread} messages"
        print_paragraph(out, f"{messages} could not be read, for a fault of Staysub's own; all others were.")
    counts = ("posts", "recipients")
    rows = table("list", "class", "receiver", "rule", *counts, "from", "to", right=counts)
    for row in tally.document()["refusals"]:
        what = row["list"], row["class"], row["receiver"] or "", row["rule"] or ""
        count = str(row["posts"]), str(row["recipients"])
        rows.add_row(*map(str, what), *count, str(row["first_at"].date()), str(row["last_at"].date()))
    if tally.rows:
        out.print(rows)
    print_paragraph(out, "Nothing was kept." if dry_run else f"{tally.kept} refusals kept as evidence.")
