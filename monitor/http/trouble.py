"""What kept an HTTP request from its answer: a stable word and a sentence, from whatever the libraries raise."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

import requests
import urllib3

from monitor.doors.files import none_left
from monitor.errors import OutOfFiles
from monitor.http.guarded import AddressRefused
from monitor.phrase.phrase import Phrase, say

LATE: Final = say("No answer within the time allowed.")
RAISED: Final = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, AddressRefused, ValueError)


def trouble(error: BaseException, *, late: bool) -> tuple[str, Phrase]:
    """The stable word and a sentence for a request that brought no answer; `late` says that its deadline passed.

    Raises OutOfFiles where that was the reason, and none of the other side's.
    """
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, AddressRefused):
            allow = say(
                "{problem}. Allow the network under notices.allow_networks if it is meant.", problem=cause.sentence
            )
            return "refused-address", allow
    if late:
        return "timeout", LATE
    if none_left(causes):
        raise OutOfFiles from error
    for kind, outcome, sentence in (
        (socket.gaierror, "resolve", say("The name cannot be resolved")),
        (ssl.SSLError, "tls", say("TLS failed")),
        (TimeoutError, "timeout", say("No answer in time")),
        (urllib3.exceptions.TimeoutError, "timeout", say("No answer in time")),
        (ConnectionRefusedError, "connect", say("Nothing listens there")),
        ((ConnectionResetError, BrokenPipeError), "closed", say("The connection was cut")),
    ):
        for cause in causes:
            if isinstance(cause, kind):
                return outcome, say("{problem}: {error}", problem=sentence, error=str(cause))
    last = causes[-1]
    if "RemoteDisconnected" in type(last).__name__:
        return "closed", say("The connection was closed without an answer: {error}", error=str(last))
    if isinstance(last, OSError) and not isinstance(last, requests.RequestException):
        return "connect", say("It cannot be reached: {error}", error=str(last))
    return "protocol", say("The answer is no HTTP: {error}", error=str(last))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, as requests and urllib3 do: cause, context, argument or `reason`."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [entry for entry in inner if isinstance(entry, BaseException)]
