"""One list as the API tells it: set-up, assessment, incident, when it is looked at next."""

import hashlib
import json
from typing import Any

from monitor.config.show import plain
from monitor.model.lists import MailingList
from monitor.store import Store
from monitor.store.list_record import Depth
from monitor.web import list_view
from monitor.web.api.documents import ListDetail, ListSummary
from monitor.web.list_view import ListView
from monitor.web.page_services import PageServices


def watched(services: PageServices, list_id: str, depth: Depth) -> ListView:
    """A list, read so deep; 404 where it is not watched."""
    return list_view.watched(services, list_id, depth, missing=f"No list {list_id!r} is watched.")


def detail(services: PageServices, view: ListView) -> ListDetail:
    """One list with all that we think of it, read as deep as NOW; its secrets are masked."""
    listed, record = view.listed, view.record
    return ListDetail(
        **dict(ListSummary.model_validate(view.row)),
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
        author_domains=listed.author_domains,
        manager=listed.manager,
        mta=listed.mta,
        messages_per_day=listed.usual_traffic,
        subscribers=listed.subscribers,
        origin="file" if of_file(services, listed.id) else "api",
        settings=settings_document(listed),
        assessment=record.assessment,
        incident=record.current,
        next_check=record.next_check,
        next_probe=record.next_probe,
    )


def of_file(services: PageServices, list_id: str) -> bool:
    """Whether the list stands in the configuration file, where alone it can be changed."""
    return any(each.id == list_id for each in services.settings().file_lists)


def settings_document(listed: MailingList) -> dict[str, Any]:
    """The list's settings under the keys of the file; without the paths of webhooks' URLs, which may be passwords."""
    return dict(plain(listed))


def settings_tag(key: bytes, document: Any) -> str:
    """The part of an entity tag that changes with a list's settings only. Keyed, because secrets are among them."""
    said = json.dumps(document, sort_keys=True, default=str).encode()
    return hashlib.blake2b(said, digest_size=9, key=key[:64]).hexdigest()


def tag_of(store: Store, listed: MailingList, key: bytes) -> str:
    """The settings' tag of a watched list, whether of the file or added."""
    document = store.lists.document(listed.id)
    return settings_tag(key, plain(listed) if document is None else document)
