"""How much mail lists send a day, by who stands in From: what receivers count where they ask more of bulk."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What one list sends a day."""

    # By the author domain's organisation, and by receiver id: messages a day. An organisation without receivers is one
    # in whose name the list sends, nobody knows how much.
    a_day: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    counted: bool = False  # whether posts and subscribers are known; else nothing is known of this list's mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendings:
    """What every list of an installation sends, and the sums."""

    by_list: Mapping[str, Sending] = field(default_factory=dict)
    sums: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (organisation, receiver) → messages a day

    # Organisation → the lists that send in its name, nobody knows how much.
    uncounted: Mapping[str, AbstractSet[str]] = field(default_factory=dict)

    def counted_beside(self, list_id: str, organisation: str) -> bool:
        """Whether it is known what every other list sends in that name."""
        return self.uncounted.get(organisation, frozenset()) <= {list_id}

    def of_others(self, list_id: str, organisation: str, receiver: str) -> int:
        """Messages a day that all lists but this one send, as far as they are counted."""
        own = self.by_list.get(list_id, Sending()).a_day.get(organisation, {}).get(receiver, 0)
        return self.sums.get((organisation, receiver), 0) - own

    def with_one(self, list_id: str, sending: Sending) -> "Sendings":
        """The same once that list sends so: only its share of the sums is worked out anew."""
        sums, uncounted = dict(self.sums), dict(self.uncounted)
        for one, sign in ((self.by_list.get(list_id, Sending()), -1), (sending, 1)):
            for organisation, receivers in one.a_day.items():
                if not one.counted:
                    lists = uncounted.get(organisation, frozenset())
                    uncounted[organisation] = lists | {list_id} if sign > 0 else lists - {list_id}
                for receiver, messages in receivers.items():
                    sums[organisation, receiver] = sums.get((organisation, receiver), 0) + sign * messages
        return Sendings(by_list={**self.by_list, list_id: sending}, sums=sums, uncounted=uncounted)


def summed(by_list: Mapping[str, Sending]) -> Sendings:
    """With the sums, worked out once for all lists."""
    sums: dict[tuple[str, str], int] = {}
    uncounted: dict[str, set[str]] = {}
    for list_id, one in by_list.items():
        for organisation, receivers in one.a_day.items():
            if not one.counted:
                uncounted.setdefault(organisation, set()).add(list_id)
            for receiver, messages in receivers.items():
                sums[organisation, receiver] = sums.get((organisation, receiver), 0) + messages
    return Sendings(by_list=by_list, sums=sums, uncounted=uncounted)
