"""A message's journey as it is drawn: its hops by the domain that they were made in, each with what was checked there.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.phrase.phrase import say
from monitor.trace.authentication import AuthenticationResult
from monitor.trace.boundary import Path, PlacedHop, admd_name

METHODS_FIRST = ("spf", "dkim", "dmarc")
SHORT = frozenset({"spf", "arc", "dkim"})  # written in capitals in names of header fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One result, and every field that tells the same."""

    result: AuthenticationResult
    told_by: tuple[str, ...]  # "field by authserv-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One hop with what was checked at it, SPF first."""

    placed: PlacedHop
    checked: tuple[Checked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Realm:
    """Consecutive hops within one domain."""

    name: str  # "" where no host is named
    entered: bool  # its first hop is where the mail came into the recipient's domain
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The whole journey, oldest hop first, and results of which nobody can tell at which hop they were found."""

    realms: tuple[Realm, ...]
    elsewhere: tuple[Checked, ...]


def journey(path: Path, results: Sequence[AuthenticationResult]) -> Journey:
    """The journey of an explained message."""
    realms: list[Realm] = []
    for placed in path.hops:
        stop = Stop(placed=placed, checked=_together([one for one in results if one.hop == placed.hop.n]))
        name = admd_name(placed.admd)
        if realms and realms[-1].name == name and not placed.boundary:
            last = realms[-1]
            realms[-1] = Realm(name=name, entered=last.entered, stops=(*last.stops, stop))
        else:
            realms.append(Realm(name=name, entered=placed.boundary, stops=(stop,)))
    return Journey(realms=tuple(realms), elsewhere=_together([one for one in results if one.hop is None]))


def _together(results: Sequence[AuthenticationResult]) -> tuple[Checked, ...]:
    """Results that say the same as one, with all who say it."""
    found: dict[tuple[object, ...], list[AuthenticationResult]] = {}
    for one in results:
        key = (one.method, one.result, one.client_ip, one.where, one.forged, one.trusted)
        found.setdefault(key, []).append(one)
    made = [
        Checked(result=same[0], told_by=tuple(dict.fromkeys(_teller(one) for one in same))) for same in found.values()
    ]
    order = {method: place for place, method in enumerate(METHODS_FIRST)}
    return tuple(sorted(made, key=lambda one: order.get(one.result.method, len(order))))


def _teller(result: AuthenticationResult) -> str:
    parts = (part.upper() if part in SHORT else part.capitalize() for part in result.field.split("-"))
    field = "-".join(parts)
    return say("{field} by {server}", field=field, server=result.authserv_id) if result.authserv_id else field
