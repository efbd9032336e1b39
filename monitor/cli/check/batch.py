"""`staysub check --batch`: JSON lines in, JSON lines out, in order, as fast as DNS allows.

Only what a batch needs is imported, so that a short one is not spent on starting.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final

from monitor.cli.output import inert_json
from monitor.dns.answer import Resolver
from monitor.model.dns import IpAddress, SpfOutcome, unmapped
from monitor.spf.batch import Request, evaluate_many

KEYS: Final = ("mail_from", "helo", "client_ip")
Line = tuple[int, bytes]  # a line of the input and its number
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class WrongLine(ValueError):
    """A line that is no question; `str()` is the sentence."""


def numbered(lines: Iterable[bytes]) -> Iterator[Line]:
    """Each line that is to be answered, with its number from 1. Empty lines at the end are none."""
    empty: list[Line] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from empty
            empty.clear()
            yield number, line
        else:
            empty.append((number, line))


def answers(lines: Iterable[Line], resolver: Resolver, *, now: datetime) -> Iterator[dict[str, Any]]:
    """One answer a line, in order. Lines are read ahead of the answers, as far as the evaluation keeps them open.

    A line that cannot be read is answered in its place by an answer with `line` and `error`; nothing else is lost for
    it.
    """
    waiting: deque[dict[str, Any] | None] = deque()  # of each line read: its error, or None for one that is evaluated

    def requests() -> Iterator[Request]:
        for number, line in lines:
            try:
                request = question(line)
            except WrongLine as error:
                waiting.append({"domain": None, "results": [], "line": number, "error": str(error)})
                continue
            waiting.append(None)
            yield request

    for outcomes in evaluate_many(resolver, requests(), now=now):
        while (error := waiting.popleft()) is not None:
            yield error
        yield {"domain": outcomes[0].domain, "results": [result(each) for each in outcomes]}
    yield from (error for error in waiting if error is not None)


def encode(answer: dict[str, Any]) -> str:
    """The answer as a JSON line."""
    return inert_json(_ENCODER.encode(answer)) + "\n"


def question(line: bytes) -> Request:
    """The question that a line asks. Raises WrongLine: whatever the octets."""
    if not line.strip():
        raise WrongLine("The line is empty.")
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
