"""How commands speak: one JSON document for programs, tables for people on a terminal."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.inert import inert as escape
from monitor.model.findings import Severity
from monitor.model.risk import RiskLevel

if TYPE_CHECKING:  # imported where used: what prints a word or a plugin line does without
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from monitor.model.findings import Finding

PIPED_WIDTH = 2000  # columns: more than any row of ours
NAGIOS_CODES = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}  # exit codes of the plugin interface
LEVEL_COLOURS = {
    RiskLevel.CRITICAL: "bold red",
    RiskLevel.AT_RISK: "red",
    RiskLevel.WATCH: "yellow",
    RiskLevel.UNKNOWN: "magenta",
    RiskLevel.OK: "green",
}
SEVERITY_COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.WARNING: "yellow",
    Severity.UNKNOWN: "magenta",
    Severity.INFO: "cyan",
}


def inert_json(document: str) -> str:
    r"""JSON with every character escaped that cannot be seen (RFC 8259 section 7), but for line ends between values.

    JSON itself lets U+2028, U+0085 and changes of direction stand: a terminal, and whoever splits lines, obeys them.
    """
    return "\n".join(line if line.isprintable() else _escaped(line) for line in document.split("\n"))


def _escaped(line: str) -> str:
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def emit_json(command: str, document: dict[str, Any]) -> None:
    """Print one JSON document with its schema name, such as `staysub.check/1`."""
    from pydantic_core import to_jsonable_python

    body = {"schema": f"staysub.{command}/1", **to_jsonable_python(document)}
    sys.stdout.write(inert_json(json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False)) + "\n")


def console() -> "Console":
    """Standard output for people; colour and width follow the terminal. Piped it is plain, and no line is folded."""
    from rich.console import Console

    # Without emoji: the middle of 2001:db8::10:100:21 would be one.
    piped = not sys.stdout.isatty()
    return Console(highlight=False, emoji=False, soft_wrap=piped, width=PIPED_WIDTH if piped else None)


def table(*columns: str, whole: str | None = None, **attributes: Any) -> "Table":
    """A table without lines, its first column, or the one called `whole`, fit for copying.

    What is too long for a terminal is folded, never cut; piped, each row is one line.
    """
    from rich.table import Table

    class Inert(Table):
        """A cell that is plain text shows what cannot be seen, and no markup is obeyed in it."""

        def add_row(self, *cells: Any, **options: Any) -> None:
            """As rich's."""
            super().add_row(*(inert(each) if isinstance(each, str) else each for each in cells), **options)

    made = Inert(box=None, pad_edge=False, header_style="bold", title_justify="left", **attributes)
    for name in columns:
        made.add_column(name, overflow="fold", no_wrap=name == (columns[0] if whole is None else whole))
    return made


def print_finding(out: "Console", finding: "Finding", fix: str | None) -> None:
    """A finding, and in words what mends it, if anything does."""
    from rich.text import Text

    from monitor.wording.vocabulary import severity_mark, severity_word

    said = f"{severity_mark(finding.severity)} {severity_word(finding.severity)}"
    out.print(
        Text.assemble((said, SEVERITY_COLOURS[finding.severity]), f"  {finding.code}  ", (finding.reference, "dim"))
    )
    print_paragraph(out, Text("  ").append(inert(finding.message)))
    if fix is not None:
        print_paragraph(out, Text("  → ").append(inert(fix)))
    out.print()


def print_paragraph(out: "Console", text: "Text", *, style: str = "") -> None:
    """A paragraph. Where it is folded its other lines are indented: text from outside begins no line of a terminal."""
    from rich.text import Text

    if not out.soft_wrap:
        text = Text("\n  ").join(text.wrap(out, max(out.width - 2, 1), overflow="fold"))
    out.print(text, style=style)


def nagios_line(status: str, sentence: str, data: str) -> str:
    """`STAYSUB CRITICAL - example.org: … | lookups=3;;10`: one line, no pipe in the sentence (plugin guidelines)."""
    said = escape(sentence.replace("|", "/"))
    return f"STAYSUB {status.upper()} - {said} | {data}"


def warn(sentence: object) -> None:
    """One line on standard error, in our name."""
    click.echo(f"staysub: {escape(sentence)}", err=True)


def inert(outside: str) -> "Text":
    """Text from outside (a TXT record, an SMTP reply) on one line, with what cannot be seen made visible."""
    from rich.text import Text

    return Text(escape(outside))


def local(at: datetime) -> str:
    """A moment for people, in the time zone of this machine, to the minute."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")
