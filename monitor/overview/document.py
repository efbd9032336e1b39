"""A group of lists as every JSON document says it. Pure."""

from collections.abc import Callable
from typing import Any

from monitor.overview.groups import Group
from monitor.overview.titles import cause_lines, title_of


def document_of(group: Group, *, receiver_name: Callable[[str | None], str | None]) -> dict[str, Any]:
    """The group without its lists."""
    code, about = (None, None) if group.cause is None else group.cause
    return {
        "key": group.key,
        "title": title_of(group, receiver_name=receiver_name),
        "level": group.level,
        "lists": group.size,
        "counts": dict(group.counts),
        "also": group.also,
        "subscribers_at_risk": group.subscribers,
        "not_counted": group.uncounted,
        "act_by": group.act_by,
        "code": code,
        "about": about,
        "host": group.host or None,
        "causes": [
            {"code": code, "about": about, "title": line, "lists": number}
            for (code, about), (line, number) in zip(
                group.causes, cause_lines(group, receiver_name=receiver_name), strict=True
            )
        ],
        "fix": group.fix,
    }
