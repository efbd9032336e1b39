"""The bodies that endpoints read: Standard Webhooks, Alertmanager's webhook, Slack's incoming webhook.

Each is a pure function of the notice, so that the body of a retry is the same bytes under the same id.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from monitor.inert import inert
from monitor.model.incidents import Notice
from monitor.notify.subject import known_before, stake_line
from monitor.wording.days import Days
from monitor.wording.vocabulary import level_word

_SLACK_TEXT_LIMIT: Final = 2_900  # Slack takes 3000 characters in a text block, 150 in a header
_SLACK_HEADER_LIMIT: Final = 150
_ALERT_END_UNKNOWN: Final = "0001-01-01T00:00:00Z"  # Alertmanager writes Go's zero time for an alert that goes on
_ALERTS: Final = {"endpoint.test": "StaysubTest", "channel.failed": "StaysubChannelFailed"}
_SLACK_MARK: Final = {"ok": "🟢", "watch": "🟡", "at-risk": "🟠", "critical": "🔴", "unknown": "⚪"}


def body(notice: Notice, kind: str) -> bytes:
    """The body of a call about this notice in the format `standard`, `alertmanager` or `slack`."""
    data = json.loads(notice.payload)
    return json.dumps(_FORMATS[kind](notice, data), ensure_ascii=False, separators=(",", ":")).encode()


def standard(notice: Notice, data: Mapping[str, Any]) -> dict[str, Any]:
    """Standard Webhooks 1.0, "Payload structure": type, timestamp, data."""
    return {"type": notice.type, "timestamp": _time(notice.created_at), "data": data}


def alertmanager(notice: Notice, data: Mapping[str, Any]) -> dict[str, Any]:
    """Version 4 of the body that Prometheus Alertmanager posts to its webhook receivers: one group of one alert."""
    over = notice.type == "list.risk.resolved"
    status = "resolved" if over else "firing"
    name = _ALERTS.get(notice.type, "ListSubscribersAtRisk")
    labels = {"alertname": name, "list": str(data.get("list", notice.list_id))}
    severity = str(data.get("previous_level" if over else "level", "unknown"))
    annotations = {
        key: inert(value)
        for key, value in (
            ("summary", summary(notice, data)),
            ("description", data.get("reason") or data.get("detail")),
            ("act_by", data.get("act_by")),
            ("record", data.get("suggested_record")),
        )
        if value
    }
    link = str(data.get("link") or "")
    alert = {
        "status": status,
        "labels": {**labels, "severity": severity},
        "annotations": annotations,
        "startsAt": data.get("opened_at") or _time(notice.created_at),
        "endsAt": (data.get("resolved_at") or _time(notice.created_at)) if over else _ALERT_END_UNKNOWN,
        "generatorURL": link,
        "fingerprint": hashlib.sha256("\n".join(labels.values()).encode()).hexdigest()[:16],
    }
    return {
        "version": "4",
        "groupKey": "{}:{" + ", ".join(f"{key}={json.dumps(value)}" for key, value in labels.items()) + "}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "staysub",
        "groupLabels": labels,
        "commonLabels": alert["labels"],
        "commonAnnotations": annotations,
        "externalURL": link,
        "alerts": [alert],
    }


def slack(notice: Notice, data: Mapping[str, Any]) -> dict[str, Any]:
    """Slack's incoming webhook: a plain text for notifications, and blocks. Outside text is escaped as Slack asks."""
    line = summary(notice, data)
    mark = _SLACK_MARK.get(str(data.get("level")), "⚪")
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": f"{mark} {line}"[:_SLACK_HEADER_LIMIT], "emoji": True},
        },
    ]
    reason = data.get("reason") or data.get("detail")
    said = [_escaped(str(reason))] if reason else []
    if data.get("act_by") and notice.type != "list.risk.resolved":
        said.append(f"*Act by* {_escaped(str(data['act_by']))}")
    if data.get("subscribers_affected") is not None:
        said.append(f"*Subscribers affected* {int(data['subscribers_affected'])}")
    if said:
        blocks.append(_section("\n".join(said)))
    record = data.get("suggested_record")
    whole = record and len(str(record)) < _SLACK_TEXT_LIMIT - 300 and "```" not in str(record)
    if whole and notice.type != "list.risk.resolved":
        name = _escaped(str(data.get("record_name") or ""))
        blocks.append(_section(f"Publish as the only SPF record (TXT) at {name}:\n```{_escaped(str(record))}```"))
    if data.get("link"):
        blocks.append(_section(f"<{_escaped(str(data['link']))}|Look at the incident>"))
    return {"text": _escaped(line), "blocks": blocks}


def summary(notice: Notice, data: Mapping[str, Any]) -> str:
    """One line: list, what is at stake as it was when the notice was made, and level. Days are UTC's."""
    name = data.get("list", notice.list_id)
    if notice.type == "endpoint.test":
        return f"{name}: test notice from Staysub"
    if notice.type == "channel.failed":
        return f"{name}: {data.get('channel')} to {data.get('target')} fails ({data.get('outcome')})"
    if notice.type == "list.risk.resolved":
        return f"{name}: the danger has passed (was {level_word(data.get('previous_level'))})"
    line, before = stake_line(data, Days(UTC, notice.created_at)), known_before(data)
    was = f", was {level_word(before)}" if before else ""
    return f"{name}: {line} ({level_word(data.get('level'))}{was})"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_SLACK_TEXT_LIMIT]}}


def _escaped(text: str) -> str:
    """Text on one line, and Slack's three control characters as entities."""
    return inert(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


_FORMATS: Final[Mapping[str, Callable[[Notice, Mapping[str, Any]], dict[str, Any]]]] = {
    "standard": standard,
    "alertmanager": alertmanager,
    "slack": slack,
}
