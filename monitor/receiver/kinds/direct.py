"""A probe around the list's MTA: evidence of the network, not of the list's mail."""

from dataclasses import replace

from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.kinds.probe import record_probes


def take_direct(mail: Mail, backend: Backend) -> str:
    """Record the arrival, marked as direct."""
    return record_probes(mail, replace(mail.observe(), direct=True), backend)
