"""A DMARC aggregate report read: RFC 9990's form, and that of RFC 7489 appendix C. Pure.

Strangers write such files. A document type, which alone can make few octets into many, is refused; elements, depth and
text are bounded; a row without an address or a count is counted as unread, never guessed.
"""

import codecs
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat  # nothing is built from it but the few texts below

from monitor.errors import Unparsable
from monitor.evidence.dmarc_reports.report import PASS, DkimCheck, Report, Row, SpfCheck
from monitor.evidence.report_room import Room
from monitor.model.dns import read_address
from monitor.phrase.phrase import say

FOREIGN_NAMES_MAX: Final = 5_000  # that are not in ASCII, of a report: each takes as long as a row
DEPTH_MAX: Final = 12  # RFC 9990 appendix A has 6
TEXT_CHARS_MAX: Final = 300  # of an element: names and numbers
CHECKS_MAX: Final = 100  # of a row, of each kind: RFC 9990 appendix A
COUNT_DIGITS_MAX: Final = 15  # more messages than a day has microseconds
TIME_DIGITS_MAX: Final = 10  # of seconds since 1970
TAG_OCTETS_MAX: Final = 1 << 18  # of one tag, which is read as a whole with its attributes; honest ones have 200
PIECE_OCTETS: Final = 1 << 16  # given to the parser at once
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NAME_CHARS_MAX: Final = 253  # RFC 1035 section 2.3.4, as text

# Elements whose text is read, by the group that they stand in; "head" is the whole document's. Names count without
# their namespace, which RFC 7489 did not have.
_GROUPS: Final = {
    "head": "feedback",
    "row": "feedback/record",
    "spf": "feedback/record/auth_results/spf",
    "dkim": "feedback/record/auth_results/dkim",
    "reason": "feedback/record/row/policy_evaluated/reason",
}
_LEAVES: Final = {
    "head": (
        *("report_metadata/org_name", "report_metadata/email", "report_metadata/report_id"),
        *("report_metadata/date_range/begin", "report_metadata/date_range/end", "policy_published/domain"),
    ),
    "row": (
        *("row/source_ip", "row/count", "row/policy_evaluated/disposition", "row/policy_evaluated/dkim"),
        *("row/policy_evaluated/spf", "identifiers/envelope_from", "identifiers/header_from"),
    ),
    "spf": ("domain", "scope", "result"),
    "dkim": ("domain", "selector", "result"),
    "reason": ("type",),
}
_Texts = dict[str, str]


class _Element:
    """One element that is known: what may stand in it, and what it means."""

    __slots__ = ("children", "group", "leaf")

    def __init__(self) -> None:
        self.children: dict[str, _Element] = {}
        self.group = ""  # which begins with it
        self.leaf: tuple[str, str] | None = None  # group and path of a text

    def at(self, path: str) -> "_Element":
        """The element there, made where it is not yet known."""
        name, _, rest = path.partition("/")
        child = self.children.setdefault(name, _Element())
        return child.at(rest) if rest else child


def _known() -> _Element:
    top = _Element()
    for group, path in _GROUPS.items():
        top.at(path).group = group
        for leaf in _LEAVES[group]:
            top.at(f"{path}/{leaf}").leaf = (group, leaf)
    return top


_TOP: Final = _known()


def read_report(document: bytes, room: Room | None = None) -> Report:
    """The report in an XML document, which takes of the `room` of its file. Raises Unparsable where it is none.

    What is no UTF-8 although it says so is read with what is wrong left out: receivers copy names out of mail. What
    says that it is UTF-16, and is not, or the reverse, is read as what it is: some libraries write so.
    """
    room = room or Room()
    document = document.lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        reader = _read(document, room)
    except expat.ExpatError as error:
        mended, encoding = document, None
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING]:
            encoding = "utf-16" if document.startswith(UTF_16) else "utf-8"
        elif error.code == expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
            mended = document.decode("utf-8", "replace").encode()
        if encoding is None and mended == document:
            raise _broken(error.lineno) from error
        try:
            reader = _read(mended, room, encoding)
        except (expat.ExpatError, LookupError, ValueError) as again:
            raise _broken(error.lineno) from again
    except (LookupError, ValueError) as error:  # of the encoding that it declares
        raise Unparsable(say("The report cannot be read: it is in no encoding that XML readers must know.")) from error
    return reader.report()


def _broken(line: int) -> Unparsable:
    return Unparsable(say("The report cannot be read: its XML breaks off or is wrong in line {line}.", line=str(line)))


def _read(document: bytes, room: Room, encoding: str | None = None) -> "_Reader":
    reader = _Reader(room)
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.said
    try:
        for at in range(0, len(document), PIECE_OCTETS):
            parser.Parse(document[at : at + PIECE_OCTETS], False)
            if at + PIECE_OCTETS - parser.CurrentByteIndex > TAG_OCTETS_MAX:
                raise _broken(parser.CurrentLineNumber)
        parser.Parse(b"", True)
    except expat.ExpatError:
        if not reader.is_whole:
            raise
    return reader


class _Reader:
    """Goes through the document once."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._rows: list[Row] = []
        self._unread = 0
        self._texts: dict[str, _Texts] = {"head": {}}  # of the groups that are open
        self._spf: list[SpfCheck] = []
        self._dkim: list[DkimCheck] = []
        self._overrides: list[str] = []
        self._is_feedback = False
        self._closed = False
        self._foreign = 0
        self._open: list[_Element | None] = [_TOP]
        self._text: list[str] = []
        self._ended: Mapping[str, Callable[[_Texts], None]] = {
            "row": self._row,
            "spf": self._spf_check,
            "dkim": self._dkim_check,
            "reason": self._reason,
        }

    @property
    def is_whole(self) -> bool:
        """Whether a report has ended: what stands behind it is no part of it."""
        return self._closed

    def doctype(self, *_: Any) -> None:
        """Raises Unparsable."""
        raise Unparsable(say("The report declares a document type, which no honest one does."))

    def start(self, name: str, attributes: list[str]) -> None:
        """An element begins; of its attributes names and values take turns. Raises Unparsable."""
        self._room.take_element(len(attributes) // 2)
        known = None if self._closed else self._open[-1]
        element = None if known is None else known.children.get(name.rpartition(":")[2])
        if element is None and len(self._open) == 1:
            element = _TOP  # some wrap the whole into the beginning of a schema, which they never end
        self._open.append(element)
        if len(self._open) > DEPTH_MAX + 1:
            raise Unparsable(say("The report is nested deeper than any."))
        self._text = []
        if element is not None and element.group:
            self._begin(element.group)

    def said(self, text: str) -> None:
        """Text, all that stands together at once."""
        self._text.append(text)

    def end(self, _: str) -> None:
        """An element ends."""
        element = self._open.pop()
        if element is None:
            return
        if element.leaf is not None:
            group, leaf = element.leaf
            self._texts[group][leaf] = "".join(self._text)[:TEXT_CHARS_MAX].strip()
        elif element.group in self._ended:
            self._ended[element.group](self._texts[element.group])
        elif element.group == "head":
            self._closed = True

    def report(self) -> Report:
        """What was read. Raises Unparsable where it was no report."""
        head = self._texts["head"]
        times = [_moment(head.get(f"report_metadata/date_range/{which}", "")) for which in ("begin", "end")]
        known = sorted(each for each in times if each is not None)
        if not self._is_feedback or not known:
            raise Unparsable(say("This is XML, but no DMARC aggregate report (RFC 9990)."))
        by = head.get("report_metadata/org_name") or head.get("report_metadata/email", "").rpartition("@")[2].strip(
            "> "
        )
        return Report(
            reporter=by,
            report_id=head.get("report_metadata/report_id", ""),
            domain=name_of(head.get("policy_published/domain", "")),
            begin=known[0],
            end=known[-1],
            rows=self._rows,
            unread=self._unread,
        )

    def _begin(self, group: str) -> None:
        if group == "head":
            self._is_feedback = True
            return
        self._texts[group] = {}
        if group == "row":
            self._room.take_row()
            self._spf, self._dkim, self._overrides = [], [], []

    def _row(self, texts: _Texts) -> None:
        address, count = read_address(texts.get("row/source_ip", "")), count_of(texts.get("row/count", ""))
        if address is None or count is None:
            self._unread += 1
            return
        aligned = (texts.get("row/policy_evaluated/dkim", ""), texts.get("row/policy_evaluated/spf", ""))
        self._rows.append(
            Row(
                client_ip=address,
                count=count,
                disposition=texts.get("row/policy_evaluated/disposition", "").lower(),
                passed=any(each.lower() == PASS for each in aligned),
                overrides=self._overrides,
                envelope_from=self._name(texts.get("identifiers/envelope_from", "")),
                header_from=self._name(texts.get("identifiers/header_from", "")),
                spf=self._spf,
                dkim=self._dkim,
            )
        )

    def _spf_check(self, texts: _Texts) -> None:
        if len(self._spf) < CHECKS_MAX:
            scope, result = texts.get("scope", "").lower(), texts.get("result", "").lower()
            self._spf.append(SpfCheck(self._name(texts.get("domain", "")), scope, result))

    def _dkim_check(self, texts: _Texts) -> None:
        if len(self._dkim) < CHECKS_MAX:
            selector, result = texts.get("selector", "").lower(), texts.get("result", "").lower()
            self._dkim.append(DkimCheck(self._name(texts.get("domain", "")), selector, result))

    def _name(self, said: str) -> str:
        if said.isascii():
            return name_of(said)
        self._foreign += 1
        return name_of(said) if self._foreign <= FOREIGN_NAMES_MAX else said.lower()

    def _reason(self, texts: _Texts) -> None:
        if texts.get("type") and len(self._overrides) < CHECKS_MAX:
            self._overrides.append(texts["type"].lower())


def name_of(said: str) -> str:
    """A domain as it is compared: in lower case, without the dot at its end, in A-labels where it has any."""
    name = said.lower().removesuffix(".")
    if name.isascii() or len(name) > NAME_CHARS_MAX:
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def count_of(said: str) -> int | None:
    """A count of messages; None for what can be none."""
    digits = said.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits.lstrip("0")) <= COUNT_DIGITS_MAX):
        return None
    return int(digits)


def _moment(said: str) -> datetime | None:
    """Seconds since 1970 (RFC 9990 appendix A); some write them with a fraction."""
    digits = said.partition(".")[0]
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= TIME_DIGITS_MAX):
        return None
    return datetime.fromtimestamp(int(digits), UTC)
