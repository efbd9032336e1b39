"""What hosts on the way wrote about authentication, read and placed at the hop that it is about.

Received-SPF (RFC 7208 section 9.1), Authentication-Results (RFC 8601, and Microsoft's own form without authserv-id),
ARC-Authentication-Results (RFC 8617 section 4.1.1) and X-Forefront-Antispam-Report. A field is about the hop whose Received
field stands next below it, for both are written on top; where it names the client's address, about the next hop below
that has it. Google writes its own directly below, and so do milters of Postfix, whose fields cannot be told from a sender's
at the border; behind it they are told by the client or the host that they name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from ipaddress import ip_address
from typing import Final, Literal

from monitor.model.dns import IpAddress
from monitor.trace.boundary import Path, PlacedHop, is_internal, writes_below, writes_for

Where = Literal["boundary", "inside", "unknown"]

FIELD_CHARS_MAX: Final = 8192  # longer fields are cut
RESULTS_MAX: Final = 200  # of one message

SPF: Final = "received-spf"
RESULTS: Final = "authentication-results"
ARC: Final = "arc-authentication-results"
FOREFRONT: Final = "x-forefront-antispam-report"
# Written at the end of the header, not on top: their place says nothing.
_UNPLACED: Final = frozenset({FOREFRONT, "x-ms-exchange-authentication-results"})
_FIELDS: Final = frozenset({SPF, RESULTS, ARC, *_UNPLACED})

_COMMENT: Final = re.compile(r"\(([^()]*)\)")
_METHOD: Final = re.compile(r"^\s*(?P<method>[A-Za-z][\w-]*)(?:/\d+)?\s*=\s*(?P<result>[A-Za-z]+)")
_SPF_RESULT: Final = re.compile(r"^\s*(?P<result>[A-Za-z]+)")
# Where the client's address stands: client-ip= (RFC 7208 section 9.1), smtp.remote-ip=, policy.iprev= (RFC 8601 section
# 2.7.3), and the comments of Microsoft, Google and pyspf.
_CLIENT_IP: Final = re.compile(
    r"(?:client-ip=|smtp\.remote-ip=|policy\.iprev=|sender IP is |\bdesignates? |\bdiscourages use of |\bpermits |"
    r"\bbest guess record for domain of \S+ designates )\"?\[?(?:IPv6:)?(?P<ip>[0-9a-fA-F:.]{2,45})",
    re.IGNORECASE,
)
# Rspamd's words for softfail and neutral put the address first.
_CLIENT_IP_FIRST: Final = re.compile(r"(?P<ip>[0-9a-fA-F:.]{2,45}) is neither permitted nor denied", re.IGNORECASE)
_CIP: Final = re.compile(r"(?:^|;)\s*CIP:\s*(?P<ip>[0-9a-fA-F:.]*)", re.IGNORECASE)
_SFV: Final = re.compile(r"(?:^|;)\s*SFV:\s*(?P<verdict>\w*)", re.IGNORECASE)
_RECEIVER: Final = re.compile(r"\breceiver=\"?([\w.-]+)|^\s*[A-Za-z]+\s*\(([\w.-]+):", re.IGNORECASE)
# Whose policy was asked: the properties of RFC 8601 section 2.7, and the words in comments of Received-SPF.
_DOMAINS: Final = {
    "spf": re.compile(
        r"(?:smtp\.mail(?:from)?=|envelope-from=|\bdomain of (?:transitioning )?|\blookup of |smtp\.helo=)[\"<]*"
        r"(?:[^\s@;\"<>()]*@)?(?P<domain>(?:[\w-]+\.)+[\w-]+)",
        re.IGNORECASE,
    ),
    "dkim": re.compile(r"header\.(?:d|i)=[\"]?@?(?:[^\s@;\"]*@)?(?P<domain>(?:[\w-]+\.)+[\w-]+)", re.IGNORECASE),
    "dmarc": re.compile(r"header\.from=[\"]?(?:[^\s@;\"]*@)?(?P<domain>(?:[\w-]+\.)+[\w-]+)", re.IGNORECASE),
}
_ARC_INSTANCE: Final = re.compile(r"^\s*i\s*=\s*(\d{1,2})\s*;")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResult:
    """One result of one method, as some host wrote it, and where."""

    field: str  # name of the header field, lower case
    authserv_id: str | None  # who says so; None where the field does not tell
    method: str  # spf, dkim, dmarc, arc, iprev … lower case; "forefront" for X-Forefront-Antispam-Report
    result: str  # lower case; the filter's verdict for "forefront"
    client_ip: IpAddress | None
    domain: str | None = None  # whose policy was asked, lower case; never a local part
    arc_instance: int | None = None
    hop: int | None = None  # which hop it is about
    where: Where = "unknown"  # at a border between two domains, or again within one
    trusted: bool = False  # written within the recipient's domain (RFC 8601 section 1.2)
    forged: bool = False  # speaks in the name of the recipient's domain but stood there before the mail came in
    unproven: bool = (
        False  # stands directly below the border's Received: a milter of Postfix may have written it, or the sender
    )


def newest_writer(header: Sequence[tuple[str, bytes]]) -> str | None:
    """Who says that it wrote results above the newest Received field: the last domain that the message came to; else None."""
    for name, value in header:
        if name == "received":
            break
        if name == RESULTS:
            found = next(
                _read_results(name, " ".join(value[:FIELD_CHARS_MAX].decode("utf-8", "replace").split())), None
            )
            if found is not None and found.authserv_id is not None:
                return found.authserv_id
    return None


def read_authentication(header: Sequence[tuple[str, bytes]], path: Path) -> tuple[AuthenticationResult, ...]:
    """All results of a header (names lower case, values unfolded, newest first), placed. Any octets give a value."""
    results: list[AuthenticationResult] = []
    place = _Place(path=path)
    for name, value in header:
        if name == "received":
            place.pass_received()
        elif name in _FIELDS:
            text = " ".join(value[:FIELD_CHARS_MAX].decode("utf-8", "replace").split())
            results += place.results(name, tuple(_read_field(name, text)))
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
    seen: set[str] = dataclass_field(default_factory=set)  # fields taken as those of the hop above
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
        """Whether a field directly below that hop's Received is of a filter of the same host: by the client, or by its name."""
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


def _read_field(name: str, text: str) -> Iterator[AuthenticationResult]:
    if name == SPF:
        yield from _read_received_spf(text)
    elif name == FOREFRONT:
        yield from _read_forefront(text)
    else:
        yield from _read_results(name, text)


def _read_received_spf(text: str) -> Iterator[AuthenticationResult]:
    found = _SPF_RESULT.match(text)
    if found is None:
        return
    receiver = _RECEIVER.search(text)
    yield AuthenticationResult(
        field=SPF,
        authserv_id=(receiver[1] or receiver[2]).lower() if receiver else None,
        method="spf",
        result=found["result"].lower(),
        client_ip=_client_ip(text),
        domain=_domain("spf", text),
    )


def _read_forefront(text: str) -> Iterator[AuthenticationResult]:
    cip, verdict = _CIP.search(text), _SFV.search(text)
    yield AuthenticationResult(
        field=FOREFRONT,
        authserv_id=None,
        method="forefront",
        result=verdict["verdict"].lower() if verdict else "",
        client_ip=_address(cip["ip"]) if cip else None,
    )


def _read_results(name: str, text: str) -> Iterator[AuthenticationResult]:
    instance = None
    if name == ARC and (found := _ARC_INSTANCE.match(text)):
        instance = int(found[1])
        text = text[found.end() :]
    parts = _split(text)
    authserv_id = None
    if parts and not _METHOD.match(_COMMENT.sub(" ", parts[0])):
        words = _COMMENT.sub(" ", parts.pop(0)).split()
        authserv_id = words[0].strip('"').lower() if words else None
    spf_ip = _client_ip(text)
    for part in parts:
        found = _METHOD.match(_COMMENT.sub(" ", part))
        if found is None:
            continue
        method = found["method"].lower()
        yield AuthenticationResult(
            field=name,
            authserv_id=authserv_id,
            method=method,
            result=found["result"].lower(),
            client_ip=spf_ip if method in {"spf", "iprev"} else None,
            domain=_domain(method, part),
            arc_instance=instance,
        )


def _split(text: str) -> list[str]:
    """The text between semicolons; those in comments and quoted strings separate nothing (RFC 8601 section 2.2)."""
    parts: list[str] = []
    current: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if character == ";" and depth == 0 and not quoted:
            parts.append("".join(current))
            current = []
            continue
        current.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and depth == 0:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and not quoted:
            depth = max(0, depth - 1)
    parts.append("".join(current))
    return [part.strip() for part in parts if part.strip()]


def _client_ip(text: str) -> IpAddress | None:
    for pattern in (_CLIENT_IP, _CLIENT_IP_FIRST):
        for found in pattern.finditer(text):
            address = _address(found["ip"])
            if address is not None:
                return address
    return None


def _domain(method: str, text: str) -> str | None:
    found = _DOMAINS[method].search(text) if method in _DOMAINS else None
    return found["domain"].lower() if found else None


def _address(text: str) -> IpAddress | None:
    try:
        address = ip_address(text.rstrip("."))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


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
