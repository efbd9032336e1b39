"""The Celery app: `celery -A tasks worker`, `celery -A tasks beat`."""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from kombu.entity import Exchange, Queue

from monitor.errors import StaysubError
from monitor.operations.queues import QUEUES
from monitor.store.configured import redis_url
from monitor.wiring import services
from tasks.alive import SignOfLife
from tasks.bounded import BoundedTask
from tasks.broker_keys import KeptApart
from tasks.options import ROUTES, VISIBILITY_TIMEOUT_S
from tasks.timely import TimelyCelery
from tasks.transport import install

TICK_EVERY_S: Final = 2.0  # how long something that is due waits at most before it is claimed
PULSE_EVERY_S: Final = 10.0  # how long a heartbeat that is due waits at most
BROKER_CONNECT_S: Final = 5.0  # as the store's
BROKER_ANSWER_S: Final = 30.0  # kombu asks in rounds of a second; a broker that is silent for so long is connected anew

WATCH_EVERY_S = 30.0  # how long something that concerns the installation waits at most before it is seen


def broker_url(url: str) -> str:
    """The store's Redis URL as kombu spells it, meaning the same server and the same database.

    A Unix socket is `redis+socket://` with `virtual_host` for `db`. Over TLS the certificate is verified unless the URL
    says otherwise, as the store does: kombu, left alone, takes any. Options that only the store's client knows are left
    out.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    number = options.get("db", "0")
    if parts.scheme == "unix":
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={number}"
    tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
    if parts.scheme == "rediss":
        tls = {"ssl_cert_reqs": "required", **tls}
    path = parts.path if parts.path.strip("/") else f"/{number}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(tls), ""))


def connection() -> dict[str, str]:
    """Where the broker is: asked when the app is first used, so that importing the tasks needs no configuration.

    A wrong configuration ends the process with its sentence, as everywhere, not with Celery's traceback.
    """
    try:
        return {"broker_url": broker_url(redis_url(services().settings()))}
    except StaysubError as error:
        raise SystemExit(f"staysub: {error}") from error


def queue(name: str) -> Queue:
    """A queue with an exchange and a key of its own, so that no message reaches two queues."""
    return Queue(name, Exchange(name, type="direct"), routing_key=name)  # type: ignore[no-untyped-call] # kombu ships few types


install(lambda: services().now())
app = TimelyCelery(
    "staysub",
    include=["tasks.work", "tasks.signals"],
    task_cls=BoundedTask,
)
app.conf.update(
    task_queues=[queue(name) for name in QUEUES],
    task_routes=ROUTES,
    task_default_queue="upkeep",
    task_create_missing_queues=False,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    worker_prefetch_multiplier=1,  # work waits in Redis, where another worker can take it, not in a busy one
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker outlasts any outage of Redis, and goes on when it is back
    broker_channel_error_retry=True,  # likewise where Redis answers and takes no writes: full, or a read-only replica
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "socket_connect_timeout": BROKER_CONNECT_S,
        "socket_timeout": BROKER_ANSWER_S,
        "socket_keepalive": True,
    },
    enable_utc=True,
    timezone="UTC",
    beat_schedule={
        "tick": {"task": "staysub.tick", "schedule": TICK_EVERY_S},
        "watch": {"task": "staysub.watch", "schedule": WATCH_EVERY_S},
        "pulse": {"task": "staysub.pulse", "schedule": PULSE_EVERY_S},
    },
    beat_scheduler="tasks.timely:TimelyScheduler",  # what is due is kept in Redis; beat has nothing to remember
    beat_max_loop_interval=TICK_EVERY_S,
)
app.steps["consumer"].update({KeptApart, SignOfLife})
app.add_defaults(connection)
