"""How commands speak: one JSON document for programs, tables for people on a terminal."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.folding import HANG, columns, fold
from monitor.inert import inert as escape
from monitor.model.findings import Severity
from monitor.model.risk import RiskLevel

if TYPE_CHECKING:  # imported where used: what prints a word or a plugin line does without
    from rich.console import Console
    from rich.text import Text

    from monitor.cli.layout import Rows
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
    width = columns(sys.stdout)
    # With a height, which nothing of ours goes by: without one a dumb terminal is taken to be of 80 columns.
    wide = width or PIPED_WIDTH
    return Console(highlight=False, emoji=False, soft_wrap=width is None, width=wide, height=PIPED_WIDTH)


def table(*names: str, title: str = "", right: Iterable[str] = ()) -> "Rows":
    """A table to add rows to and print: no word of it is ever parted, and piped each row is one line."""
    from monitor.cli.layout import Rows

    return Rows(*names, title=title, right=right)


def print_finding(out: "Console", finding: "Finding", fix: str | None) -> None:
    """A finding, and in words what mends it, if anything does."""
    from rich.text import Text

    from monitor.wording.vocabulary import severity_mark, severity_word

    said = f"{severity_mark(finding.severity)} {severity_word(finding.severity)}"
    coloured = (said, SEVERITY_COLOURS[finding.severity])
    print_paragraph(out, Text.assemble(coloured, f"  {finding.code}  ", (finding.reference, "dim")))
    print_paragraph(out, Text("  ").append(inert(finding.message)))
    if fix is not None:
        print_paragraph(out, Text("  → ").append(inert(fix)), hang=4)
    out.print()


def print_paragraph(out: "Console", text: "Text | str", *, style: str = "", hang: int = HANG) -> None:
    """A paragraph. Where it is folded its other lines are indented: text from outside begins no line of a terminal."""
    from rich.text import Text

    from monitor.cli.layout import paragraph

    whole = Text(text) if isinstance(text, str) else text
    out.print(whole if out.soft_wrap else paragraph(whole, out.width, hang=hang), style=style)


def say(sentence: str, *, err: bool = False) -> None:
    """One paragraph on standard output or error, inert, folded where that is a terminal. Needs no library."""
    click.echo(fold(escape(sentence), columns(sys.stderr if err else sys.stdout)), err=err)


def nagios_line(status: str, sentence: str, data: str) -> str:
    """`STAYSUB CRITICAL - example.org: … | lookups=3;;10`: one line, no pipe in the sentence (plugin guidelines)."""
    said = escape(sentence.replace("|", "/"))
    return f"STAYSUB {status.upper()} - {said} | {data}"


def warn(sentence: object) -> None:
    """One sentence on standard error, in our name."""
    say(f"staysub: {sentence}", err=True)


def inert(outside: str) -> "Text":
    """Text from outside (a TXT record, an SMTP reply) on one line, with what cannot be seen made visible."""
    from rich.text import Text

    return Text(escape(outside))


def local(at: datetime) -> str:
    """A moment for people, in the time zone of this machine, to the minute."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")
