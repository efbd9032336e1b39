"""Which list an owner's link opens: the list's own link for good, that of a notice for as long as it holds."""

from collections.abc import Callable, Sequence

from monitor.notify import share_keys
from monitor.notify.links import notice_of, parted
from monitor.notify.notice import lists_named
from monitor.notify.readers import reads_of
from monitor.web.page_services import PageServices


class OwnerKeys:
    """Keys as they stand in `/own/{key}` and in an owner's cookie."""

    def __init__(self, services: PageServices, keys: Callable[[], Sequence[bytes]]) -> None:
        self._services = services
        self._keys = keys

    def list_of(self, key: str) -> str | None:
        """The list under watch that the key opens; None where it opens nothing any more. Raises StoreUnavailable."""
        return self.opened(key)[0]

    def opened(self, key: str) -> tuple[str | None, str | None]:
        """The same, and to whom the mail went whose link it is; None where it is no mail's. Raises StoreUnavailable."""
        signing = self._keys()
        list_id, reader = share_keys.list_of(signing, "owner", key), None
        if list_id is None:
            list_id, reader = self._of_notice(key, signing)
        return (None, None) if list_id is None or self._services.watched(list_id) is None else (list_id, reader)

    def _of_notice(self, key: str, signing: Sequence[bytes]) -> tuple[str | None, str | None]:
        """The list that a mail's link opens: one that its notice names, while the mail's reader still reads of it."""
        token, wanted = parted(key)
        notice_id = notice_of(token, keys=signing, now=self._services.now())
        notice = None if notice_id is None else self._services.store.notices.get(notice_id)
        if notice is None:
            return None, None
        list_id = wanted or notice.list_id
        listed = self._services.watched(list_id) if list_id in lists_named(notice) else None
        if listed is None or not reads_of(notice.target, listed, self._services.settings()):
            return None, None
        return list_id, notice.target

    def lists_of(self, keys: Sequence[str]) -> dict[str, str]:
        """What several open: of each list the first key. Raises StoreUnavailable."""
        opened: dict[str, str] = {}
        for key in keys:
            if (list_id := self.list_of(key)) is not None:
                opened.setdefault(list_id, key)
        return opened
