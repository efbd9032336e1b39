"""A vantage: one of our receivers, at one place in the network. There may be several, which take turns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.model.dns import IpNetwork

ONLY: Final = "receiver"  # the id of one that stands alone in the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """Where a receiver is, and how it listens there."""

    id: str = ONLY
    domain: str  # of the addresses that it takes mail for
    hostname: str  # its own name, in DNS and in its greeting
    listen: str = "[::]:25"
    tls_certificate: Path | None = None  # with tls_key, or neither
    tls_key: Path | None = None
    proxies: tuple[IpNetwork, ...] = ()  # whose PROXY header is believed

    @property
    def part(self) -> str:
        """Its name among our parts, under which its signs of life are noted: "receiver", "receiver:ams1"."""
        return ONLY if self.id == ONLY else f"{ONLY}:{self.id}"


def vantage_of(vantages: Iterable[Vantage], vantage_id: str) -> Vantage | None:
    """The one with that id; None where there is none (any more)."""
    return next((each for each in vantages if each.id == vantage_id), None)


def next_in_turn(vantages: Sequence[Vantage], last: str | None) -> Vantage | None:
    """The one behind the `last`, by its id; the first where that is not among them, None where there is none at all."""
    ids = [each.id for each in vantages]
    behind = ids.index(last) + 1 if last in ids else 0
    return vantages[behind % len(vantages)] if vantages else None
