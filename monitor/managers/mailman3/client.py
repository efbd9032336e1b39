"""Mailman 3's own answers about a list, by its REST API: how many subscribers by domain, and how it treats bounces.

One credential is full administration there, so only what is needed is asked for, and nothing but counts and settings is
kept. Sections of its configuration that hold passwords are read for one switch and dropped.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

from monitor.errors import ConfigError, Unavailable, UsageError
from monitor.http.own_service import OwnService
from monitor.managers.mailman3 import KIND
from monitor.model.evidence import Roster

WITHIN: Final = timedelta(hours=1)  # all of a roster: two thousand pages at the pace of a busy Mailman, a second or two
PAGE: Final = 500  # members a request
PAGES_MOST: Final = 2_000  # a million members
TRAFFIC_OVER: Final = timedelta(days=28)  # an older number of posts gives way to a newer one
# Keys of /lists/{id}/config that the machine of Mailman 3 reads.
SETTINGS: Final = (
    "process_bounces",
    "bounce_score_threshold",
    "bounce_info_stale_after",
    "bounce_you_are_disabled_warnings",
    "bounce_you_are_disabled_warnings_interval",
)


class Client:
    """Mailman 3 core's REST API. Every method raises UsageError with one sentence where it cannot be had."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._service = OwnService(url, user=user, password=password)
        self._ends = monotonic() + WITHIN.total_seconds()

    def roster(self, list_id: str, address: str, *, now: datetime, before: Roster | None = None) -> Roster:
        """What it tells of the list with that posting address; `before` is what was kept of it, for its traffic."""
        self._ends = monotonic() + WITHIN.total_seconds()
        name = quote(address, safe="@")
        config = self._get(f"lists/{name}/config")
        settings = {key: config[key] for key in SETTINGS if isinstance(config.get(key), bool | int | float | str)}
        settings |= {"verp_probes": self._verp_probes(), "version": self._version()}
        posts = config.get("post_id")
        posts = posts if isinstance(posts, int) and not isinstance(posts, bool) else None
        earlier_at, earlier_posts = _earlier(before, posts, now)
        mailman_id = self._get(f"lists/{name}").get("list_id")
        return Roster(
            list_id=list_id,
            manager=KIND.id,
            taken_at=now,
            subscribers=self._domains(name),
            disabled=self._disabled(str(mailman_id)),
            settings=_understood(settings),
            posts=posts,
            earlier_at=earlier_at,
            earlier_posts=earlier_posts,
        )

    def _domains(self, name: str) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for page in range(1, PAGES_MOST + 1):
            entries = self._get(f"lists/{name}/roster/member", count=PAGE, page=page, fields="email").get("entries", [])
            for entry in entries if isinstance(entries, list) else []:
                _, at, domain = str(entry.get("email", "") if isinstance(entry, Mapping) else "").rpartition("@")
                if at and domain:  # without an "@" it would be kept whole
                    counts[domain.lower()] += 1
            if not isinstance(entries, list) or len(entries) < PAGE:
                break
        return dict(counts.most_common())

    def _disabled(self, mailman_id: str) -> int:
        found = self._get(
            "members/find", list_id=mailman_id, delivery_status="by_bounces", role="member", count=1, page=1
        )
        total = found.get("total_size")
        return total if isinstance(total, int) else 0

    def _verp_probes(self) -> bool:
        return str(self._get("system/configuration/mta").get("verp_probes", "no")).lower() in {"yes", "true", "1", "on"}

    def _version(self) -> str:
        return (
            str(self._get("system/versions").get("mailman_version", "")).removeprefix("GNU Mailman ").partition(" ")[0]
        )

    def _get(self, path: str, **query: str | int) -> dict[str, Any]:
        url = self._service.url
        if monotonic() > self._ends:
            raise UsageError(
                f"Mailman at {url} is too slow: it has not told all within {WITHIN.total_seconds() / 60:g} minutes."
            )
        try:
            status, content = self._service.get(path, query)
        except Unavailable as error:
            raise UsageError(f"Mailman does not answer at {url}: {error}") from error
        if status == HTTPStatus.UNAUTHORIZED:
            raise UsageError(f"Mailman at {url} does not take that user and password.")
        if status == HTTPStatus.NOT_FOUND:
            raise UsageError(f"Mailman at {url} knows no {path}.")
        try:
            found = json.loads(content) if status == HTTPStatus.OK else None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"Mailman at {url} does not answer in JSON when asked for {path}.") from error
        if not isinstance(found, dict):
            raise UsageError(f"Mailman at {url} answers {status} when asked for {path}.")
        return found


def _understood(settings: dict[str, Any]) -> dict[str, Any]:
    """Those settings that our machine takes; one that it does not would keep the list from being judged at all."""
    try:
        KIND.machine_for(settings)
    except ConfigError as error:
        wrong = {place for place, _ in error.faults}
        return {key: value for key, value in settings.items() if key not in wrong}
    return settings


def _earlier(before: Roster | None, posts: int | None, now: datetime) -> tuple[datetime | None, int | None]:
    """The older number of posts that traffic is reckoned from."""
    if before is None or before.posts is None or posts is None or posts < before.posts:
        return None, None
    if before.earlier_at is not None and now - before.earlier_at <= TRAFFIC_OVER:
        return before.earlier_at, before.earlier_posts
    return before.taken_at, before.posts
