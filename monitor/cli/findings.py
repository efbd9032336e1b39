"""`staysub findings`: what each finding means, in plain words, as the pages tell it."""

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.cli.options import json_option
from monitor.cli.output import SEVERITY_COLOURS, console, emit_json, print_paragraph, table
from monitor.errors import UsageError

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from rich.console import Console

    from monitor.wording.plain import Explanation, Subject


class Code(click.ParamType[str]):
    """A finding's code, which a shell completes."""

    name = "code"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The codes that begin so, each with its title."""
        from monitor.wording.plain import subjects

        del ctx, param
        every = (one for subject in subjects() for one in subject.findings)
        return [CompletionItem(one.code, help=one.title) for one in every if one.code.startswith(incomplete)]


@click.command("findings")
@click.argument("code", required=False, type=Code())
@json_option
def findings_command(*, code: str | None, as_json: bool) -> None:
    """Say what a finding means, in plain words: what to do, who can mend it, how to see that it is mended.

    Give a code as `staysub check` shows it, such as spf.ipv6-not-covered; without one all are listed by subject. The
    web part has the same at /findings.

    Exit codes: 0, 64 no finding has that code.
    """
    from monitor.wording.plain import explained, subject_of, subjects

    if code is None:
        if as_json:
            every = [_document(one, subject) for subject in subjects() for one in subject.findings]
            emit_json("findings", {"findings": every})
        else:
            _print_all(console())
        return
    one, subject = explained(code), subject_of(code)
    if one is None or subject is None:
        raise UsageError(_unknown(code))
    if as_json:
        emit_json("findings", {"findings": [_document(one, subject)]})
    else:
        _print_one(console(), one)


def _unknown(code: str) -> str:
    from monitor.wording.plain import nearest

    near = " or ".join(one.code for one in nearest(code, most=2))
    hint = f"Did you mean {near}?" if near else "`staysub findings` lists them all."
    return f"No finding has the code {code!r}. {hint}"


def _print_all(out: "Console") -> None:
    from monitor.wording.plain import subjects

    for subject in subjects():
        out.print()
        rows = table("code", "in plain words", title=f"{subject.name} ({subject.about.replace('`', '')})")
        for one in subject.findings:
            rows.add_row(one.code, one.sentence)
        out.print(rows)
    out.print()
    hint = "`staysub findings CODE` says what to do, who can mend it, and how to see that it is mended."
    print_paragraph(out, hint)


def _print_one(out: "Console", one: "Explanation") -> None:
    from rich.text import Text

    from monitor.wording.vocabulary import severity_mark, severity_word

    print_paragraph(out, Text(one.title, "bold"))
    line = Text(one.code)
    for severity, when in one.severities.items():
        said = f"{severity_mark(severity)} {severity_word(severity)}"
        line.append("  ").append(said, SEVERITY_COLOURS[severity]).append(f" {when}".rstrip(), "dim")
    print_paragraph(out, line)
    out.print()
    print_paragraph(out, Text("  ").append(one.sentence))
    for name, text in (
        ("What it means", one.means),
        ("If nothing is done", one.otherwise),
        ("Who can mend it", " ".join(one.people)),
        ("What to do", one.do),
        ("How to see that it is mended", one.see),
        ("For whoever mends it", f"{one.exact} {one.remedy} ({one.standard})"),
        *((word, meaning) for word, meaning in one.words),
    ):
        out.print()
        print_paragraph(out, Text(name, "bold"))
        print_paragraph(out, Text("  ").append(text))


def _document(one: "Explanation", subject: "Subject") -> dict[str, Any]:
    from monitor.wording.plain import page_path

    return {
        "code": one.code,
        "subject": subject.name,
        "title": one.title,
        "severities": dict(one.severities),
        "sentence": one.sentence,
        "means": one.means,
        "if_nothing_is_done": one.otherwise,
        "who": list(one.who),
        "people": list(one.people),
        "do": one.do,
        "see": one.see,
        "exact": one.exact,
        "remedy": one.remedy,
        "standard": one.standard,
        "words": dict(one.words),
        "page": page_path(one.code),
    }
