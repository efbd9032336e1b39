"""`staysub import reports`: what receivers report of a domain's mail, as evidence of its lists."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import IO, TYPE_CHECKING, Any

import click

from monitor.cli.main import Cli
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, inert, print_paragraph, table, warn

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from rich.console import Console

    from monitor.evidence.dmarc_reports.report import Report, Row
    from monitor.evidence.report_files import Found
    from monitor.evidence.tls_reports.report import TlsReport

UNREAD_SHOWN = 20
UNREAD_TOLD = 10_000  # in JSON; a mailbox of other mail has one a message


@click.command(
    "reports",
    help="""Read DMARC aggregate reports (RFC 9990, RFC 7489) and SMTP TLS reports (RFC 8460), and keep what they tell of the lists.

    Give files (.xml, .json, .gz, .zip, a mail that a report is attached to, a mailbox), directories and maildirs, or a
    mail on standard input (-), as a mail server pipes it. A report counts once, whatever it comes in and however often.
    What you give is taken for genuine; with --verify a mail is only where its author's domain signed it (DKIM), and what
    others bring is kept apart, as at the receiver: so a mail server may pipe what anybody can send. Reports of a time that ended
    more than 30 days ago are shown, and not kept.

    Exit codes: 0 done, also where some of it could not be read; 1 nothing could be read; 64 wrong usage.""",
)
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|DIR|-…",
    type=click.Path(path_type=Path, exists=True, readable=False, allow_dash=True),  # what is unreadable is told
)
@click.option("--dry-run", is_flag=True, help="Only read: keep nothing. Needs no configuration.")
@click.option("--verify", is_flag=True, help="Verify the DKIM signatures of mails. Asks DNS.")
@json_option
@click.pass_obj
def reports_command(cli: Cli, *, paths: tuple[Path, ...], dry_run: bool, verify: bool, as_json: bool) -> int:
    """Tell all that is read; keep it unless told otherwise."""
    from monitor.cli.lists import lists_to_fill
    from monitor.config.reload import SettingsSource
    from monitor.evidence.report_files import is_bare, reports_in
    from monitor.operations.keep_reports import Concerned, keep_reports, signer_of_mail
    from monitor.operations.list_bounces import weigh_anew
    from monitor.wiring import assemble

    tally = Tally()
    fresh: list[tuple[Found, str | None]] = []  # with the domain that signed it; None where nobody asks
    settings = None if dry_run else settings_of(cli)
    store = None if settings is None else store_of(settings)
    concerned = None if settings is None else Concerned(lists_to_fill(settings, store, ()))
    made = None if settings is None else assemble(SettingsSource(cli.config_path))
    signers: set[tuple[str, str | None]] = set()  # with whose word each report was there: one that lies keeps none out
    for file, octets, of_mailbox in files(paths):
        if isinstance(octets, str):
            tally.unread.append((file, octets))
            continue
        found = [each for each in reports_in(octets) if tally.add(file, each) or (verify and each.reports)]
        # A mailbox is no better than who writes into it: what only looks like a file in it came by mail as well.
        asks = verify and found and (of_mailbox or not is_bare(octets))
        signed_by = signer_of_mail(octets, made.resolver(), now=made.now()) if asks and made is not None else None
        fresh += [(each, signed_by) for each in found if (ident(each), signed_by) not in signers]
        signers |= {(ident(each), signed_by) for each in found}
    if made is not None and concerned is not None:
        at = made.now()
        fresh.sort(key=lambda each: each[0].reports[0].end)  # the newest last, as they are read from the end
        told = (
            one
            for each, signed_by in fresh
            for one in concerned.by(each, proven=signed_by != "", signed_by=signed_by or "")
        )
        tally.lists = sorted(keep_reports(made.store, told, now=at))
        if tally.lists:
            weigh_anew(made, tally.lists, cause=f"import:{at.timestamp():.0f}")
    if as_json:
        emit_json("import", tally.document())
    else:
        show(console(), tally, dry_run=dry_run)
    return 0 if tally.found else 1


def files(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes | str, bool]]:
    """Each file with its octets, or with why it cannot be read; of a mailbox each message, which the last tells.

    Directories are gone through. Of a maildir's `tmp` nothing is read: what is there is not whole yet.
    """
    for path in paths:
        if str(path) == "-":
            yield from _messages("-", sys.stdin.buffer)
        elif path.is_dir():
            closed: list[OSError] = []
            for folder, inside, names in os.walk(path, onerror=closed.append):
                inside[:] = sorted(each for each in inside if each != "tmp" or "cur" not in inside)
                yield from (each for name in sorted(names) for each in _opened(Path(folder) / name))
            yield from ((str(error.filename), error.strerror or "It cannot be read.", False) for error in closed)
        else:
            yield from _opened(path)


def _opened(path: Path) -> Iterator[tuple[str, bytes | str, bool]]:
    try:
        if not S_ISREG(path.stat().st_mode):  # nobody may ever write into a pipe
            yield str(path), "It is no regular file.", False
            return
        with path.open("rb") as stream:
            yield from _messages(str(path), stream)
    except OSError as error:
        yield str(path), error.strerror or "It cannot be read.", False


def _messages(name: str, stream: IO[bytes]) -> Iterator[tuple[str, bytes | str, bool]]:
    """The messages of a mailbox; anything else is one file."""
    from monitor.evidence.report_files import FILE_OCTETS_MAX
    from monitor.trace.mailbox import SEPARATOR, lines_of, split_mbox

    first = stream.readline(len(SEPARATOR) + 1)
    if not first.startswith(SEPARATOR):
        yield name, first + stream.read(FILE_OCTETS_MAX + 1), False
        return
    rest = lines_of(stream)
    lines = (line for part in ((first + next(rest, b""),), rest) for line in part)
    for octets in split_mbox(lines, octets_max=FILE_OCTETS_MAX):
        yield name, octets, True


def ident(found: "Found") -> str:
    """What a document's report is known by; a DMARC report is never a TLS report."""
    from monitor.evidence.report_age import ident_of

    first = found.reports[0]
    kind = "tls" if found.dmarc is None else "dmarc"
    return f"{kind}:{ident_of(first.reporter, first.report_id, first.domain, first.end)}"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was found in all."""

    found: "list[Report | TlsReport]" = field(default_factory=list)  # each once
    unread: list[tuple[str, str]] = field(default_factory=list)  # file, why
    twice: int = 0
    lists: list[str] = field(default_factory=list)  # to which something was new
    seen: set[str] = field(default_factory=set)

    def add(self, file: str, found: "Found") -> bool:
        """Note what a document holds; whether it is a report that was not there before."""
        named = f"{found.name}: " if found.name else ""
        if found.error:
            self.unread.append((file, f"{named}{found.error}"))
            return False
        known = ident(found)
        if known in self.seen:
            self.twice += 1
            return False
        self.seen.add(known)
        self.found += found.reports
        if found.unread:
            rows = "1 row has" if found.unread == 1 else f"{found.unread} rows have"
            self.unread.append((file, f"{named}{rows} no address or no count that can be one."))
        return True

    def document(self) -> dict[str, Any]:
        """The JSON of an import: schema staysub.import/1."""
        return {
            "reports": [_document(each) for each in self.found],
            "unread": [{"file": file, "error": error} for file, error in self.unread[:UNREAD_TOLD]],
            "repeated": self.twice,
            "lists": self.lists,
        }


def _document(report: "Report | TlsReport") -> dict[str, Any]:
    from monitor.evidence.tls_reports.report import TlsReport

    head: dict[str, Any] = {
        "reporter": report.reporter,
        "report_id": report.report_id,
        "domain": report.domain,
        "begin": report.begin,
        "end": report.end,
    }
    if not isinstance(report, TlsReport):
        return {"kind": "dmarc", **head, "rows": [_row(each) for each in report.rows]}
    rows = [
        {
            "client_ip": each.client_ip,
            "family": None if each.client_ip is None else each.client_ip.version,
            "count": each.count,
            "result_type": each.result_type,
            "mx": each.mx or None,
        }
        for each in report.rows
    ]
    return {"kind": "tls", **head, "sessions": {"ok": report.ok, "failed": report.failed}, "rows": rows}


def _row(row: "Row") -> dict[str, Any]:
    spf = row.mail_from
    return {
        "client_ip": row.client_ip,
        "family": row.client_ip.version,
        "count": row.count,
        "spf": None if spf is None else spf.result or None,
        "spf_domain": None if spf is None else spf.domain or None,
        "dkim": row.signed,
        "dmarc": "pass" if row.passed else "fail",
        "disposition": row.disposition or None,
    }


def show(out: "Console", tally: Tally, *, dry_run: bool) -> None:
    """The count for a person."""
    from monitor.evidence.tls_reports.report import TlsReport

    counts = ("rows", "messages", "failed")
    rows = table("kind", "reporter", "domain", "from", "to", *counts, right=counts)
    for each in tally.found:
        if isinstance(each, TlsReport):
            kind, total, failed = "TLS", each.ok + each.failed, each.failed
        else:
            kind, total = "DMARC", sum(row.count for row in each.rows)
            failed = sum(row.count for row in each.rows if not row.passed)
        times = str(each.begin.date()), str(each.end.date())
        rows.add_row(kind, each.reporter, each.domain, *times, str(len(each.rows)), str(total), str(failed))
    if tally.found:
        out.print(rows)
    for file, error in tally.unread[:UNREAD_SHOWN]:
        print_paragraph(out, inert(f"{file} is not read: {error}"))
    if len(tally.unread) > UNREAD_SHOWN:
        print_paragraph(out, f"And {len(tally.unread) - UNREAD_SHOWN} more were not read.")
    if tally.twice:
        print_paragraph(out, f"{tally.twice} came more than once, and counted once.")
    if not tally.found:
        warn("No report was found.")
    elif dry_run:
        print_paragraph(out, "Nothing was kept.")
    else:
        number = len(tally.lists)
        kept = "nothing in them was new of any list" if not number else f"new of {number} list{'s' * (number > 1)}"
        print_paragraph(out, f"Kept as evidence: {kept}.")
