"""What one receiver's rules answer today, the addresses together that get the same answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, and the addresses of the list that get it, IPv6 first."""

    admission: Admission  # to the first of them
    addresses: tuple[IpAddress, ...]


def answers_of(receiver: str | None, admissions: Sequence[Admission]) -> tuple[Answer, ...]:
    """Its answers, to IPv6 addresses first."""
    said = sorted(
        (one for one in admissions if one.receiver == receiver),
        key=lambda one: (-one.client_ip.version, int(one.client_ip)),
    )
    found: dict[object, list[Admission]] = {}
    for one in said:
        reply = (one.reply or "").replace(str(one.client_ip), "")  # most replies quote whom they answer
        found.setdefault((one.action, reply, one.rule, one.because, one.undecided), []).append(one)
    return tuple(Answer(admission=same[0], addresses=tuple(one.client_ip for one in same)) for same in found.values())
