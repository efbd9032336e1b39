"""What pages and programs are told of our machines' clocks."""

from monitor.incident.clocks import told_now
from monitor.operations.services import Services


def told_of_clocks(services: Services) -> tuple[str, ...]:
    """Sentences about clocks that are set wrong or jumped lately; none where all is well. Raises StoreUnavailable."""
    machines, jump = services.store.clocks.known()
    return told_now(machines, jump, services.now())
