"""What a follower remembers of its log's queue, made for the lists under watch."""

from collections.abc import Mapping

from monitor.evidence.replies.memory import QueueMemory
from monitor.model.lists import Lists
from monitor.operations.services import Services


def memory_of(services: Services, lists: Lists, kept: Mapping[str, str]) -> QueueMemory:
    """From what is kept of the queue. Raises StoreUnavailable where the installation's key cannot be read."""
    known = {each.reverse_path.lower(): each.id for each in lists}
    return QueueMemory(known, services.rules, services.store.signing_key(), kept)
