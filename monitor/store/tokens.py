"""Tokens for programs, each with a scope: only their digests are kept."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Final

from monitor.errors import UsageError
from monitor.signing import matches
from monitor.store import keys
from monitor.store.client import Part, translated
from monitor.store.codec import decode, encode
from monitor.store.unreadable import each_readable, readable

# `staysub_` lets scanners of published code recognise a token; the id finds it, the secret proves it.
FORM: Final = re.compile(r"staysub_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SECRET_BYTES: Final = 32  # 256 bits at random: nothing to guess, so a plain digest keeps it as well as a slow one
NAME_MOST: Final = 100  # characters


class Scope(StrEnum):
    """What a token's bearer may do."""

    READ = "read"
    WRITE = "write"  # and read


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token."""

    id: str
    name: str  # who uses it, as people wrote it
    scope: Scope
    digest: str  # SHA-256 of the secret, hexadecimal
    created_at: datetime
    expires_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at


class Tokens(Part):
    """One field a token; few and small."""

    def create(
        self, name: str, scope: Scope, *, now: datetime, expires_at: datetime | None = None
    ) -> tuple[Token, str]:
        """A new token, and the text that its bearer shows, which is told this once.

        Raises UsageError where it cannot be.
        """
        name = " ".join(name.split())
        if not name or len(name) > NAME_MOST:
            raise UsageError(f"A token needs a name of 1 to {NAME_MOST} characters that says who uses it.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        made = Token(
            id=secrets.token_hex(6),
            name=name,
            scope=scope,
            digest=_digest(secret),
            created_at=now,
            expires_at=expires_at,
        )
        with translated("kept a token"):
            if self._redis.hlen(keys.TOKENS) >= keys.TOKENS_MOST:
                raise UsageError(f"There are {keys.TOKENS_MOST} tokens; revoke those that nobody uses.")
            self._redis.hset(keys.TOKENS, made.id, encode(made))
        return made, f"staysub_{made.id}_{secret}"

    def find(self, offered: str, now: datetime) -> Token | None:
        """The token of that text; None where there is none or it has expired."""
        form = FORM.fullmatch(offered)
        if form is None:
            return None
        with translated("looked up a token"):
            document = self._redis.hget(keys.TOKENS, form[1])
        found = None if document is None else readable(keys.TOKENS, lambda: decode(Token, document))
        return found if found and matches(found.digest, _digest(form[2])) and found.holds(now) else None

    def all(self) -> tuple[Token, ...]:
        """Every token, oldest first; some may have expired."""
        with translated("read the tokens"):
            documents = self._redis.hvals(keys.TOKENS)
        found = each_readable(keys.TOKENS, partial(decode, Token), documents)
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id)))

    def revoke(self, token_id: str) -> bool:
        """Let that token open nothing any more; False where there is none of that id."""
        with translated("revoked a token"):
            return bool(self._redis.hdel(keys.TOKENS, token_id))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
