"""Who asks, judged before anything is counted: so nobody who may come in is kept out for what strangers do.

Whatever address a wrong token comes from, that of a reverse proxy for instance, a right one from there opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.errors import StoreUnavailable
from monitor.web.access import policy
from monitor.web.access.bearer_tokens import Bearer, bearer_of
from monitor.web.access.client import Client, client_asking
from monitor.web.access.owner_keys import OwnerKeys
from monitor.web.page_services import PageServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One request's sender, and what was found of what it showed."""

    client: Client
    verdict: policy.Verdict
    holder: str = ""  # what it has shown to be let in, "" for a stranger: requests are counted by it
    bearer: Bearer = Bearer.UNKNOWN  # of the store; not looked up where it is not needed
    owned: Mapping[str, str] = field(default_factory=dict)  # lists that it owns, each with the key that opens it
    guessed: bool = False  # it showed a token that is none

    @property
    def changes(self) -> bool:
        """Whether it may change lists and incidents: then only may it have the keys of pages that answer forms."""
        return self.verdict is policy.Verdict.ALLOWED or self.bearer is Bearer.ALLOWED

    @property
    def counted_as(self) -> str:
        """Whose allowance its requests take from. Strangers share that of their network."""
        return f"{self.holder}@{self.client.site}" if self.holder else self.client.site


def caller_of(scope: Scope) -> Caller:
    """Who sends this request, as recognised."""
    return cast("Caller", scope["state"]["caller"])


class Recognition:
    """Notes in the request's state who asks (`caller`, `user`); answers nothing itself."""

    def __init__(self, app: ASGIApp, services: PageServices, keys: OwnerKeys) -> None:
        self._app = app
        self._services = services
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] == "http":
            caller = await self._recognised(scope)
            scope.setdefault("state", {}).update(caller=caller, user=caller.client.user)
        await self._app(scope, receive, send)

    async def _recognised(self, scope: Scope) -> Caller:
        headers, web, now = Headers(scope=scope), self._services.settings().web, self._services.now()
        client, offered, cookies = (
            client_asking(web, scope),
            headers.get("authorization", ""),
            headers.get("cookie", ""),
        )
        holder = policy.shown(web, authorization=offered, cookie=_cookie(cookies, policy.COOKIE), now=now)
        verdict = policy.decide(
            web, path=str(scope["path"]), host=headers.get("host", ""), shown=bool(holder), user=client.user
        )
        holder = holder or (f"user {client.user}" if client.user else "")
        if verdict in {policy.Verdict.ALLOWED, policy.Verdict.WRONG_HOST}:
            return Caller(client=client, verdict=verdict, holder=holder)
        bearer = await self._bearer(scope, offered)
        owned: Mapping[str, str] = {}
        if bearer is Bearer.UNKNOWN:
            owned = await self._owned(_cookie(cookies, policy.OWNER_COOKIE))
        known = bearer in {Bearer.ALLOWED, Bearer.READS, Bearer.ONLY_READS}
        return Caller(
            client=client,
            verdict=verdict,
            holder=offered if known else " ".join(sorted(owned)),
            bearer=bearer,
            owned=owned,
            guessed=bearer is Bearer.UNKNOWN and offered.lower().startswith("bearer "),
        )

    async def _bearer(self, scope: Scope, offered: str) -> Bearer:
        """What a token of the store opens."""
        if not offered:
            return Bearer.UNKNOWN
        method, path = str(scope["method"]), str(scope["path"])
        return await run_in_threadpool(
            bearer_of, self._services.store, offered, method=method, path=path, now=self._services.now()
        )

    async def _owned(self, offered: str) -> Mapping[str, str]:
        """The lists that the owner's cookie opens; none without one, or while the signing key cannot be read."""
        if not offered:
            return {}
        try:
            return await run_in_threadpool(self._keys.lists_of, policy.keys_in(offered))
        except StoreUnavailable:
            return {}


def _cookie(header: str, name: str) -> str:
    """The value of that cookie in a Cookie header, or "" where it is not there or not readable."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value
