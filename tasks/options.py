"""Named sets of task options.

Celery accepts misspelt options in silence, so they are spelt here once, and a test holds every registered task to them.

Time limits nest: network timeouts < soft limit < hard limit < lease < visibility timeout. Celery keeps soft and hard
limits in workers of processes alone; in those of threads the deadlines of what is asked hold. There are no retries: a
task that fails leaves its lease to run out, and what it was to do is claimed again.
"""

from typing import Any, Final

from monitor.errors import OutOfFiles, StoreUnavailable
from monitor.operations.timing import LEASE

SOFT_LIMIT_S: Final = 90.0
HARD_LIMIT_S: Final = 120.0
VISIBILITY_TIMEOUT_S: Final = 3600  # kombu's own default: an unacknowledged message is delivered again after it

# What every task of ours is: acknowledged after the work, given back if its process is killed, without a result, and
# forgotten by the broker once the lease that caused it has run out (its work is claimed anew by then).
WORK: Final[dict[str, Any]] = {
    "acks_late": True,
    "reject_on_worker_lost": True,
    "ignore_result": True,
    "soft_time_limit": SOFT_LIMIT_S,
    "time_limit": HARD_LIMIT_S,
    "expires": LEASE.total_seconds(),
    "throws": (StoreUnavailable, OutOfFiles),  # our own trouble, one sentence in the log: the claim comes again
}

# A tick that waited is of no use: the next one does its work. A heartbeat that waited would tell of a time that is
# over.
UPKEEP: Final[dict[str, Any]] = {**WORK, "expires": 10.0, "soft_time_limit": 20.0, "time_limit": 30.0}

# Messages of about 1 kB in each queue at most. Work comes in chunks, so that this is far more than workers leave lying;
# an alert comes long before (deploy/alerts.yml).
QUEUE_LIMIT: Final = 5000
ROUTES: Final = {
    "staysub.check": {"queue": "dns"},
    "staysub.routes": {"queue": "dns"},
    "staysub.probe": {"queue": "probe"},
    "staysub.deliver": {"queue": "notify"},
    "staysub.call": {"queue": "webhook"},
    "staysub.pulse": {"queue": "upkeep"},
    "staysub.tick": {"queue": "upkeep"},
    "staysub.watch": {"queue": "upkeep"},
}
