"""What one line of Sendmail says of a message: its fields, in the order in which Sendmail writes them. Pure.

They are those of deliver.c (`logdelivery`), envelope.c (`logsender`) and savemail.c. All is read from the left: a reply
stands last, and may hold any of these fields again.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from monitor.mtas.place import address_of, host_of

TEXT_CHARS_MAX: Final = 4096

ID: Final = re.compile(rb"([0-9A-Za-z]{7,20}): ")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"'
_TO: Final = re.compile(rf"(?:<((?:{_QUOTED})?[^>]*+)>|((?:{_QUOTED})?[^,]*+))(,(?! )|)")
_ENDED: Final = re.compile(
    r"(?P<more>,? \[more\])?(?:, ctladdr=.*?)?, delay=[\d+:]+(?:, xdelay=[\d+:]+)?, mailer=(?P<mailer>[^\s,]+)(?:, pri=\d+)?"
    r"(?:, (?:relay=(?P<host>[^\s,]*)(?: \[(?P<address>[^\]\s]*)\])?|quarantine=[^,]*))?"
    r"(?:, dsn=(?P<dsn>[\d.]+))?(?:, ntries=\d+)?(?:, stage=\w+)?(?P<said>, (?:reply|stat)=.*)$",
    re.DOTALL,
)
_NO_MAILER: Final = re.compile(r"(?:,? \[more\])?(?:, ctladdr=.*?)?, delay=[\d+:]+.*, stat=", re.DOTALL)
_REPLY: Final = re.compile(r", reply=(.*?)(?:, stat=.*)?$", re.DOTALL)
_STAT: Final = re.compile(r", stat=(.*)$", re.DOTALL)
_CODE: Final = re.compile(r"([2-5]\d\d)(?=[ -]|$)")
_SENT: Final = re.compile(r"Sent(?: \((.*)\))?", re.DOTALL)
_FROM: Final = re.compile(rf"from=(?:<((?:{_QUOTED})?[^>]*+)>|((?:{_QUOTED})?[^,]*+)), size=")
_OWNER: Final = re.compile(rf"clone: owner=(?:<((?:{_QUOTED})?[^>]*+)>|((?:{_QUOTED})?[^,]*+))$")
_MESSAGE_ID: Final = re.compile(r", msgid=<?([^,>\s]+)")
_NOTICE: Final = re.compile(
    r"([0-9A-Za-z]{7,20}): (?:DSN|return to sender|sender notify|postmaster notify): (?P<expired>Cannot send message (?:for|within) )?"
)
_LOOKED_UP: Final = re.compile(r"Deferred: (?:Name server: .*|.*host name lookup failure)|Host unknown")
# What Sendmail makes of a refusal whose reply it does not log (sysexits.c). With the server's enhanced status code it
# is all that is known.
_REFUSED: Final = {
    "User unknown": 550,
    "Service unavailable": 554,
    "Data format error": 554,
    "Remote protocol error": 554,
    "Insufficient permission": 550,
}
_OUR_OWN: Final = "403"  # Sendmail's own word, which no server has: its policy about TLS or authentication is not met
_NO_SMTP: Final = ("local", "prog", "cyrus", "procmail", "fax", "uucp", "usenet", "bsmtp", "error", "discard")


class Kind(StrEnum):
    """What a line is about."""

    QUEUED = "from"
    ENDED = "to"
    NOTICE = "DSN"
    LEFT = "done"
    OTHER = ""  # nothing that tells of a try
    UNREADABLE = "?"


class Line(NamedTuple):
    """What stood there; "" and 0 for what did not."""

    kind: Kind
    reverse_path: str | None = None
    message_id: str | None = None
    recipients: tuple[str, ...] = ()
    more: bool = False  # the next line has more recipients of the same
    host: str = ""
    address: str = ""
    code: int = 0
    text: str = ""
    sent: bool = False
    bounced: bool = False
    notice: str = ""  # id of the notice that is written to the sender
    expired: bool = False


OTHER: Final = Line(Kind.OTHER)
UNREADABLE: Final = Line(Kind.UNREADABLE)


def read_line(said: str) -> Line:
    """What the line says after the message's id."""
    if said.startswith("to="):
        return _read_ended(said)
    if said.startswith("from="):
        return _read_from(_FROM, said) if ", size=" in said else UNREADABLE
    if said.startswith("clone: owner="):
        return _read_from(_OWNER, said)
    if said.startswith("done; "):
        return Line(Kind.LEFT)
    notice = _NOTICE.match(said)
    if notice:
        return Line(Kind.NOTICE, notice=notice[1], expired=notice["expired"] is not None)
    return OTHER


def _read_from(form: re.Pattern[str], said: str) -> Line:
    found = form.match(said)
    if not found:
        return UNREADABLE
    named = _MESSAGE_ID.search(said, found.end())
    return Line(Kind.QUEUED, reverse_path=found[1] or found[2] or "", message_id=named[1] if named else None)


def _read_ended(said: str) -> Line:
    recipients, end = _read_list(said, len("to="))
    found = _ENDED.match(said, end)
    if not found or not recipients:
        return OTHER if recipients and _NO_MAILER.match(said, end) else UNREADABLE
    address = address_of(found["address"] or "")
    if found["mailer"].startswith(("*", *_NO_SMTP)):
        return OTHER
    if found["address"] and not address:
        return UNREADABLE
    replied, stat = _REPLY.match(found["said"]), _STAT.search(found["said"])
    told = (replied[1] if replied else stat[1] if stat else "")[:TEXT_CHARS_MAX]
    sent = None if replied else _SENT.match(told)
    line = Line(
        Kind.ENDED,
        recipients=recipients,
        more=found["more"] is not None,
        host=host_of(found["host"] or "") if address or replied else "",
        address=address,
        text=told,
    )
    if sent:
        return line._replace(sent=True, code=250, text=f"250 {sent[1] or 'Sent'}") if address else OTHER
    if not address and not replied:  # a server that is known to be away in this queue run is not asked
        return line if _LOOKED_UP.match(told) else OTHER
    return _read_refusal(line, told.removeprefix("Deferred: "), found["dsn"] or "", replied=replied is not None)


def _read_refusal(line: Line, told: str, dsn: str, *, replied: bool) -> Line:
    code = _CODE.match(told)
    if code and code[1] == _OUR_OWN:
        return line
    if code:
        return line._replace(code=int(code[1]), text=told, bounced=code[1][0] == "5")
    own = next((number for words, number in _REFUSED.items() if told.startswith(words)), 0)
    if own and dsn.startswith("5") and not replied:
        return line._replace(code=own, text=f"{own} {dsn} {told}", bounced=True)
    return line._replace(bounced=dsn.startswith("5"))


def _read_list(said: str, start: int) -> tuple[tuple[str, ...], int]:
    """The recipients, and where their list ends."""
    recipients = []
    while found := _TO.match(said, start):
        address = found[1] if found[1] is not None else found[2]
        if not address:
            break
        recipients.append(address)
        start = found.end()
        if not found[3]:
            break
    return tuple(recipients), start
