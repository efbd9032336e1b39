"""What every receiver would answer today to mail from every address of a list: the admissions as a table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.order import ACTIONS_WORST_FIRST
from monitor.model.risk import ReceiverForecast, SeenRefusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One receiver; `cells` has one entry for each address of the matrix, None where its rules do not speak of it."""

    receiver: str
    worst: AdmissionAction
    cells: tuple[Admission | None, ...]
    seen: SeenRefusals | None = None  # what it was seen to refuse instead, where that goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Receivers by addresses: the receivers that refuse most come first, IPv6 addresses before IPv4."""

    addresses: tuple[IpAddress, ...]
    lines: tuple[Line, ...]


def matrix(admissions: Sequence[Admission], forecasts: Sequence[ReceiverForecast] = ()) -> Matrix:
    """The table of these admissions; empty for none. Forecasts tell what was seen of the same receivers."""
    seen = {one.receiver: one.seen for one in forecasts if one.seen is not None and one.seen.over_since is None}
    addresses = tuple(sorted({one.client_ip for one in admissions}, key=lambda ip: (-ip.version, int(ip))))
    said = {(one.receiver, one.client_ip): one for one in admissions}
    lines = []
    for receiver in dict.fromkeys(one.receiver for one in admissions):
        cells = tuple(said.get((receiver, address)) for address in addresses)
        worst = min((cell.action for cell in cells if cell is not None), key=ACTIONS_WORST_FIRST.index)
        lines.append(Line(receiver=receiver, worst=worst, cells=cells, seen=seen.get(receiver)))
    lines.sort(key=lambda line: (line.seen is None, ACTIONS_WORST_FIRST.index(line.worst)))
    return Matrix(addresses=addresses, lines=tuple(lines))
