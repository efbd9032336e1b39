"""What the receiver asks of the house: whose address is this, when was that probe submitted, keep this arrival or bounce."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, Protocol

from monitor.admission.data import Rule, load_rules
from monitor.errors import InvalidToken, StoreUnavailable
from monitor.model.evidence import Arrival
from monitor.probe.token import TokenClaims, TokenKind, issue, list_tag, make_probe_id, rule_tag, verify
from monitor.receiver.probe_notes import NoProbeNotes, ProbeNotes

OWN_SLOT: Final = -1  # of no schedule and no hand
CANARY_SLOT: Final = -2
COPIES_SLOT: Final = -3
STANDING_YEARS: Final = 5  # whole years after this one: a subscription lives long, but nobody's for ever
OWN_LIFE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A forward-path that we accept, and what it was made for."""

    claims: TokenClaims
    list_id: str
    rule: Rule | None = None  # that the answer is to follow, with AS_RULE alone


class Copy(Enum):
    """What became of a message to the address that a list's bounces are copied to."""

    KEPT = "kept"  # what it said is evidence now; nothing where it was no bounce
    FOREIGN = "foreign"  # it did not come from a host of the list's
    UNPROVEN = "unproven"  # DNS did not say whether it did


class Backend(Protocol):
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

    def copied(self, arrival: Arrival, content: bytes) -> Copy:
        """Keep what a bounce tells that was copied to the list's address, if it came from the list's own hosts.

        `arrival` is how it came. A second time has no effect. May block; raises StoreUnavailable.
        """


def _no_copies(arrival: Arrival, content: bytes) -> Copy:
    raise StoreUnavailable(f"No bounces are kept of {arrival.list_id}: {len(content)} octets.", reason="unconfigured")


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class TokenBackend:
    """A desk made of the signing key, the lists that are watched now, and functions over the store.

    `notes` is StoreNotes(store); without it, probes that are answered by a rule and DSNs are put off. Without `keep_copy`,
    copies of bounces are.
    """

    key: bytes
    list_ids: Callable[[], Collection[str]]
    find_submitted_at: Callable[[str], datetime | None]
    keep: Callable[[Arrival], object]
    notes: ProbeNotes = field(default_factory=NoProbeNotes)
    keep_copy: Callable[[Arrival, bytes], Copy] = _no_copies
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
        return self._standing_address(list_id, domain, kind=TokenKind.CANARY, slot=CANARY_SLOT)

    def copies_address(self, list_id: str, domain: str) -> tuple[str, datetime]:
        """The address to copy the list's bounces to, and when it expires; the same one whenever it is asked for in one year."""
        return self._standing_address(list_id, domain, kind=TokenKind.COPIES, slot=COPIES_SLOT)

    def submitted_at(self, probe_id: str) -> datetime | None:
        """As Desk.submitted_at."""
        return self.find_submitted_at(probe_id)

    def record(self, arrival: Arrival) -> None:
        """As Desk.record."""
        self.keep(arrival)

    def copied(self, arrival: Arrival, content: bytes) -> Copy:
        """As Desk.copied."""
        return self.keep_copy(arrival, content)

    def _standing_address(self, list_id: str, domain: str, *, kind: TokenKind, slot: int) -> tuple[str, datetime]:
        expires_at = datetime(self.now().year + STANDING_YEARS + 1, 1, 1, tzinfo=UTC)
        probe_id = make_probe_id(self.key, list_id, slot)
        local = issue(self.key, list_id=list_id, probe_id=probe_id, expires_at=expires_at, kind=kind)
        return f"{local}@{domain}", expires_at

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
