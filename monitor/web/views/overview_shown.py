"""What the overview shows of all lists: each, groups, or those of one group; filtered and turned. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from monitor.model.risk import RiskLevel
from monitor.overview import rows as overview_rows
from monitor.overview.groups import By, Group, Places
from monitor.overview.rows import Page, Row
from monitor.phrase.phrase import say
from monitor.tongue.languages import ENGLISH

EACH: Final = "list"  # the choice of no groups
ROWS_A_PAGE: Final = 50
ROWS_OF_A_GROUP: Final = 5  # of a group among others, when it is unfolded: its worst; all have a page of their own
WAYS: Final[Mapping[str, str]] = {
    EACH: say("Lists"),
    By.CAUSE: say("Causes"),
    By.DOMAIN: say("Domains"),
    By.HOST: say("Hosts"),
    By.MANAGER: say("List managers"),
}
ALL_OF: Final[Mapping[str, str]] = {  # the way back from one group
    EACH: say("All lists"),
    By.CAUSE: say("All causes"),
    By.DOMAIN: say("All domains"),
    By.HOST: say("All hosts"),
    By.MANAGER: say("All list managers"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks for. `by` is a key of WAYS, as asked for or as is usual."""

    by: str
    usual: str  # what is shown where nobody says
    group: str = ""  # the key of the only group to be shown
    words: str = ""
    levels: frozenset[RiskLevel] = frozenset()
    offset: int = 0
    language: str = ENGLISH  # of the reader, who looks for words as they stand on the page

    @property
    def grouped(self) -> By | None:
        """By what lists stand together; None list by list."""
        return None if self.by == EACH else By(self.by)

    def link(self, **changes: Any) -> str:
        """The address of the same view but for these changes, from its first page on."""
        query = {
            "by": self.by,
            "group": self.group,
            "q": self.words,
            "level": sorted(self.levels),
            "offset": 0,
            **changes,
        }
        if query["by"] == self.usual and not query["group"]:
            del query["by"]
        query = {name: value for name, value in query.items() if value}
        return "/" + ("?" + urlencode(query, doseq=True) if query else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page of lists or of groups; which of both, the other one tells by having no rows."""

    group: Group | None  # the one whose lists these are
    counts: Mapping[RiskLevel, int]  # of the lists that have the words, in that group: what each level would show
    lists: Page[Row]
    groups: Page[Group]
    most: int  # lists that are not well in the largest group of all

    @property
    def page(self) -> Page[Row] | Page[Group]:
        """What is turned."""
        return self.groups if self.groups.total else self.lists


def shown(asked: Asked, rows: Sequence[Row], stand: Places | None, whole: Sequence[Group]) -> Shown:
    """What to show of these rows, all that the reader may see. `whole` are their groups, with `stand`."""
    only = next((one for one in whole if one.key == asked.group), None) if asked.group else None
    among = rows if not asked.group else () if only is None else only.rows
    having = overview_rows.find(among, words=asked.words, language=asked.language)
    found = overview_rows.find(having, levels=asked.levels)
    in_groups = stand is not None and not asked.group
    made = () if stand is None or not in_groups else whole if len(found) == len(rows) else stand.group(found)
    return Shown(
        group=only,
        counts=overview_rows.counts(having),
        lists=overview_rows.page(() if in_groups else found, offset=asked.offset, limit=ROWS_A_PAGE),
        groups=overview_rows.page(made, offset=asked.offset, limit=ROWS_A_PAGE),
        most=max((one.unwell for one in whole), default=0),
    )
