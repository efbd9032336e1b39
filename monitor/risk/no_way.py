"""Answers that no mail of a list can meet: nobody there can be reached over that address family. Pure."""

from collections.abc import Iterable

from monitor.model.dns import IpAddress
from monitor.model.evidence import Admission
from monitor.model.risk import ReceiverForecast


def no_way(admission: Iterable[Admission], forecasts: Iterable[ReceiverForecast]) -> frozenset[tuple[str, IpAddress]]:
    """(receiver, address) of those; a forecast names the families that mail to its receiver goes over.

    A rule that asks nothing over IPv6 "accepts" there what a receiver without an IPv6 address never gets.
    """
    goes_over = {each.receiver: each.actions for each in forecasts}
    return frozenset(
        (each.receiver, each.client_ip)
        for each in admission
        if each.receiver in goes_over and str(each.client_ip.version) not in goes_over[each.receiver]
    )
