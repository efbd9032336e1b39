"""The three sets of a list's addresses side by side: declared, observed by the receiver, authorised by SPF. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model.dns import Identity, IpAddress, PtrOutcome, SpfOutcome, SpfResult
from monitor.model.evidence import Arrival, CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address; `authorised` None means that SPF gave no answer for it, or was not asked."""

    ip: IpAddress
    declared: bool
    observed_at: datetime | None
    authorised: bool | None
    spf: SpfOutcome | None  # of the reverse-path
    helo: SpfOutcome | None
    ptr: PtrOutcome | None


def addresses(
    declared: Sequence[IpAddress], arrivals: Sequence[Arrival], newest: CheckOutcome | None
) -> tuple[Address, ...]:
    """Every address of any of the sets, IPv6 first. `arrivals` are newest first."""
    observed: dict[IpAddress, datetime] = {}
    for arrival in arrivals:
        observed.setdefault(arrival.client_ip, arrival.received_at)
    said = _results(newest, Identity.MAILFROM)
    helos = _results(newest, Identity.HELO)
    ptrs = {one.client_ip: one for one in newest.ptrs} if newest else {}
    every = dict.fromkeys((*declared, *observed, *said))
    return tuple(
        Address(
            ip=ip,
            declared=ip in declared,
            observed_at=observed.get(ip),
            authorised=_authorised(said.get(ip)),
            spf=said.get(ip),
            helo=helos.get(ip),
            ptr=ptrs.get(ip),
        )
        for ip in sorted(every, key=lambda ip: (-ip.version, int(ip)))
    )


def _results(newest: CheckOutcome | None, identity: Identity) -> dict[IpAddress, SpfOutcome]:
    return {one.client_ip: one for one in newest.results if one.identity is identity} if newest else {}


def _authorised(outcome: SpfOutcome | None) -> bool | None:
    if outcome is None or outcome.result is SpfResult.TEMPERROR:
        return None
    return outcome.result is SpfResult.PASS
