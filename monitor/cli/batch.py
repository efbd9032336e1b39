"""`staysub check --batch`: JSON lines in, JSON lines out, in order, as fast as DNS allows.

Only what a batch needs is imported, so that a short one is not spent on starting.
"""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from monitor.cli.progress import counted
from monitor.dns.answer import Resolver
from monitor.errors import UsageError
from monitor.model import IpAddress, SpfOutcome
from monitor.spf.batch import Request, evaluate_many
from monitor.spf.check_host import unmapped

KEYS: Final = ("mail_from", "helo", "client_ip")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class WrongLine(ValueError):
    """A line that is no question; `str()` is the sentence."""


def run_batch(source: str, resolver: Resolver, *, now: datetime) -> int:
    """Answer every line of a file or of standard input (`-`); how many lines could not be read.

    A line that cannot be read is answered in its place by an answer with `line` and `error`; nothing else is lost for it.
    Raises UsageError where the file cannot be opened.
    """
    with _opened(source) as lines, _progress(source) as advance:
        wrong = 0
        for answer in answers(lines, resolver, now=now):
            wrong += "error" in answer
            sys.stdout.write(_ENCODER.encode(answer) + "\n")
            advance()
    return wrong


def answers(lines: Iterable[bytes], resolver: Resolver, *, now: datetime) -> Iterator[dict[str, Any]]:
    """One answer a line, in order. Lines are read ahead of the answers, as far as the evaluation keeps them open.

    Empty lines at the end are none.
    """
    waiting: deque[dict[str, Any] | None] = deque()  # of each line read: its error, or None for one that is evaluated

    def requests() -> Iterator[Request]:
        empty: list[int] = []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                empty.append(number)
                continue
            waiting.extend(_wrong(each, "The line is empty.") for each in empty)
            empty.clear()
            try:
                request = question(line)
            except WrongLine as error:
                waiting.append(_wrong(number, str(error)))
                continue
            waiting.append(None)
            yield request

    for outcomes in evaluate_many(resolver, requests(), now=now):
        while (error := waiting.popleft()) is not None:
            yield error
        yield {"domain": outcomes[0].domain, "results": [result(each) for each in outcomes]}
    yield from (error for error in waiting if error is not None)


def _wrong(number: int, sentence: str) -> dict[str, Any]:
    return {"domain": None, "results": [], "line": number, "error": sentence}


def question(line: bytes) -> Request:
    """The question that a line asks. Raises WrongLine: whatever the octets."""
    try:
        read = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise WrongLine(f"No JSON: {error}.") from error
    if not isinstance(read, dict):
        raise WrongLine(f"A question is an object with {', '.join(KEYS)}.")
    if unknown := [key for key in read if key not in KEYS]:
        raise WrongLine(f"There is no key {unknown[0]!r}; there are {', '.join(KEYS)}.")
    return Request(
        reverse_path=_text(read, "mail_from", missing="").removeprefix("<").removesuffix(">"),
        helo=_text(read, "helo", missing=None),
        client_ips=_addresses(read.get("client_ip")),
    )


def _text(read: dict[str, Any], key: str, *, missing: str | None) -> str:
    value = read.get(key, missing)
    if value is None and missing is not None:
        return missing
    if value is None:
        raise WrongLine(f"{key} is missing.")
    if not isinstance(value, str):
        raise WrongLine(f"{key} is no text.")
    return value


def _addresses(given: Any) -> tuple[IpAddress, ...]:
    """The clients' addresses, IPv4-mapped ones as the IPv4 addresses that they are. Raises WrongLine."""
    texts = [given] if isinstance(given, str) else given
    if texts is None:
        raise WrongLine("client_ip is missing.")
    if not isinstance(texts, list) or not texts:
        raise WrongLine("client_ip is no list of addresses.")
    addresses = []
    for text in texts:
        if not isinstance(text, str):
            raise WrongLine(f"client_ip: {json.dumps(text)[:80]} is no address.")
        try:
            addresses.append(unmapped(ip_address(text.removeprefix("[").removesuffix("]"))))
        except ValueError as error:
            raise WrongLine(f"client_ip: {text[:80]!r} is no address.") from error
    return tuple(addresses)


def result(each: SpfOutcome) -> dict[str, Any]:
    """One evaluation as every JSON of `check` shows it."""
    return {
        "client_ip": str(each.client_ip),
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


@contextmanager
def _opened(source: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file, or of standard input."""
    if source == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open("rb"))
        except OSError as error:
            raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
        yield file


@contextmanager
def _progress(source: str) -> Iterator[Callable[[], None]]:
    """A bar where the answers do not go to the same terminal."""
    if sys.stdout.isatty():
        yield lambda: None
        return
    with counted("checking", None if source == "-" or not sys.stderr.isatty() else _count(source)) as advance:
        yield advance


def _count(source: str) -> int | None:
    try:
        with Path(source).open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return None
