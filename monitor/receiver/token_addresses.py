"""Addresses at the receiver: what a local part was issued for, and those to be subscribed or copied to."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.admission.data import Rule, RuleSet
from monitor.errors import InvalidToken
from monitor.probe.token import TokenClaims, TokenKind, issue, list_tag, make_probe_id, rule_tag, verify

OWN_SLOT: Final = -1  # of no schedule and no hand
CANARY_SLOT: Final = -2
COPIES_SLOT: Final = -3
REPORTS_SLOT: Final = -4
STANDING_YEARS: Final = 5  # whole years after this one: a subscription lives long, but nobody's for ever
REPORTS_LEFT_LEAST: Final = timedelta(days=365)  # of an address in DNS: less, and it is time for a new one
OWN_LIFE: Final = timedelta(minutes=1)
NOTICE_LIFE: Final = timedelta(days=14)  # RFC 5321 section 4.5.4.1: mail is given up after four or five days
NOTICE_ID_PREFIX: Final = "msg_"  # begins every notice's id, base32 behind it
NOTICE_MARK_CHARS: Final = 16  # of it: as many bits as the id of a probe has


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A forward-path that we accept, and what it was made for."""

    claims: TokenClaims
    list_id: str
    rule: Rule | None = None  # that the answer is to follow, with AS_RULE alone


def notice_mark(notice_id: str) -> str:
    """What an address says of a notice: the beginning of its id, behind what all begin with."""
    return notice_id.removeprefix(NOTICE_ID_PREFIX)[:NOTICE_MARK_CHARS]


@dataclass(slots=True, kw_only=True)
class TokenAddresses:
    """The addresses under the installation's keys, for the lists that are watched now. Asks no store, never blocks."""

    keys: Callable[[], Sequence[bytes]]  # the present one first, then former ones, whose addresses still hold
    list_ids: Callable[[], Collection[str]]
    rules: RuleSet
    clock: Callable[[], datetime]  # aware, UTC
    _tagged: tuple[Sequence[bytes], frozenset[str]] = ((), frozenset())
    _tags: dict[bytes, dict[bytes, str]] = field(default_factory=dict)  # of each key: tag → list
    _rules: dict[bytes, Rule] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        """The present one, which addresses are made with."""
        return self.keys()[0]

    def read(self, local_part: str) -> Address:
        """What the local part was issued for. Raises InvalidToken.

        A token for a list that is not watched (any more) is `forged`: it names nobody here.
        """
        for key in self.keys():
            try:
                claims = verify(key, local_part, now=self.clock())
            except InvalidToken as refused:
                if refused.reason != "forged":
                    raise
                continue
            list_id = self._tags_under(key).get(claims.list_tag)
            if list_id is not None:
                return Address(claims=claims, list_id=list_id, rule=self._rule(key, claims))
        raise InvalidToken("forged")

    def own_address(self, domain: str) -> str | None:
        """A forward-path for the receiver to be tried with, up to RCPT; None where no list is watched."""
        list_id = min(self.list_ids(), default=None)
        if list_id is None:
            return None
        key = self.key
        probe_id = make_probe_id(key, list_id, OWN_SLOT)
        return f"{issue(key, list_id=list_id, probe_id=probe_id, expires_at=self.clock() + OWN_LIFE)}@{domain}"

    def canary_address(self, list_id: str, domain: str) -> tuple[str, datetime]:
        """The address to subscribe to the list, and when it expires; the same one all year."""
        return self._standing_address(list_id, domain, kind=TokenKind.CANARY, slot=CANARY_SLOT)

    def copies_address(self, list_id: str, domain: str) -> tuple[str, datetime]:
        """The address to copy the list's bounces to, and when it expires; the same one all year."""
        return self._standing_address(list_id, domain, kind=TokenKind.COPIES, slot=COPIES_SLOT)

    def reports_address(self, list_id: str, domain: str) -> tuple[str, datetime]:
        """The address that receivers' reports go to, and when it expires; the same one all year."""
        return self._standing_address(list_id, domain, kind=TokenKind.REPORTS, slot=REPORTS_SLOT)

    def takes_reports(self, address: str, domain: str) -> bool:
        """Whether it is one for receivers' reports, of any list, that is good for another year."""
        local, _, at = address.rpartition("@")
        if at.lower() != domain.lower():
            return False
        try:
            claims = self.read(local).claims
        except InvalidToken:
            return False
        return claims.kind is TokenKind.REPORTS and claims.expires_at - self.clock() > REPORTS_LEFT_LEAST

    def notice_address(self, list_id: str, notice_id: str, domain: str) -> str | None:
        """The reverse-path of a notice, good for longer than any queue keeps mail; None where no list is watched.

        `list_id` is its list; of a notice about the installation any list stands for it.
        """
        known = self.list_ids()
        there = list_id if list_id in known else min(known, default=None)
        if there is None:
            return None
        named = notice_mark(notice_id)
        expires_at = self.clock() + NOTICE_LIFE
        local = issue(self.key, list_id=there, probe_id=named, expires_at=expires_at, kind=TokenKind.NOTICE)
        return f"{local}@{domain}"

    def _standing_address(self, list_id: str, domain: str, *, kind: TokenKind, slot: int) -> tuple[str, datetime]:
        expires_at = datetime(self.clock().year + STANDING_YEARS + 1, 1, 1, tzinfo=UTC)
        key = self.key
        probe_id = make_probe_id(key, list_id, slot)
        local = issue(key, list_id=list_id, probe_id=probe_id, expires_at=expires_at, kind=kind)
        return f"{local}@{domain}", expires_at

    def _tags_under(self, key: bytes) -> dict[bytes, str]:
        """The watched lists by their tags under that key."""
        keys, current = self.keys(), frozenset(self.list_ids())
        if (keys, current) != self._tagged:
            self._tags = {one: {list_tag(one, list_id): list_id for list_id in current} for one in keys}
            self._tagged = (keys, current)
        return self._tags.get(key, {})

    def _rule(self, key: bytes, claims: TokenClaims) -> Rule | None:
        """The rule that a token names. Raises InvalidToken where it names one that we do not have (any more)."""
        if not claims.rule_tag:
            return None
        rule = self._rules.get(key + claims.rule_tag)
        if rule is None:
            self._rules |= {key + rule_tag(key, each.id): each for each in self.rules.rules}
            rule = self._rules.get(key + claims.rule_tag)
        if rule is None:
            raise InvalidToken("forged")
        return rule
