"""Which list an owner's link opens: the list's own link for good, that of a notice for as long as it holds."""

from collections.abc import Callable, Sequence

from monitor.notify import share_keys
from monitor.notify.links import notice_of
from monitor.web.page_services import PageServices


class OwnerKeys:
    """Keys as they stand in `/own/{key}` and in an owner's cookie."""

    def __init__(self, services: PageServices, keys: Callable[[], Sequence[bytes]]) -> None:
        self._services = services
        self._keys = keys

    def list_of(self, key: str) -> str | None:
        """The list under watch that the key opens; None where it opens nothing any more. Raises StoreUnavailable."""
        signing = self._keys()
        list_id = share_keys.list_of(signing, "owner", key)
        if list_id is None and (notice_id := notice_of(key, keys=signing, now=self._services.now())) is not None:
            notice = self._services.store.notices.get(notice_id)
            list_id = None if notice is None else notice.list_id
        return None if list_id is None or self._services.watched(list_id) is None else list_id

    def lists_of(self, keys: Sequence[str]) -> dict[str, str]:
        """What several open: of each list the first key. Raises StoreUnavailable."""
        opened: dict[str, str] = {}
        for key in keys:
            if (list_id := self.list_of(key)) is not None:
                opened.setdefault(list_id, key)
        return opened
