"""A DMARC aggregate report (RFC 9990), read as far as it tells who signed mail from which address. Pure.

Strangers write such files: what is compressed is unpacked up to a bound, and a document type, which alone can make
few octets into many, is refused.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat  # nothing is built from it but the few texts below

from monitor.errors import Unparsable
from monitor.phrase.phrase import say

OCTETS_MAX: Final = 32 << 20  # unpacked; large providers' reports of a day have a few MiB
TEXT_CHARS_MAX: Final = 300  # of an element: names and numbers
DEPTH_MAX: Final = 12  # RFC 9990 appendix A has 6
ROWS_MAX: Final = 100_000
SIGNATURES_MAX: Final = 100  # of a row, RFC 9990 appendix A
GZIP: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
ZIP: Final = b"PK\x03\x04"
_BOTH_HEADERS: Final = 47  # window bits: gzip or zlib, as the octets say


@dataclass(slots=True, kw_only=True)
class Row:
    """Messages of one address that were signed alike."""

    source_ip: str = ""
    count: int = 0
    header_from: str = ""
    spf_domains: list[str] = field(default_factory=list)
    signatures: list[dict[str, str]] = field(default_factory=list)  # domain, selector, result


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a receiver tells about one domain's mail."""

    by: str  # org_name
    until: datetime  # the end of its time
    rows: Sequence[Row]


def is_report(octets: bytes) -> bool:
    """Whether these octets may be such a report, as opposed to a message."""
    return octets.startswith((GZIP, ZIP)) or octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_report(octets: bytes) -> Report:
    """The report; gzip and zip are unpacked. Raises Unparsable where it is none."""
    reader = _Reader()
    try:
        reader.read(_unpacked(octets))
    except expat.ExpatError as error:
        raise Unparsable(
            say("The report cannot be read: its XML breaks off or is wrong in line {line}.", line=str(error.lineno))
        ) from error
    except (LookupError, ValueError) as error:  # of the encoding that it declares
        raise Unparsable(say("The report cannot be read: it is in no encoding that XML readers must know.")) from error
    if not reader.is_feedback or reader.end is None:
        raise Unparsable(say("This is XML, but no DMARC aggregate report (RFC 9990)."))
    return Report(by=reader.by, until=reader.end, rows=reader.rows)


def _unpacked(octets: bytes) -> bytes:
    try:
        if octets.startswith(GZIP):
            found = zlib.decompressobj(_BOTH_HEADERS).decompress(octets, OCTETS_MAX + 1)
        elif octets.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(octets)) as archive, archive.open(archive.infolist()[0]) as inside:
                found = inside.read(OCTETS_MAX + 1)
        else:
            found = octets
    except (
        zlib.error,
        zipfile.BadZipFile,
        IndexError,
        RuntimeError,
        NotImplementedError,
        OSError,
        EOFError,
        ValueError,
    ) as error:
        raise Unparsable(say("The report cannot be unpacked.")) from error
    if len(found) > OCTETS_MAX:
        raise Unparsable(say("The report has more than {n} MiB.", n=OCTETS_MAX >> 20))
    return found


class _Reader:
    """Goes through the document once; names count without their namespace, which RFC 7489 did not have."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.by = ""
        self.end: datetime | None = None
        self.is_feedback = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._held = 0

    def read(self, document: bytes) -> None:
        """Raises ExpatError, Unparsable."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
        parser.Parse(document, True)

    def _doctype(self, *_: Any) -> None:
        raise Unparsable(say("The report declares a document type, which no honest one does."))

    def _start(self, name: str, _: Any) -> None:
        self._path.append(name.rpartition(" ")[2])
        self._text, self._held = [], 0
        if len(self._path) > DEPTH_MAX:
            raise Unparsable(say("The report is nested deeper than any."))
        match self._path:
            case ["feedback"]:
                self.is_feedback = True
            case ["feedback", "record"]:
                if len(self.rows) == ROWS_MAX:
                    raise Unparsable(say("The report has more than {n} rows.", n=ROWS_MAX))
                self.rows.append(Row())
            case ["feedback", "record", "auth_results", "dkim"] if len(self.rows[-1].signatures) < SIGNATURES_MAX:
                self.rows[-1].signatures.append({})

    def _said(self, text: str) -> None:
        room = TEXT_CHARS_MAX - self._held
        if room > 0:
            self._text.append(text[:room])
            self._held += len(text)

    def _ended(self, _: str) -> None:
        said = "".join(self._text).strip()
        match self._path:
            case ["feedback", "report_metadata", "org_name"]:
                self.by = said
            case ["feedback", "report_metadata", "date_range", "end"]:
                self.end = _moment(said)
            case ["feedback", "record", "row", "source_ip"]:
                self.rows[-1].source_ip = said
            case ["feedback", "record", "row", "count"]:
                self.rows[-1].count = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
            case ["feedback", "record", "identifiers", "header_from"]:
                self.rows[-1].header_from = said.lower()
            case ["feedback", "record", "auth_results", "spf", "domain"]:
                self.rows[-1].spf_domains = [*self.rows[-1].spf_domains, said.lower()][:SIGNATURES_MAX]
            case ["feedback", "record", "auth_results", "dkim", "domain" | "selector" | "result" as name]:
                if self.rows[-1].signatures:
                    self.rows[-1].signatures[-1][name] = said.lower()
        self._path.pop()
        self._text, self._held = [], 0


def _moment(said: str) -> datetime | None:
    """Seconds since 1970 (RFC 9990 appendix A)."""
    if not (said.isascii() and said.isdecimal() and len(said) <= 10):
        return None
    return datetime.fromtimestamp(int(said), UTC)
