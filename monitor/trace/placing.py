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
            place.pass_other()
        if len(results) >= RESULTS_MAX:
            break
    return tuple(results[:RESULTS_MAX])


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where in the header we are, going down from the newest field."""

    path: Path
    received: int = 0  # Received fields passed
    adjacent: bool = False  # only results stand between the last one and here
    seen: set[str] = field(default_factory=set)  # fields taken as those of the hop above
    proven: bool = False  # the recipient's domain has written results above the border: it does not write below

    def pass_received(self) -> None:
        self.received += 1
        self.adjacent = True
        self.seen.clear()

    def pass_other(self) -> None:
        self.adjacent = False

    def results(self, name: str, found: tuple[AuthenticationResult, ...]) -> tuple[AuthenticationResult, ...]:
        """The results of one field, placed."""
        above = self._above
        if found and self.adjacent and above is not None and _speaks_for(above.admd, found[0]):
            if name not in self.seen and writes_below(above.admd):
                self.seen.add(name)
                arrived = self.path.entry is not None and above.hop.n >= self.path.entry.hop.n
                return tuple(_placed_at(each, self.path, above, arrived=arrived) for each in found)
            if self.path.is_inside(above.hop.n) and self._is_about(above, found):
                return tuple(_placed_at(each, self.path, above, arrived=True) for each in found)
            named = found[0].authserv_id is not None and (name == RESULTS or self._is_about(above, found))
            if above.boundary and not self.proven and name in {RESULTS, SPF} and named:
                return tuple(_unproven(each, above) for each in found)
        below = self.path.hops[: max(0, len(self.path.hops) - self.received)]
        placed = tuple(_placed_by_position(each, self.path, below) for each in found)
        self.proven = self.proven or any(each.trusted and each.field == RESULTS for each in placed)
        return placed

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


def _unproven(result: AuthenticationResult, above: PlacedHop) -> AuthenticationResult:
    """A result that either the host above wrote, as milters of Postfix do, or the sender: its address may tell."""
    same = result.client_ip is not None and result.client_ip == above.hop.client_ip
    return replace(result, hop=above.hop.n, where="boundary" if same else "unknown", unproven=True)


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
    if trusted or (placed.admd != path.admd and _speaks_for(placed.admd, result)):
        inside = result.client_ip is not None and is_internal(placed.admd or path.admd, result.client_ip)
        where = "inside" if inside or not placed.crossing else "boundary"
    return replace(result, hop=placed.hop.n, where=where, trusted=trusted)


def _speaks_for(admd: str, result: AuthenticationResult) -> bool:
    if result.authserv_id is None:
        return admd == "microsoft" or result.field == SPF  # Microsoft names nobody; Received-SPF need not
    return writes_for(admd, result.authserv_id)
