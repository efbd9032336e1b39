"""`staysub status --by …`: lists that belong together, a line each, with what to publish for all of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.cli.opening import receiver_rules
from monitor.cli.output import LEVEL_COLOURS, console, table
from monitor.inert import inert
from monitor.model.lists import Lists
from monitor.model.risk import Assessment
from monitor.overview.document import document_of
from monitor.overview.groups import By, Group, places
from monitor.overview.rows import rows_of
from monitor.overview.summary import NOT_ASSESSED, UNREADABLE, summary_of
from monitor.overview.titles import cause_lines, title_of
from monitor.wording.vocabulary import level_word

# Of lists of which nothing is kept: what `monitor.operations.standing` says of them, as the pages have it.
_WITHOUT: Final = {each.reason: each for each in (NOT_ASSESSED, UNREADABLE)}


def groups_of(lists: Lists, stand: Sequence[Assessment], unread: Mapping[str, str], *, by: By) -> tuple[Group, ...]:
    """All lists in their groups, as on the pages."""
    rows = rows_of(lists, {each.list_id: _WITHOUT.get(each.reason) or summary_of(each) for each in stand}, unread)
    return places(rows, by).group(rows)


def group_documents(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The groups as the API says them, each with the ids of its lists, the most urgent first."""
    name = receiver_rules().receiver_name
    return [document_of(one, receiver_name=name) | {"ids": [row.id for row in one.rows]} for one in groups]


def show_groups(groups: Sequence[Group], until: Callable[[datetime | None], str]) -> None:
    """A table for people; `until` says a day by which to act."""
    from rich.text import Text

    name = receiver_rules().receiver_name
    shown = table("lists", "level", "at risk", "act by", groups[0].by if groups else "what")
    for one in groups:
        said = Text(inert(title_of(one, receiver_name=name)))
        if one.cause is None:
            said.append("".join(f"\n{number} × {inert(line)}" for line, number in cause_lines(one, receiver_name=name)))
        if one.fix is not None:
            said.append(f"\n→ {inert(one.fix.sentence)}", "dim")
        shown.add_row(str(one.size), _levels(one), _at_risk(one), until(one.act_by), said)
    console().print(shown)


def _levels(one: Group) -> Any:
    """`13 critical, 205 at risk`; the word alone where all have it."""
    from rich.text import Text

    parts = [
        Text(f"{count} {level_word(level)}" if count < one.size else level_word(level), LEVEL_COLOURS[level])
        for level, count in one.counts.items()
        if count
    ]
    return Text("\n").join(parts)


def _at_risk(one: Group) -> str:
    """Subscribers; `+ ?` where nobody counted those of some list in danger."""
    if not one.in_danger:
        return ""
    return f"{one.subscribers} + ?" if one.subscribers and one.uncounted else str(one.subscribers or "?")
