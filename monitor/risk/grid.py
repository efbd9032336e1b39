"""Values that are reckoned with, so that the same work is done once for many lists. Pure."""

import math
from functools import lru_cache
from typing import Final

RATIO: Final = 1.1  # from one value to the next
GRID: Final = 4  # quarters, and so whole numbers, are reckoned with exactly


@lru_cache(maxsize=4096)
def rounded(value: float) -> float:
    """Within five percent, which is finer than any evidence.

    The shares that follow from the order of address families (all, half, none) stay as they are.
    """
    if value <= 0 or value * GRID == round(value * GRID):
        return value
    return min(1.0, RATIO ** round(math.log(value, RATIO))) if value < 1 else RATIO ** round(math.log(value, RATIO))
