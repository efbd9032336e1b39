"""The small world as one thing: name server, MTAs and catchers, and which lists are mended by now."""

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from aiosmtpd.smtp import SMTP
from nacl.signing import SigningKey

from monitor.demo.catch import Catch, Caught, MailCatcher
from monitor.demo.mta import ListMta, Signing
from monitor.demo.nameserver import NameServer, Zones
from monitor.demo.plan import Plan
from monitor.demo.refusals import send_copies
from monitor.demo.stories import SELECTOR, STORIES, Story, falters, published_spf, story, zones


class World:
    """Starts, mends and ends the small world. `on_notice` is called with each notice that was caught."""

    def __init__(self, plan: Plan, *, on_notice: Callable[[Caught], None] = lambda _: None) -> None:
        self.plan = plan
        self.catch = Catch()
        self.on_notice = on_notice
        self.mended: set[str] = set()
        self._serials = count(int(time.time()))
        self._key = SigningKey(base64.b64decode(plan.dkim_seed))
        self._zones = Zones()
        began_s = time.monotonic()
        self._dns = NameServer(
            self._zones, lambda name: falters(name, self.mended), clock=lambda: time.monotonic() - began_s
        )
        self._mtas = {one.id: self._mta(one) for one in STORIES}
        self._mail: asyncio.Server | None = None
        self._copies: list[asyncio.Task[None]] = []
        self._publish()

    async def start(self) -> None:
        """Open all servers."""
        await self._dns.start(self.plan.dns)
        for list_id, mta in self._mtas.items():
            await mta.start(self.plan.mtas[list_id])
        catcher = MailCatcher(self.catch, now=now, on_notice=self.on_notice)
        loop = asyncio.get_running_loop()
        self._mail = await loop.create_server(
            lambda: SMTP(catcher, hostname="relay.demo.example", loop=loop), "127.0.0.1", self.plan.mail
        )
        self._copies = [loop.create_task(send_copies(self.plan, one, now=now)) for one in STORIES if one.refused_at]

    def stop(self) -> None:
        """Close all servers."""
        self._dns.stop()
        for copies in self._copies:
            copies.cancel()
        for mta in self._mtas.values():
            mta.stop()
        if self._mail is not None:
            self._mail.close()

    def mend(self, list_id: str) -> Story | None:
        """Publish what mends that list; None where there is no such list or nothing to mend."""
        one = story(list_id)
        if one is None or not one.mend:
            return None
        self.mended.add(list_id)
        self._publish()
        return one

    def undo(self, list_id: str) -> Story | None:
        """Take it back."""
        one = story(list_id)
        self.mended.discard(list_id)
        self._publish()
        return one

    def spf(self, one: Story) -> str:
        """The list's SPF record as published now, for people."""
        return published_spf(one, self.mended) or "(none)"

    def _publish(self) -> None:
        public = base64.b64encode(self._key.verify_key.encode()).decode()
        self._zones.load(zones(self.mended, serial=next(self._serials), dkim_key=public))

    def _mta(self, one: Story) -> ListMta:
        signing = Signing(domain=one.domain, selector=SELECTOR, seed=self.plan.dkim_seed.encode())
        return ListMta(
            helo=one.helo,
            address=one.ipv6,
            receiver_port=self.plan.receiver,
            signing=signing if one.signs else None,
        )


def now() -> datetime:
    """The clock: aware, UTC."""
    return datetime.now(UTC)
