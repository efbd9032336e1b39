"""How much may be read of one file or mail, whatever is in it: all its documents share it. Pure."""

from dataclasses import dataclass
from typing import Final

from monitor.errors import Unparsable
from monitor.phrase.phrase import say

UNPACKED_OCTETS_MAX: Final = 32 << 20  # large receivers' reports of a day have a few MiB
ELEMENTS_MAX: Final = 500_000  # of XML, and attributes: half a second; a row has some twenty of them
LINES_MAX: Final = 250_000  # of mails: 16 MiB in base64 (RFC 2045 section 6.8), each of which takes microseconds
ROWS_MAX: Final = 25_000


@dataclass(slots=True)
class Room:
    """What is left. Each `take_` raises Unparsable where it asks for more."""

    octets: int = UNPACKED_OCTETS_MAX
    elements: int = ELEMENTS_MAX
    rows: int = ROWS_MAX
    lines: int = LINES_MAX

    def take_octets(self, found: bytes) -> bytes:
        """What was unpacked."""
        if len(found) > self.octets:
            self.octets = 0
            raise Unparsable(say("The report has more than {n} MiB.", n=UNPACKED_OCTETS_MAX >> 20))
        self.octets -= len(found)
        return found

    def take_element(self, attributes: int = 0) -> None:
        """One element, and as many attributes."""
        self.elements -= 1 + attributes
        if self.elements < 0:
            raise Unparsable(say("The report has more than {n} elements.", n=ELEMENTS_MAX))

    def take_row(self) -> None:
        """One row of a DMARC report."""
        self.rows -= 1
        if self.rows < 0:
            raise Unparsable(say("The report has more than {n} rows.", n=ROWS_MAX))
