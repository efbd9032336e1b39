"""What pages and programs are told of our machines' clocks."""

from monitor.incident.clocks import told_now, told_to_all
from monitor.operations.services import Services


def told_of_clocks(services: Services, *, to_all: bool = False) -> tuple[str, ...]:
    """Sentences about clocks that are set wrong or jumped lately; none where all is well.

    Those that may be told `to_all` name no machine. Raises StoreUnavailable.
    """
    machines, jump = services.store.clocks.known()
    return (told_to_all if to_all else told_now)(machines, jump, services.now())
