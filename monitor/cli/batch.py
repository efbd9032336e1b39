"""`staysub check --batch`: JSON lines in, JSON lines out, in order, as fast as DNS allows."""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyAddress, ValidationError
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitor.dns.answer import Resolver
from monitor.errors import UsageError
from monitor.model import SpfOutcome
from monitor.spf.batch import Request, evaluate_many
from monitor.spf.check_host import unmapped


class Line(BaseModel):
    """One question: whose mail, and from where."""

    model_config = ConfigDict(extra="forbid")

    mail_from: str = ""
    helo: str
    client_ip: Annotated[list[Annotated[IPvAnyAddress, AfterValidator(unmapped)]], Field(min_length=1)]


def run_batch(source: str, resolver: Resolver, *, now: datetime) -> int:
    """Answer every line of a file or of standard input (`-`); how many lines could not be read.

    A line that cannot be read is answered in its place by `{"line": n, "error": "…"}`; nothing else is lost for it.
    Raises UsageError where the file cannot be opened.
    """
    with _opened(source) as lines, _progress(source) as advance:
        wrong = 0
        for answer in answers(lines, resolver, now=now):
            wrong += "error" in answer
            sys.stdout.write(json.dumps(to_jsonable_python(answer), ensure_ascii=False) + "\n")
            advance()
    return wrong


def answers(lines: Iterable[str], resolver: Resolver, *, now: datetime) -> Iterator[dict[str, Any]]:
    """One answer a line, in order. Lines are read ahead of the answers, as far as the evaluation keeps them open."""
    waiting: deque[dict[str, Any] | None] = deque()  # of each line read: its error, or None for one that is evaluated

    def requests() -> Iterator[Request]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                read = Line.model_validate_json(line)
            except ValidationError as error:
                waiting.append({"line": number, "error": _sentence(error)})
                continue
            waiting.append(None)
            yield Request(reverse_path=read.mail_from, helo=read.helo, client_ips=tuple(read.client_ip))

    for outcomes in evaluate_many(resolver, requests(), now=now):
        while (error := waiting.popleft()) is not None:
            yield error
        yield _answer(outcomes)
    yield from (error for error in waiting if error is not None)


def _answer(outcomes: Sequence[SpfOutcome]) -> dict[str, Any]:
    return {"domain": outcomes[0].domain, "results": [result(each) for each in outcomes]}


def result(each: SpfOutcome) -> dict[str, Any]:
    """One evaluation as every JSON of `check` shows it."""
    return {
        "client_ip": each.client_ip,
        "family": each.family,
        "identity": each.identity,
        "domain": each.domain,
        "result": each.result,
        "lenient_result": each.lenient_result,
        "mechanism": each.mechanism,
        "problem": each.problem,
        "lookups": each.lookups,
        "void": each.void,
    }


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


@contextmanager
def _opened(source: str) -> Iterator[Iterable[str]]:
    """The lines of a file, or of standard input."""
    if source == "-":
        yield sys.stdin
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
        yield file


@contextmanager
def _progress(source: str) -> Iterator[Callable[[], None]]:
    """A bar on standard error where it is a terminal and the answers go elsewhere; else nothing."""
    out = Console(stderr=True)
    if not out.is_terminal or sys.stdout.isatty():
        yield lambda: None
        return
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=None if source == "-" else _count(source))
        yield lambda: bar.advance(task)


def _count(source: str) -> int | None:
    try:
        with Path(source).open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return None
