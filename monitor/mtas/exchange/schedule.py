"""Exchange: by a fixed interval. From Microsoft's documentation: MessageRetryInterval."""

import math
from functools import lru_cache

RUN_S = 900


@lru_cache(maxsize=64)
def attempts(lifetime_s: float) -> tuple[float, ...]:
    """Every quarter of an hour; it bounces when the lifetime ends."""
    return tuple(float(n * RUN_S) for n in range(math.floor(lifetime_s / RUN_S) + 1))
