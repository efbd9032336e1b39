"""What the receiver asks of the house: whose address is this, when was that probe submitted, keep this arrival."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from monitor.admission.data import Rule, load_rules
from monitor.errors import InvalidToken
from monitor.model import Arrival
from monitor.probe.token import TokenClaims, TokenKind, issue, list_tag, make_probe_id, rule_tag, verify
from monitor.receiver.notes import NoNotes, ProbeNotes

OWN_SLOT: Final = -1  # of no schedule and no hand
CANARY_SLOT: Final = -2
CANARY_YEARS: Final = 5  # whole years after this one: a subscription lives long, but nobody's for ever
OWN_LIFE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A forward-path that we accept, and what it was made for."""

    claims: TokenClaims
    list_id: str
    rule: Rule | None = None  # that the answer is to follow, with AS_RULE alone


class Desk(Protocol):
    """The receiver's way to tokens, probes and the store. Called from many threads at once, `now` and `read` also from the loop."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def read(self, local_part: str) -> Address:
        """What the local part was issued for. Raises InvalidToken. Must neither block nor ask the store."""

    def submitted_at(self, probe_id: str) -> datetime | None:
        """When the probe was submitted; None where that is not known. May block; raises StoreUnavailable."""

    @property
    def notes(self) -> ProbeNotes:
        """Where refusals and DSNs are noted."""

    def record(self, arrival: Arrival) -> None:
        """Keep the arrival durably before returning; a second time has no effect. May block; raises StoreUnavailable."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class TokenDesk:
    """A desk made of the signing key, the lists that are watched now, and functions over the store.

    `notes` is StoreNotes(store); without it, probes that are answered by a rule and DSNs are put off.
    """

    key: bytes
    list_ids: Callable[[], Collection[str]]
    find_submitted_at: Callable[[str], datetime | None]
    keep: Callable[[Arrival], object]
    notes: ProbeNotes = field(default_factory=NoNotes)
    clock: Callable[[], datetime] = utc_now
    _tags: dict[bytes, str] = field(default_factory=dict)
    _tagged: frozenset[str] = frozenset()
    _rules: dict[bytes, Rule] = field(default_factory=dict)

    def now(self) -> datetime:
        """As Desk.now."""
        return self.clock()

    def read(self, local_part: str) -> Address:
        """As Desk.read. A token for a list that is not watched (any more) is `forged`: it names nobody here."""
        claims = verify(self.key, local_part, now=self.now())
        current = frozenset(self.list_ids())
        if current != self._tagged:
            self._tags = {list_tag(self.key, list_id): list_id for list_id in current}
            self._tagged = current
        list_id = self._tags.get(claims.list_tag)
        if list_id is None:
            raise InvalidToken("forged")
        return Address(claims=claims, list_id=list_id, rule=self._rule(claims))

    def own_address(self, domain: str) -> str | None:
        """A forward-path for the receiver to be tried with, up to RCPT; None where no list is watched."""
        list_id = min(self.list_ids(), default=None)
        if list_id is None:
            return None
        probe_id = make_probe_id(self.key, list_id, OWN_SLOT)
        return f"{issue(self.key, list_id=list_id, probe_id=probe_id, expires_at=self.now() + OWN_LIFE)}@{domain}"

    def canary_address(self, list_id: str, domain: str) -> tuple[str, datetime]:
        """The address to subscribe to the list, and when it expires; the same one whenever it is asked for in one year."""
        expires_at = datetime(self.now().year + CANARY_YEARS + 1, 1, 1, tzinfo=UTC)
        probe_id = make_probe_id(self.key, list_id, CANARY_SLOT)
        local = issue(self.key, list_id=list_id, probe_id=probe_id, expires_at=expires_at, kind=TokenKind.CANARY)
        return f"{local}@{domain}", expires_at

    def submitted_at(self, probe_id: str) -> datetime | None:
        """As Desk.submitted_at."""
        return self.find_submitted_at(probe_id)

    def record(self, arrival: Arrival) -> None:
        """As Desk.record."""
        self.keep(arrival)

    def _rule(self, claims: TokenClaims) -> Rule | None:
        """The rule that a token names. Raises InvalidToken where it names one that we do not have (any more)."""
        if not claims.rule_tag:
            return None
        if not self._rules:
            self._rules = {rule_tag(self.key, rule.id): rule for rule in load_rules().rules}
        rule = self._rules.get(claims.rule_tag)
        if rule is None:
            raise InvalidToken("forged")
        return rule
