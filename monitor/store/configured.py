"""The store that a configuration names, its time, and the lists under watch: the configuration's and the store's."""

from collections.abc import Callable
from datetime import datetime

from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.model.lists import Lists
from monitor.store.agreed_clock import AgreedClock
from monitor.store.embedded import embedded_url, socket_path
from monitor.store.store import Store, open_store


def store_of(settings: Settings, *, hurried: bool = False) -> Store:
    """The store that the settings name; `hurried` as in `connect`.

    Nothing is sent yet. Raises StoreUnavailable as `redis_url`.
    """
    return open_store(redis_url(settings), hurried=hurried)


def agreed_now(settings: Settings) -> Callable[[], datetime]:
    """What time it is by the clock of the store that the settings name: for a part, which asks again and again.

    Raises StoreUnavailable as `redis_url`.
    """
    return AgreedClock(store_of(settings, hurried=True).clocks).now


def redis_url(settings: Settings) -> str:
    """Where Redis is: the configured one, else the embedded server of the `staysub run` that works on `data_dir`.

    Raises StoreUnavailable where there is neither.
    """
    if settings.redis.url is not None:
        return settings.redis.url.reveal()
    if socket_path(settings.data_dir).exists():
        return embedded_url(settings.data_dir)
    raise StoreUnavailable(
        f"No Redis is configured and no `staysub run` is working on {settings.data_dir}. "
        "Start one, or set url in [redis].",
        reason="unconfigured",
    )


def watched_lists(settings: Settings, store: Store) -> Lists:
    """Every list under watch: those of the file and those added at run time. Raises StoreUnavailable."""
    return store.lists.merged_with(settings.file_lists)
