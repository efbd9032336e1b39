"""Where each page stands for whoever reads: administrators go by its plain path, an owner below the own link. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from monitor.wording.plain import page_path

OWN: Final = "/own"  # the lists of an owner; each below its own key


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Addresses of pages. `keys` has the key of each list that an owner came for; None for those who may see all."""

    keys: Mapping[str, str] | None = field(default=None)

    @property
    def home(self) -> str:
        """Where all lists of this reader stand; of an owner of one list that list, for a stranger nowhere ("")."""
        if self.keys is None:
            return "/"
        return OWN if len(self.keys) > 1 else "".join(map(self.list, self.keys))

    def list(self, list_id: str) -> str:
        """A list's page."""
        return f"/lists/{quote(list_id, safe='')}" if self.keys is None else self._own(list_id)

    def check(self, list_id: str, key: int | str) -> str:
        """One check of a list."""
        return f"{self.list(list_id)}/checks/{key}"

    def reports(self, list_id: str) -> str:
        """What receivers report of a list."""
        return f"{self.list(list_id)}/reports"

    def replies(self, list_id: str) -> str:
        """What receivers answered to a list's posts."""
        return f"{self.list(list_id)}/replies"

    def incident(self, incident_id: str, list_id: str) -> str:
        """An incident of a list."""
        return f"{self.below(list_id)}/incidents/{quote(incident_id, safe='')}"

    def finding(self, code: str, list_id: str = "") -> str:
        """What a finding's code means, told for its own sake."""
        return f"{self.below(list_id)}{page_path(code)}"

    def explain(self, list_id: str = "") -> str:
        """Where a message is explained."""
        return f"{self.below(list_id)}/explain"

    def below(self, list_id: str = "") -> str:
        """What such an address begins with; an owner's is below any of the own lists where it is about none of them."""
        return "" if self.keys is None else self._own(list_id)

    def _own(self, list_id: str) -> str:
        keys = self.keys or {}
        key = keys.get(list_id) or next(iter(keys.values()), "")
        return f"{OWN}/{quote(key, safe='')}" if key else ""


EVERYWHERE: Final = Paths()
NOWHERE: Final = Paths(keys={})  # for a stranger: no page is linked to
