"""One list as the API tells it: set-up, assessment, incident, when it is looked at next."""

import hashlib
import json
from typing import Any

from monitor.config.show import plain
from monitor.config.url import mask_url
from monitor.model.lists import MailingList
from monitor.store import Store
from monitor.web.api.documents import ListDetail, ListSummary
from monitor.web.page_services import PageServices
from monitor.web.views import overview_rows


def summary(row: overview_rows.Row) -> ListSummary:
    """As in the overview."""
    return ListSummary(
        id=row.id,
        address=row.address,
        level=row.level,
        reason=row.thought.reason,
        act_by=row.thought.act_by,
        subscribers_at_risk=row.thought.subscribers,
        assessed_at=row.thought.assessed_at,
        blind=row.thought.blind,
    )


def detail(services: PageServices, listed: MailingList) -> ListDetail:
    """One list with all that we think of it; its secrets are masked."""
    store = services.store
    thought = store.outcomes.assessment(listed.id)
    row = overview_rows.row(listed, overview_rows.summary_of(thought) if thought else overview_rows.NOT_ASSESSED)
    return ListDetail(
        **summary(row).model_dump(),
        reverse_path=listed.reverse_path,
        helo=listed.helo,
        outbound=listed.outbound,
        author_domains=listed.author_domains,
        manager=listed.manager,
        mta=listed.mta,
        messages_per_day=listed.usual_traffic,
        subscribers=listed.subscribers,
        origin="file" if of_file(services, listed.id) else "api",
        settings=shown(listed),
        assessment=thought,
        incident=store.incidents.current(listed.id),
        next_check=store.schedule.next_due("check", listed.id),
        next_probe=store.schedule.next_due("probe", listed.id),
    )


def of_file(services: PageServices, list_id: str) -> bool:
    """Whether the list stands in the configuration file, where alone it can be changed."""
    return any(each.id == list_id for each in services.settings().lists)


def shown(listed: MailingList) -> dict[str, Any]:
    """The list's settings under the keys of the file; of webhooks' URLs only where they lead, for the path may be a password."""
    made = dict(plain(listed))
    made["webhook"] = [dict(each) | {"url": mask_url(each["url"])} for each in made["webhook"]]
    return made


def settings_tag(key: bytes, document: Any) -> str:
    """The part of an entity tag that changes with a list's settings only. Keyed, because secrets are among them."""
    said = json.dumps(document, sort_keys=True, default=str).encode()
    return hashlib.blake2b(said, digest_size=9, key=key[:64]).hexdigest()


def tag_of(store: Store, listed: MailingList, key: bytes) -> str:
    """The settings' tag of a watched list, whether of the file or added."""
    document = store.lists.document(listed.id)
    return settings_tag(key, plain(listed) if document is None else document)
