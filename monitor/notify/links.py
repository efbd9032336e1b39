"""Links in mails that open one notice's incident without a log-in: signed, and good for a time. Pure.

A link names a notice and until when it holds, and is signed over both (HMAC, RFC 2104): whoever has it has the mail.
What it opens is a page; nothing changes before a form on it is sent, because mail gateways fetch every link that they
see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model.incidents import Notice
from monitor.signing import as_text, matches, sign

HOLD_FOR: Final = timedelta(days=30)  # after the notice was made; the notice itself is kept for 90 days
PREFIX: Final = "/n/"
_MAC_CHARS: Final = 32  # 160 bits in base32 (RFC 4648 section 6)

Links = Callable[[Notice], "Link | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where one notice leads."""

    page: str  # look, acknowledge, silence

    def own(self, list_id: str) -> str:
        """One list that the notice names, for as long as the link holds and its reader is an owner of the list."""
        base, _, token = self.page.rpartition(PREFIX)
        return f"{base}/own/{token}.{list_id}"

    @property
    def pause(self) -> str:
        """Where this list's notices to this reader are paused: by a mail program's one click (RFC 8058) or a form."""
        return f"{self.page}/pause"


def page(base: str | None, *path: str) -> str | None:
    """The address of one of our pages; None where the configuration does not say how readers reach them."""
    return None if base is None else "/".join((base.rstrip("/"), *path))


def nowhere(notice: Notice) -> Link | None:
    """No link: where the configuration does not say how the pages are reached."""
    del notice
    return None


def link_to(notice: Notice, *, base: str, key: bytes) -> Link:
    """The link of a notice below the pages' own address; the same for every try."""
    return Link(page=f"{base.rstrip('/')}{PREFIX}{token_of(notice.id, notice.created_at + HOLD_FOR, key=key)}")


def token_of(notice_id: str, holds_until: datetime, *, key: bytes) -> str:
    """`notice.expiry.signature`."""
    expiry = str(int(holds_until.timestamp()))
    return f"{notice_id}.{expiry}.{_mac(key, notice_id, expiry)}"


def parted(key: str) -> tuple[str, str]:
    """A key of `own` as its token and the list that it asks for; "" where it names none."""
    *token, list_id = key.split(".", 3) if key.count(".") > 2 else (key, "")
    return ".".join(token), list_id


def notice_of(token: str, *, keys: Iterable[bytes], now: datetime) -> str | None:
    """The id of the notice that a token opens; None where it holds no longer, or was made with none of our keys."""
    notice_id, _, rest = token.partition(".")
    expiry, _, mac = rest.partition(".")
    if not any(matches(_mac(key, notice_id, expiry), mac) for key in keys):
        return None
    return notice_id if now < datetime.fromtimestamp(int(expiry), UTC) else None


def _mac(key: bytes, notice_id: str, expiry: str) -> str:
    return as_text(sign(key, "notice", notice_id, expiry), chars=_MAC_CHARS)
