"""Fewer garbage collections while very many answers and verdicts are made.

They hold no reference cycles, so that a full collection finds nothing among them, and its cost grows with all that is
kept: measured, a fifth of a batch of 20,000 domains. Young objects are still looked through, only less often.
"""

import contextlib
import gc
import threading
from collections.abc import Iterator

_RARE = (10_000, 1_000_000, 1_000_000)  # allocations, young collections, middle collections: only young ones come
_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []  # what to go back to, once for each batch at work


@contextlib.contextmanager
def gc_paused() -> Iterator[None]:
    """Collect rarely within the block; the last of several blocks to end restores what was."""
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold())
        gc.set_threshold(*_RARE)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                gc.set_threshold(*usual)
