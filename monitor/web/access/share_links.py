"""Where one list is shown, and to whom: addresses for its page to offer. Pure."""

from dataclasses import dataclass

from monitor.notify.share_keys import key_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLinks:
    """Where a list is shown: its page, and what opens without a token."""

    page: str
    owner: str | None  # opens forms, too: only for who may change things anyway
    badge_path: str
    badge: str
    shields: str
    feed: str


def share_links(base: str, signing_key: bytes, list_id: str, *, changes: bool) -> ShareLinks:
    """A list's addresses for a caller who may change things, or not; `base` is how the pages are reached."""
    owner, badge, feed = (key_for(signing_key, purpose, list_id) for purpose in ("owner", "badge", "feed"))
    return ShareLinks(
        page=f"{base}/lists/{list_id}",
        owner=f"{base}/own/{owner}" if changes else None,
        badge_path=f"/badge/{badge}.svg",
        badge=f"{base}/badge/{badge}.svg",
        shields=f"{base}/badge/{badge}.json",
        feed=f"{base}/feed/{feed}.atom",
    )
