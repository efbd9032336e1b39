"""What is wrong with our own store, in words: for `/readyz`, and for pages, which only repeat what was last found."""

from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.store.disk import disk_full
from monitor.web.page_services import PageServices


class StoreCondition:
    """Looked at by the process's own thread and by `/readyz`. Safe to use from several threads."""

    def __init__(self, services: PageServices) -> None:
        self._services = services
        self.said = ""  # as of the last look: why nothing is written

    def look(self) -> str:
        """Why nothing is written now; "" where it is. Raises StoreUnavailable where Redis is away."""
        self.said = self._services.store.writable.refusal()
        return self.said

    def words(self, error: StoreUnavailable) -> str:
        """The error's sentence, and the cause that we can see ourselves."""
        return f"{error} {own_disk(self._services.settings())}".rstrip()


def own_disk(settings: Settings) -> str:
    """That the disk of the embedded store is full; "" where it is not, or Redis is somebody else's process."""
    return disk_full(settings.data_dir) if settings.redis.url is None else ""
