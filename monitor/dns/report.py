"""What asking each name server of a zone directly brought: values, from which findings are made."""

from dataclasses import dataclass
from enum import StrEnum


class ServerState(StrEnum):
    """What one server address did with one question."""

    ANSWERED = "answered"
    TCP_REFUSED = "tcp-refused"  # truncated over UDP, and no answer over TCP: no answer at all for a resolver
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # its network or host says no
    LAME = "lame"  # it answers, but not for this zone: REFUSED, SERVFAIL, or without authority
    MALFORMED = "malformed"
    NOT_ASKED = "not-asked"  # by our own lack: no route in this family, no time left, an address of documentation


FAILED = frozenset(ServerState) - {ServerState.ANSWERED, ServerState.NOT_ASKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """One server address and the question it was asked."""

    server_name: str
    address: str
    state: ServerState
    rcode: str = ""
    texts: tuple[bytes, ...] = ()  # TXT records, sorted
    truncated: bool = False  # over UDP
    took_ms: float | None = None
    why: str = ""  # for people: what kept us from asking, or the rcode of a lame server

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneReport:
    """All server addresses of the zone that holds a name, and what each says of it.

    `unknown` says why nothing is known; then the rest is empty.
    """

    name: str
    zone: str = ""
    answers: tuple[ServerAnswer, ...] = ()
    without_address: tuple[str, ...] = ()  # servers whose names have no address at all
    without_ipv6: tuple[str, ...] = ()  # servers whose names have an IPv4 address only
    unresolved: tuple[str, ...] = ()  # servers whose addresses could not be looked up
    unknown: str | None = None
