"""What the pages say, asked again and again as a program would; and at the end all that they say of what happened."""

import contextlib
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.torment.account import End, IncidentSeen, NoticeSeen
from tests.torment.journal import Journal, Shown
from tests.torment.lists import LISTS

EVERY_S: Final = 2.0
ANSWER_S: Final = 10.0
PAGE: Final = 500  # of the API, at most
# A line of a traceback's end: the exception's name, dotted or ending like one, and what it says.
ENDS: Final = re.compile(r"^[\w.]+(?:Error|Exception|Unavailable|Lost|Refused|Timeout|Exit|Interrupt)\b.*")

CHAINED: Final = ("During handling of the above exception", "The above exception was the direct cause")
# What Celery says so at length while Redis is away, stalled, full or read-only; and that a child of a worker was
# killed, which was us.
KNOWN: Final = re.compile(
    r"^(redis\.exceptions\.|kombu\.exceptions\.OperationalError|celery\.beat\.SchedulingError|ConnectionRefusedError"
    r"|billiard\.exceptions\.WorkerLostError|monitor\.errors\.\w+: Redis )"
)


class Witness:
    """Looks at the pages of one world from a thread of its own."""

    def __init__(self, journal: Journal, port: int) -> None:
        self._journal, self._base = journal, f"http://127.0.0.1:{port}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="witness", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self._thread.join(2 * ANSWER_S)

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says; empty where it does not answer."""
        try:
            return dict(self._get("/readyz"))
        except urllib.error.HTTPError as error:
            with contextlib.suppress(ValueError, OSError):
                return dict(json.loads(error.read()))
        except (OSError, ValueError):
            pass
        return {}

    def end(self, **facts: Any) -> End | None:
        """All that the pages say now; None where they do not answer."""
        try:
            lists = {one["id"]: one["level"] for one in self._get(f"/api/v1/lists?limit={PAGE}")["lists"]}
            incidents = tuple(map(_incident, self._all("/api/v1/incidents", "incidents")))
            notices = tuple(map(_notice, self._all("/api/v1/notices", "notices")))
            probes: dict[str, str] = {}
            for one in LISTS:
                found = self._get(f"/api/v1/lists/{one.id}/probes?limit=100")["probes"]
                probes.update({each["message_id"]: each["state"] for each in found})
        except (OSError, ValueError, KeyError):
            return None
        ready = self.ready()
        return End(
            at_s=time.monotonic(),
            ready=bool(ready.get("ready")),
            said=str({key: value for key, value in ready.items() if key != "ready"}),
            levels=lists,
            incidents=incidents,
            notices=notices,
            probes=probes,
            **facts,
        )

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            with contextlib.suppress(OSError, ValueError, KeyError):
                levels = {one["id"]: one["level"] for one in self._get(f"/api/v1/lists?limit={PAGE}")["lists"]}
                found = map(_incident, self._get(f"/api/v1/incidents?limit={PAGE}")["incidents"])
                going_on = tuple((one.list_id, one.id) for one in found if one.goes_on)
                self._journal.shown.append(Shown(at_s=time.monotonic(), levels=levels, incidents=going_on))

    def _all(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        offset: int | None = 0
        while offset is not None:
            page = self._get(f"{path}?limit={PAGE}&offset={offset}")
            yield from page[name]
            offset = page["next_offset"]

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self._base + path, timeout=ANSWER_S) as answer:
            return json.loads(answer.read())


def tracebacks(log: Path) -> Counter[str]:
    """How each traceback in a log ends that is not known, and how often; of a chain of them the last one counts."""
    ends: Counter[str] = Counter()
    within, last = False, ""
    for line in (*log.read_text(errors="replace").splitlines(), "end"):
        text = line.strip()
        if within and ENDS.match(text):
            within, last = False, text[:160]
        elif text:
            ends[last] += bool(last) and not text.startswith(CHAINED) and not KNOWN.search(last)
            within, last = within or "Traceback (most recent call last)" in text, ""
    return +ends


def _incident(one: dict[str, Any]) -> IncidentSeen:
    return IncidentSeen(
        id=one["id"],
        list_id=one["list_id"],
        state=one["state"],
        changes=tuple((change["revision"], change["kind"]) for change in one["history"]),
    )


def _notice(one: dict[str, Any]) -> NoticeSeen:
    names = ("id", "incident_id", "list_id", "revision", "type", "channel", "target", "state", "digest_id")
    return NoticeSeen(**{name: one[name] for name in names}, next_attempt_at=one.get("next_attempt_at"))
