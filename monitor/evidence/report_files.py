"""Receivers' reports, however they are packed: bare, gzip, zip, or attached to a mail in any of the usual shapes. Pure.

Strangers write such files. All that one file or mail unpacks to is bounded together; an archive within an archive is
refused; what cannot be read is told with one sentence, and what else is there is read.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from monitor.errors import Unparsable
from monitor.evidence.dmarc_reports.read import UTF_16, read_report
from monitor.evidence.dmarc_reports.report import Report
from monitor.evidence.report_room import LINES_MAX, Room
from monitor.evidence.tls_reports.read import read_tls_report
from monitor.evidence.tls_reports.report import TlsReport
from monitor.phrase.phrase import say
from monitor.trace.mime import carried_by, parts_of, read_message

FILE_OCTETS_MAX: Final = 24 << 20  # of a file or mail; as large as mail systems take
MEMBERS_MAX: Final = 1000  # of a zip
STREAMS_MAX: Final = 20  # of a gzip file, which mostly has one; what is behind each is copied
CARRIED_MAX: Final = 3  # mails within mails
GZIP: Final = b"\x1f\x8b"  # RFC 1952 section 2.3.1
ZIP: Final = b"PK\x03\x04"
_ENTRY: Final = b"PK\x01\x02"  # begins an entry of a zip's directory
_EMPTY_ZIP: Final = b"PK\x05\x06"
_ARCHIVES: Final = (GZIP, ZIP, _EMPTY_ZIP, b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_GZIP_HEADER: Final = 31  # window bits: with a header and a checksum, as gzip has
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_BLANKS_MAX: Final = 100  # octets, in front of what is in UTF-16
_PIECE_OCTETS: Final = 1 << 20
_FIELD: Final = re.compile(rb"[!-9;-~]{1,76}:")  # RFC 5322 section 2.2
_WRONG_ZIP: Final = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError)
_NAMED: Final = re.compile(r"\.(?:xml|json|gz|gzip|zip)$", re.IGNORECASE)
_PLAIN: Final = "text/plain"  # for people, but some put a report there
_WORDS: Final = frozenset({"text/html", "text/enriched", "text/rfc822-headers"})  # for people alone
_HTML: Final = re.compile(rb"[\xef\xbb\xbf\s]{0,100}<!doctype\s{1,9}html", re.IGNORECASE)  # of an error, mostly
_PACKED_MAIL: Final = re.compile(r"\.eml$", re.IGNORECASE)
_ENCODED: Final = ("base64", "quoted-printable")  # which RFC 2046 section 5.2.1 does not allow for mails, and some do


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One document of a file: a report (of TLS one value a domain), or why there is none."""

    name: str  # of the member or part; "" for the file itself
    dmarc: Report | None = None
    tls: tuple[TlsReport, ...] = ()
    error: str = ""

    @property
    def reports(self) -> tuple[Report | TlsReport, ...]:
        """What was read: nothing where there is an error."""
        return self.tls if self.dmarc is None else (self.dmarc,)

    @property
    def unread(self) -> int:
        """Rows that could not be read."""
        return sum(each.unread for each in self.reports)


def reports_in(octets: bytes) -> Iterator[Found]:
    """What a file or a mail holds, document by document; never nothing, whatever the octets."""
    if len(octets) > FILE_OCTETS_MAX:
        yield Found(name="", error=say("The file has more than {n} MiB.", n=FILE_OCTETS_MAX >> 20))
    elif is_bare(octets):
        yield from _documents(octets, "", Room())
    elif octets.startswith(b"From "):
        yield from _of_mail(octets)
    elif _FIELD.match(mail := octets.lstrip(_BLANK)):
        yield from _of_mail(mail)
    elif not octets.strip():
        yield Found(name="", error=say("The file is empty."))
    else:
        yield Found(name="", error=say("This is neither a report nor a mail nor an archive."))


def is_bare(octets: bytes) -> bool:
    """Whether these octets may be a report or an archive, as opposed to a mail."""
    return octets.startswith(_ARCHIVES) or _beginning(octets) in ("<", "{")


def _beginning(document: bytes) -> str:
    """Its first character that is no blank."""
    if document.startswith(UTF_16):
        return document[:_BLANKS_MAX].decode("utf-16", "replace").lstrip()[:1]
    return document.lstrip(_BLANK)[:1].decode("ascii", "replace")


def first_document(octets: bytes) -> bytes:
    """The first document of what may be packed. Raises Unparsable."""
    _, document = next(_members(octets, Room()), ("", b""))
    if isinstance(document, Unparsable):
        raise document
    return document


def _documents(octets: bytes, name: str, room: Room) -> Iterator[Found]:
    try:
        for member, document in _members(octets, room):
            named = "/".join(filter(None, (name, member)))
            if isinstance(document, Unparsable):
                yield Found(name=named, error=document.sentence)
            else:
                yield _read(document, named, room)
    except Unparsable as error:
        yield Found(name=name, error=error.sentence)


def _read(document: bytes, name: str, room: Room) -> Found:
    try:
        if document.startswith(_ARCHIVES):
            return Found(name=name, error=say("An archive within an archive is not unpacked."))
        first = _beginning(document)
        if first == "{":
            return Found(name=name, tls=read_tls_report(document))
        if first == "<" and not _HTML.match(document):
            return Found(name=name, dmarc=read_report(document, room))
    except Unparsable as error:
        return Found(name=name, error=error.sentence)
    return Found(name=name, error=say("This is no report: it is neither XML nor JSON."))


def _members(octets: bytes, room: Room) -> Iterator[tuple[str, bytes | Unparsable]]:
    """What is packed there, with its name, or why one of it cannot be unpacked; what is not packed is itself.

    Raises Unparsable where nothing more can be read.
    """
    if octets.startswith(GZIP):
        yield "", _gunzipped(octets, room)
    elif octets.startswith((ZIP, _EMPTY_ZIP)):
        yield from _unzipped(octets, room)
    elif octets.startswith(_ARCHIVES):
        raise Unparsable(say("The report is packed in a way that none should be: gzip and zip are unpacked."))
    else:
        yield "", room.take_octets(octets)


def _gunzipped(octets: bytes, room: Room) -> bytes:
    """All members of a gzip file (RFC 1952 section 2.2); what stands behind them is let be."""
    found: list[bytes] = []
    try:
        while octets.startswith(GZIP):
            reader = zlib.decompressobj(_GZIP_HEADER)
            found.append(room.take_octets(reader.decompress(octets, room.octets + 1)))
            octets = reader.unused_data
            if len(found) > STREAMS_MAX:
                raise Unparsable(say("The archive has more than {n} members.", n=STREAMS_MAX))
    except zlib.error as error:
        if not any(found):
            raise Unparsable(say("The report cannot be unpacked.")) from error
    return b"".join(found)


def _unzipped(octets: bytes, room: Room) -> Iterator[tuple[str, bytes | Unparsable]]:
    # Counted before it is opened: what reads the directory makes an object of each entry.
    if octets.count(_ENTRY) > MEMBERS_MAX:
        raise Unparsable(say("The archive has more than {n} members.", n=MEMBERS_MAX))
    read = 0
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for member in archive.infolist():
                if member.is_dir() or member.filename.startswith("__MACOSX/"):
                    continue
                read += 1
                yield member.filename, _member(archive, member, room)
    except _WRONG_ZIP as error:
        raise Unparsable(say("The report cannot be unpacked.")) from error
    if not read:
        raise Unparsable(say("The archive is empty."))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: Room) -> bytes | Unparsable:
    """What it unpacks to: as much as it is, whatever the directory says of its size."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Unparsable(say("The report is packed in a way that none should be: gzip and zip are unpacked."))
    found: list[bytes] = []
    try:
        with archive.open(member) as inside:
            while piece := inside.read(_PIECE_OCTETS):
                found.append(room.take_octets(piece))
    except _WRONG_ZIP:
        return Unparsable(say("The report cannot be unpacked."))
    return b"".join(found)


def _of_mail(octets: bytes) -> Iterator[Found]:
    room, found = Room(), 0
    try:
        for part, name, packed in _attached(_parsed(octets, room), CARRIED_MAX, room):
            for each in _documents(packed, name, room):
                if each.error and part.get_content_type() == _PLAIN and not _NAMED.search(name):
                    continue  # words that begin as a report does
                found += 1
                yield each
    except Unparsable as error:
        yield Found(name="", error=error.sentence)
        return
    if not found:
        yield Found(name="", error=say("The mail carries no report."))


def _parsed(octets: bytes, room: Room) -> Message:
    room.lines -= max(octets.count(b"\n"), octets.count(b"\r"))
    if room.lines < 0:
        raise Unparsable(say("The mail has more than {n} lines.", n=LINES_MAX))
    return read_message(octets)


def _attached(message: Message, deeper: int, room: Room) -> Iterator[tuple[Message, str, bytes]]:
    """The parts of a mail that are reports by their name or by what they begin with. Raises Unparsable."""
    for part in parts_of(message):
        name = _filename(part)
        carried = _carried(part, name, room) if deeper else carried_by(part)
        if carried is not None:
            if deeper:
                yield from _attached(carried, deeper - 1, room)
            continue
        named = _NAMED.search(name) is not None
        payload = b"" if part.get_content_type() in _WORDS and not named else _decoded(part)
        if named or is_bare(payload):
            yield part, name, payload


def _carried(part: Message, name: str, room: Room) -> Message | None:
    """The mail that a part is, also where it is encoded or attached as a file. Raises Unparsable."""
    carried = carried_by(part)
    if carried is None:
        return _parsed(_decoded(part), room) if _PACKED_MAIL.search(name) and not part.is_multipart() else None
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding not in _ENCODED or len(carried) or carried.is_multipart():
        return carried
    carried["Content-Transfer-Encoding"] = encoding
    return _parsed(_decoded(carried), room)


def _filename(part: Message) -> str:
    try:
        return (part.get_filename("") or "").replace("\n", " ").strip()
    except (ValueError, LookupError, UnicodeError):  # of a charset that it names (RFC 2231)
        return ""


def _decoded(part: Message) -> bytes:
    try:
        octets = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return octets if isinstance(octets, bytes) else b""
