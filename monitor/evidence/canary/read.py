"""What a message to the canary address is: a post, or one of the notices that list managers send to a subscriber."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from monitor.managers.notices import all_notice_rows, notice_rows
from monitor.model.evidence import CanaryKind, CanaryMail
from monitor.trace.charset import read_words, text_of
from monitor.trace.header import Header, read_header, values
from monitor.trace.mime import parts_of, read_message

BODY_OCTETS_MAX: Final = 64 << 10  # a notice says what it is at its beginning
TEXT_CHARS_MAX: Final = 4000
HEADER_OCTETS_MAX: Final = 64 << 10
FIELD_OCTETS_MAX: Final = 4 << 10  # of a subject or sender that is read
FIELD_CHARS_MAX: Final = 200  # of a subject or sender that is kept
LINKS_MAX: Final = 3
ADMINISTRATIVE: Final = b"yes"  # X-List-Administrivia of Mailman 2, on all that it writes itself; 3.3.10 sets none
_LINK: Final = re.compile(r"https?://[!-;=?-~]{1,500}")


@dataclass(frozen=True, slots=True)
class Notice:
    """One form of notice: what must be found in a message."""

    id: str
    kind: CanaryKind
    subject: re.Pattern[str]
    body: re.Pattern[str] | None
    field: str | None

    def fits(self, subject: str, body: str, fields: frozenset[str]) -> bool:
        """Whether all that it asks for is there."""
        return (
            (self.field is None or self.field in fields)
            and self.subject.search(subject) is not None
            and (self.body is None or self.body.search(body) is not None)
        )


@cache
def notices() -> tuple[Notice, ...]:
    """The known forms, in the order in which they are tried."""
    return tuple(_notice(row) for row in table())


def table() -> list[dict[str, Any]]:
    """Every list manager's notices, then what is merely marked as the list's own. The first that fits is taken."""
    return [*all_notice_rows(), *notice_rows("monitor.evidence.canary")]


def read_canary(content: bytes) -> CanaryMail:
    """What the message is. Any octets give a value: what fits no notice is a post.

    A reply to the list that quotes a notice is a post: it answers something (RFC 5322 section 3.6.4), notices never do.
    """
    header = read_header(content)
    administrative = any(value.strip().lower() == ADMINISTRATIVE for value in values(header, "x-list-administrivia"))
    if values(header, "in-reply-to") and not administrative:
        return CanaryMail(kind=CanaryKind.POST)
    subject, body = _field(header, "subject"), _body(content)
    fields = frozenset(name for name, _ in header)
    folded = " ".join(body.split())
    found = next((each for each in notices() if each.fits(subject, folded, fields)), None)
    if found is None and not administrative:
        return CanaryMail(kind=CanaryKind.POST)
    kind = CanaryKind.NOTICE if found is None else found.kind
    return CanaryMail(
        kind=kind,
        notice=None if found is None else found.id,
        subject=subject,
        sender=_field(header, "from"),
        links=tuple(_links(body)) if kind is CanaryKind.CONFIRMATION else (),
    )


def _notice(row: dict[str, Any]) -> Notice:
    body = row.get("body")
    return Notice(
        id=row["id"],
        kind=CanaryKind(row["kind"]),
        subject=re.compile(row["subject"], re.IGNORECASE),
        body=None if body is None else re.compile(body, re.IGNORECASE),
        field=row.get("field"),
    )


def _field(header: Header, name: str) -> str:
    """The first field of that name as people read it (RFC 2047), in one line; "" where there is none."""
    raw = next(iter(values(header, name)), b"")[:FIELD_OCTETS_MAX].decode("utf-8", "replace")
    return read_words(raw)[:FIELD_CHARS_MAX]


def _body(content: bytes) -> str:
    """The beginning of the first text part, decoded; "" where there is none."""
    head, _, rest = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    message = read_message(head[:HEADER_OCTETS_MAX] + b"\n\n" + rest[:BODY_OCTETS_MAX])
    texts = (text_of(part) for part in parts_of(message) if part.get_content_maintype() == "text")
    return next(texts, "")[:TEXT_CHARS_MAX]


def _links(body: str) -> Iterator[str]:
    """The first different links; never followed by us."""
    found = dict.fromkeys(match[0].rstrip(".,)") for match in _LINK.finditer(body))
    yield from list(found)[:LINKS_MAX]
