"""What every receiver would have answered to mail from every address of a list: the admissions as a table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.order import ACTIONS_WORST_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One receiver; `cells` has one entry for each address of the matrix, None where its rules do not speak of it."""

    receiver: str
    worst: AdmissionAction
    cells: tuple[Admission | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Receivers by addresses: the receivers that refuse most come first, IPv6 addresses before IPv4."""

    addresses: tuple[IpAddress, ...]
    lines: tuple[Line, ...]


def matrix(admissions: Sequence[Admission]) -> Matrix:
    """The table of these admissions; empty for none."""
    addresses = tuple(sorted({one.client_ip for one in admissions}, key=lambda ip: (-ip.version, int(ip))))
    said = {(one.receiver, one.client_ip): one for one in admissions}
    lines = []
    for receiver in dict.fromkeys(one.receiver for one in admissions):
        cells = tuple(said.get((receiver, address)) for address in addresses)
        worst = min((cell.action for cell in cells if cell is not None), key=ACTIONS_WORST_FIRST.index)
        lines.append(Line(receiver=receiver, worst=worst, cells=cells))
    lines.sort(key=lambda line: ACTIONS_WORST_FIRST.index(line.worst))
    return Matrix(addresses=addresses, lines=tuple(lines))
