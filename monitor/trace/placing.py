"""Results about authentication placed at the hop that each is about, and told whether they are to be believed.

A field is about the hop whose Received field stands next below it, for both are written on top; where it names the
client's address, about the next hop below that has it. Google writes its own directly below, and so do milters of
Postfix, whose fields cannot be told from a sender's at the border; behind it they are told by the client or the host
that they name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from monitor.trace.authentication import ARC, EXCHANGE, FOREFRONT, RESULTS, SPF, AuthenticationResult, Where, read_field
from monitor.trace.boundary import Path, PlacedHop, is_internal, writes_below, writes_for
from monitor.trace.header import Header

RESULTS_MAX: Final = 200  # of one message

_UNPLACED: Final = frozenset({FOREFRONT, EXCHANGE})  # written at the end of the header: their place says nothing
_FIELDS: Final = frozenset({SPF, RESULTS, ARC, *_UNPLACED})


def read_authentication(header: Header, path: Path) -> tuple[AuthenticationResult, ...]:
    """All results of a header (names lower case, values unfolded, newest first), placed. Any octets give a value."""
    results: list[AuthenticationResult] = []
    place = _Place(path=path)
    for name, value in header:
        if name == "received":
            place.pass_received()
        elif name in _FIELDS:
            results += place.results(name, tuple(read_field(name, value)))
        else:
            place.pass_other(name)
        if len(results) >= RESULTS_MAX:
            break
    return tuple(results[:RESULTS_MAX])


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where in the header we are, going down from the newest field."""

    path: Path
    received: int = 0  # Received fields passed
    adjacent: bool = False  # only results stand between the last one and here
    among_trace: bool = False  # only results and ARC sets do
    seen: set[str] = field(default_factory=set)  # fields taken as those of the hop above
    told: set[str] = field(default_factory=set)  # methods that the recipient's domain told above the border, not below

    def pass_received(self) -> None:
        self.received += 1
        self.adjacent = self.among_trace = True
        self.seen.clear()

    def pass_other(self, name: str) -> None:
        self.adjacent = False
        self.among_trace = self.among_trace and name.startswith("arc-")  # trace fields too, RFC 8617 section 4

    def results(self, name: str, found: tuple[AuthenticationResult, ...]) -> tuple[AuthenticationResult, ...]:
        """The results of one field, placed."""
        above = self._above
        if found and above is not None:
            own = self._by_the_host(above, name, found) if self.adjacent else None
            directly = own or (self._by_the_border(above, name, found) if self.among_trace else None)
            if directly is not None:
                return directly
        below = self.path.hops[: max(0, len(self.path.hops) - self.received)]
        placed = tuple(_placed_by_position(each, self.path, below) for each in found)
        self.told |= {each.method for each in placed if each.trusted and each.field == RESULTS}
        return placed

    def _by_the_host(
        self, above: PlacedHop, name: str, found: tuple[AuthenticationResult, ...]
    ) -> tuple[AuthenticationResult, ...] | None:
        """The results of a field directly below the Received field of the host that wrote it; None for others."""
        if not _speaks_for(above.admd, found[0]):
            return None
        if name not in self.seen and writes_below(above.admd):
            self.seen.add(name)
            arrived = self.path.entered_at is not None and above.hop.n >= self.path.entered_at
            return tuple(_placed_at(each, self.path, above, arrived=arrived) for each in found)
        if self.path.is_inside(above.hop.n) and self._is_about(above, found):
            return tuple(_placed_at(each, self.path, above, arrived=True) for each in found)
        return None

    def _by_the_border(
        self, above: PlacedHop, name: str, found: tuple[AuthenticationResult, ...]
    ) -> tuple[AuthenticationResult, ...] | None:
        """The results of a field below the border's Received field that its filter may have written; None for others.

        Some filters write below all Received fields. What the domain has told above is not told again below.
        """
        entry = self.path.entry
        if entry is None or name not in {RESULTS, SPF} or not _speaks_for(self.path.admd, found[0]):
            return None
        if self.told & {each.method for each in found}:
            return None
        named = name == RESULTS and found[0].authserv_id is not None
        if (named and above.hop.n <= entry.hop.n) or (above == entry and self._is_about(above, found)):
            return tuple(_at_the_border(each, self.path, entry) for each in found)
        return None

    def _is_about(self, above: PlacedHop, found: Sequence[AuthenticationResult]) -> bool:
        """Whether a field directly below that hop's Received is of its host's filter: by the client, or by its name."""
        clients = {each.client_ip for each in found} - {None}
        below = self.path.hops[above.hop.n - 2] if above.hop.n > 1 else None
        if clients:
            return clients == {above.hop.client_ip} and (below is None or below.hop.client_ip not in clients)
        writer = found[0].authserv_id
        return writer == above.hop.by_host and (below is None or writer != below.hop.by_host)

    @property
    def _above(self) -> PlacedHop | None:
        at = len(self.path.hops) - self.received
        return self.path.hops[at] if self.received and at >= 0 else None


def _placed_by_position(result: AuthenticationResult, path: Path, below: Sequence[PlacedHop]) -> AuthenticationResult:
    """The result at its hop: `below` are the hops whose Received fields stand below it, oldest first."""
    candidates = path.hops if result.field in _UNPLACED else below
    same = [each for each in candidates if result.client_ip is not None and each.hop.client_ip == result.client_ip]
    placed = same[-1] if same else candidates[-1] if candidates and result.field not in _UNPLACED else None
    entry = path.entry
    left_over = entry is not None and len(below) < entry.hop.n  # the mail came in above it
    forged = (
        left_over
        and result.field == RESULTS
        and result.authserv_id is not None
        and writes_for(path.admd, result.authserv_id)
    )
    if result.field in _UNPLACED:
        left_over = placed is None or entry is None or placed.hop.n < entry.hop.n
    return replace(_placed_at(result, path, placed, arrived=entry is not None and not left_over), forged=forged)


def _at_the_border(result: AuthenticationResult, path: Path, entry: PlacedHop) -> AuthenticationResult:
    """A result that either the border's host wrote, as milters of Postfix do, or the sender: its address may tell.

    No sender knows at which address inside the host sees its gateway.
    """
    same = result.client_ip is not None and result.client_ip == entry.hop.client_ip
    if same and entry.hidden_client:
        return _placed_at(result, path, entry, arrived=True)
    where: Where = "inside" if _judges_a_gateway(result, entry) else _where(entry) if same else "unknown"
    return replace(result, hop=entry.hop.n, where=where, unproven=True)


def _placed_at(
    result: AuthenticationResult, path: Path, placed: PlacedHop | None, *, arrived: bool
) -> AuthenticationResult:
    """The result at its hop; `arrived` says that the field was written when the mail was within the recipient's domain.

    Such a field may be about an older hop: a receiver behind a gateway can look past it.
    """
    if placed is None:
        return result
    trusted = arrived and _speaks_for(path.admd, result)
    where: Where = "unknown"
    if trusted or (placed.admd != path.admd and _speaks_for(placed.admd, result)) or _stayed_within(path, result):
        inside = result.client_ip is not None and is_internal(placed.admd or path.admd, result.client_ip)
        where = "inside" if inside or _judges_a_gateway(result, placed) else _where(placed)
    return replace(result, hop=placed.hop.n, where=where, trusted=trusted)


def _where(placed: PlacedHop) -> Where:
    return "boundary" if placed.crossing else "inside"


def _judges_a_gateway(result: AuthenticationResult, placed: PlacedHop) -> bool:
    """Whether a result that names no address can only be about the gateway that hides the client."""
    return placed.hidden_client and result.client_ip is None and result.method in {"spf", "iprev"}


def _stayed_within(path: Path, result: AuthenticationResult) -> bool:
    """Whether the mail never left one domain, and the result is that domain's own."""
    return bool(path.admd) and all(each.admd == path.admd for each in path.hops) and _speaks_for(path.admd, result)


def _speaks_for(admd: str, result: AuthenticationResult) -> bool:
    if result.authserv_id is None:
        return admd == "microsoft" or result.field == SPF  # Microsoft names nobody; Received-SPF need not
    return writes_for(admd, result.authserv_id)
