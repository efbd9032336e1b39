r"""What one line of Exim's main log says of a message: its grammar, in the order in which Exim writes it. Pure.

Forms are those of deliver.c (`delivery_log`, `deferral_log`, `failure_log`), transports/smtp.c (`write_logs`,
`check_response`) and receive.c. All is read from the left: what a receiver said stands last, and may hold any of these
forms again. Exim writes a line feed within a reply as `\n`.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from monitor.mtas.place import address_of, host_of

TEXT_CHARS_MAX: Final = 4096

# `1abCDE-0001xy-Ab` up to 4.96, `1abCDE-0000000abcd-AbCd` since.
_ID: Final = re.compile(
    rb"(?:\[\d{1,10}\] )?([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{11}-[0-9A-Za-z]{4}|[0-9A-Za-z]{6}-[0-9A-Za-z]{2})) "
)
_HOST: Final = r"H=(\S+)(?: DS)? \[([^\]\s]+)\](?::\d{1,5})?\*?"
_LOCAL: Final = r'(?:"(?:[^"\\]|\\.)*+"@)?'
# An address; the pipe, file or local part that is delivered to; then those that it came from.
_WHO: Final = re.compile(rf"(?:save )?({_LOCAL}\S*)(?: \(.*?\))?(?: <({_LOCAL}[^>]*+)>)?")
_IN_QUEUE: Final = re.compile(rf"(?:<({_LOCAL}[^>]*+)>|({_LOCAL}\S+))(?= |$)")
_MESSAGE_ID: Final = re.compile(r" id=(\S+)")
_FROM: Final = re.compile(rf" ([FP])=<({_LOCAL}[^<>]*+)>")
_SERVER: Final = re.compile(rf" {_HOST}(?: PRX=\[[^\]]*\](?::\d+)?)?(?: I=\[([^\]]*)\])?")
_TRANSPORT: Final = re.compile(r" T=(\S+)")
_CONFIRMED: Final = re.compile(r' C="((?:[^"\\]|\\.)*+)')
_FIELDS: Final = r'(?: (?:[A-Z]{1,4}=(?:"[^"]*+"|\S*?)|K|L)(?=: | |$))*+'  # X=…, CV=…, DN="…", DT=…
_DEFERRED: Final = re.compile(
    rf" defer \(-?\w+\)(?:: (?P<error>[^:\[\]]*?))?(?P<server> {_HOST}(?: PRX=\S+)?(?: I=\[([^\]]*)\](?::\d+)?)?(?: TFO\*+)?)?"
    rf"{_FIELDS}(?:: (?P<text>.*))?$",
    re.DOTALL,
)
_OF_HOST: Final = re.compile(
    rf"{_HOST}({_FIELDS}: | (?=SMTP error from remote )| (?!\w{{1,3}}=|Warning: |(?:temporarily )?rejected ))(.*)",
    re.DOTALL,
)
_INBOUND: Final = re.compile(r"H=\S* ?\(|.* F=<")
# Before the code of a reply stands what it was said to; a recipient may hold anything.
_SAID: Final = re.compile(
    rf"SMTP error from remote (?:mail )?server after (?:pipelined )?"
    rf"(?:RCPT TO:<(?P<rcpt>{_LOCAL}[^>]*+)>|MAIL FROM:<{_LOCAL}[^>]*+>[^:]*+|[^:]*+): "
    r"(?:host (?P<host>\S{1,255}) \[(?P<address>[^\]\s]{1,64})\]: )?(?P<code>[2-5]\d\d)(?=[\s\\-]|$)"
)
_LATE: Final = re.compile(r"SMTP error from remote (?:mail )?server after (?:pipelined )?(?:DATA|end of data|BDAT)")
_TAKEN: Final = re.compile(r" DT=(?:\d+[wdhms]|\d+\.\d+s)+$")
_ESCAPED: Final = re.compile(r"\\(.)")
_LOOKED_UP: Final = re.compile(r"lookup|DNS|\bMX\b|Unrouteable address|Unknown host|host not found", re.IGNORECASE)
# The queue's own words about waiting.
_NO_TRY: Final = re.compile(
    r"retry time not|Retry time not|all hosts.* have been failing|SMTP delivery explicitly queued|domain is (?:held|in )"
    r"|first-pass only routing|remote host (?:address is the local host|used by another delivery)|concurrency limit"
    r"|reusing SMTP connection|hold_domains|queue_(?:smtp_)?domains|Message frozen|cancelled"
)
# Why a server that was to be asked was not, where no line names it; other words are those of files, pipes, commands.
_NOT_REACHED: Final = re.compile(
    r"Connection |Network |No route to host|Host is |Operation timed out|Address family |Cannot assign |Broken pipe"
    r"|Remote host |SMTP |smtp |a TLS session|TLS |DANE |all hosts|(?:connect|host lookup)\b"
)
GIVEN_UP: Final = "retry timeout exceeded"
_FAILING: Final = re.compile(r"all hosts.* have been failing for a long time")


class Kind(StrEnum):
    """What a line is about."""

    QUEUED = "<="
    SENT = "=>"  # and ">>": the first, or only, recipient of a transaction
    ALSO_SENT = "->"
    DEFERRED = "=="
    FAILED = "**"
    HOST = "H="  # a server that did not take the message; another one may be tried
    LEFT = "Completed"
    OTHER = ""  # nothing that tells of a try
    UNREADABLE = "?"


class Line(NamedTuple):
    """What stood there; "" and 0 for what did not."""

    kind: Kind
    recipient: str = ""
    reverse_path: str | None = None
    message_id: str | None = None
    host: str = ""
    address: str = ""
    source: str = ""
    code: int = 0
    text: str = ""
    of_one: bool = False  # the reply was to one recipient (RCPT TO), who is named
    late: bool = False  # the reply was to the message itself, after those to its recipients
    remote: bool = False  # it was, or would have been, handed to another machine
    tried: bool = True  # False: the queue's own word, for which nobody was asked
    given_up: bool = False


OTHER: Final = Line(Kind.OTHER)
UNREADABLE: Final = Line(Kind.UNREADABLE)


def id_of(line: bytes, start: int) -> tuple[str, int] | None:
    """The message's id and where what follows begins; None where the line is about no message."""
    found = _ID.match(line, start)
    return (found[1].decode("ascii"), found.end()) if found else None


def read_line(said: str) -> Line:
    """What the line says after the message's id."""
    flag, _, rest = said.partition(" ")
    if flag in {"=>", "->", ">>"}:
        return _read_sent(Kind.ALSO_SENT if flag == "->" else Kind.SENT, rest)
    if flag == "<=":
        return _read_queued(rest)
    if flag == "Completed":
        return Line(Kind.LEFT)
    if flag == "==":
        return _read_deferred(rest)
    if flag == "**":
        return _read_failed(rest)
    return _read_of_host(said) if flag.startswith("H=") else OTHER


def _read_queued(rest: str) -> Line:
    found = _IN_QUEUE.match(rest)
    if not found:
        return UNREADABLE
    named = _MESSAGE_ID.search(rest, found.end())
    return Line(
        Kind.QUEUED, reverse_path=found[1] or found[2] or "", message_id=named[1].strip("<>") if named else None
    )


def _read_sent(kind: Kind, rest: str) -> Line:
    who = _WHO.match(rest)
    if not who or not who[1]:
        return UNREADABLE
    confirmed = _CONFIRMED.search(rest, who.end())
    end = confirmed.start() if confirmed else len(rest)
    server = _SERVER.search(rest, who.end(), end)
    if _is_lmtp(rest, who.end(), end):
        return Line(kind)
    if not server:  # a file, a pipe, a command
        return UNREADABLE if " H=" in rest[who.end() : end] and " [" not in rest else Line(kind)
    text = _ESCAPED.sub(r"\1", confirmed[1].replace("\\\\n", "\n")) if confirmed else ""
    return Line(
        kind,
        recipient=who[1],
        reverse_path=_reverse_path(rest, who.end(), server.start()),
        host=host_of(server[1]),
        address=address_of(server[2]),
        source=address_of(server[3] or ""),
        code=int(text[:3]) if text[:3].isdecimal() and text[:1] == "2" else 250,
        text=text[:TEXT_CHARS_MAX],
        remote=True,
    )


def _read_deferred(rest: str) -> Line:
    who = _WHO.match(rest)
    found = _DEFERRED.search(rest, who.end()) if who and who[1] else None
    if not who or not found:
        return UNREADABLE
    text = found["text"] or found["error"] or ""
    server = _SERVER.match(found["server"]) if found["server"] else None
    if _is_lmtp(rest, who.end(), found.start()) or text.startswith("LMTP error "):
        return OTHER
    remote = server is not None or _TRANSPORT.search(rest, who.end(), found.start()) is not None
    return _ended(Kind.DEFERRED, who[1], text, server, remote=remote)


def _read_failed(rest: str) -> Line:
    who = _WHO.match(rest)
    if not who or not who[1]:
        return UNREADABLE
    recipient, end = who[1], who.end()
    if recipient.endswith(":"):  # no more than the address stands before what is said
        recipient, end = recipient[:-1], end - 1
    colon = rest.find(": ", end)
    if colon < 0:
        return UNREADABLE
    server = _SERVER.search(rest, end, colon)
    if _is_lmtp(rest, end, colon) or rest.startswith("LMTP error ", colon + 2):
        return OTHER
    remote = server is not None or _TRANSPORT.search(rest, end, colon) is not None
    if not remote and rest[colon + 2 :] == GIVEN_UP:
        return Line(Kind.FAILED, recipient=recipient, tried=False, given_up=True)
    reverse_path = _reverse_path(rest, end, colon)
    return _ended(Kind.FAILED, recipient, rest[colon + 2 :], server, remote=remote)._replace(reverse_path=reverse_path)


def _ended(kind: Kind, recipient: str, text: str, server: re.Match[str] | None, *, remote: bool) -> Line:
    text = _TAKEN.sub("", text).replace("\\n", "\n")[:TEXT_CHARS_MAX]
    said = _SAID.match(text)
    failing = _FAILING.match(text) is not None
    asked = (
        server is not None or _LOOKED_UP.search(text) is not None or (remote and _NOT_REACHED.match(text) is not None)
    )
    named = server.groups("") if server else (*said.group("host", "address"), "") if said else ("", "", "")
    host, address, source = (each or "" for each in named)
    return Line(
        kind,
        recipient=recipient,
        host=host_of(host),
        address=address_of(address),
        source=address_of(source),
        code=int(said["code"]) if said else 0,
        text=text,
        of_one=said is not None and said["rcpt"] is not None,
        late=_LATE.match(text) is not None,
        remote=remote,
        tried=said is not None or (asked and text != GIVEN_UP and not _NO_TRY.match(text)),
        given_up=failing or text.endswith(GIVEN_UP),
    )


def _is_lmtp(rest: str, start: int, end: int) -> bool:
    """Whether it is handed on by LMTP, as far as the transport's name says so."""
    found = _TRANSPORT.search(rest, start, end)
    return found is not None and "lmtp" in found[1].lower()


def _read_of_host(said: str) -> Line:
    if _INBOUND.match(said):
        return OTHER
    found = _OF_HOST.match(said)
    if not found:
        return OTHER
    text = found[4].replace("\\n", "\n")[:TEXT_CHARS_MAX]
    reply = _SAID.match(text)
    return Line(
        Kind.HOST,
        recipient=(reply["rcpt"] or "") if reply else "",
        host=host_of(found[1]),
        address=address_of(found[2]),
        code=int(reply["code"]) if reply else 0,
        text=text,
        of_one=reply is not None and reply["rcpt"] is not None,
        late=_LATE.match(text) is not None,
        remote=True,
    )


def _reverse_path(rest: str, start: int, end: int) -> str | None:
    """As the message left (`P=`), else as it came (`F=`); None where neither is logged."""
    named = dict(_FROM.findall(rest[start:end]))
    return named.get("P", named.get("F"))
