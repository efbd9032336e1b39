"""What the receiver asks of the house: its addresses, when a probe was submitted, to keep what came."""

from datetime import datetime
from enum import Enum
from typing import Protocol

from monitor.model.evidence import Arrival, Attempt
from monitor.receiver.token_addresses import TokenAddresses


class Copy(Enum):
    """What became of a message to the address that a list's bounces are copied to."""

    KEPT = "kept"  # what it said is evidence now; nothing where it was no bounce
    FOREIGN = "foreign"  # it did not come from a host of the list's
    UNPROVEN = "unproven"  # DNS did not say whether it did


class Backend(Protocol):
    """The receiver's way to the store.

    Its methods are called from many threads, may block and raise StoreUnavailable.
    """

    @property
    def addresses(self) -> TokenAddresses:
        """Whose mail is taken, and the clock. Asked from the loop."""

    def look_again(self) -> bool:
        """Read anew what `addresses` knows; False where the store may have lost what it should know."""

    def submitted_at(self, probe_id: str) -> datetime | None:
        """When the probe was submitted; None where that is not known."""

    def record(self, arrival: Arrival) -> None:
        """Keep the arrival durably before returning; a second time has no effect."""

    def refuse(self, probe_id: str, attempt: Attempt, *, limit: int | None) -> bool:
        """Whether to refuse this attempt, which is then noted in its probe; False where `limit` were refused before."""

    def returned(self, probe_id: str, *, action: str, summary: str, at: datetime) -> None:
        """Note a DSN about the probe: its action (RFC 3464 section 2.3.3) and one line of the rest."""

    def notice_returned(self, list_id: str, mark: str, content: bytes) -> str | None:
        """Note a bounce in the notice whose id begins with that mark; a second time has no effect.

        Its id; None where it says of none that it failed.
        """

    def reported(self, arrival: Arrival, content: bytes) -> int | None:
        """Keep what a mail's reports tell of lists; how many were read. A second time has no effect.

        `arrival` is how it came. None where no report can be read in it.
        """

    def copied(self, arrival: Arrival, content: bytes) -> Copy:
        """Keep what a bounce tells that was copied to the list's address, if it came from the list's own hosts.

        `arrival` is how it came. A second time has no effect.
        """
