"""Bounces of a list's posts, as its MTA gets them when a receiver refuses though nothing is wrong in DNS.

They are copied to Staysub as docs/receiver.md tells owners to: from the list's own host, to the address that the
installation gives for them.
"""

import asyncio
import logging
import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from monitor.config.reload import SettingsSource
from monitor.demo.plan import Plan
from monitor.demo.stories import RECEIVER_DOMAIN, Story
from monitor.errors import StaysubError
from monitor.wiring import assemble, receiver_backend

_log = logging.getLogger(__name__)

POSTS: Final = 4  # one a day up to today: to Mailman 3 the next one disables
AGAIN_S: Final = 3.0  # until the next try, while the parts are starting
TRIES: Final = 100
HOST: Final = "gmail-smtp-in.l.google.com"
REPLY: Final = (
    "550-5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to "
    "Gmail, this message has been blocked."
)


async def send_copies(plan: Plan, one: Story, *, now: Callable[[], datetime]) -> None:
    """Copy the bounces of its last posts once. While the house is starting it is tried again."""
    for _ in range(TRIES):
        try:
            await asyncio.to_thread(_send_all, plan, one, now())
        except (OSError, StaysubError, smtplib.SMTPException) as error:
            _log.info("copies_deferred", extra={"list_id": one.id, "why": str(error)})
            await asyncio.sleep(AGAIN_S)
        else:
            return


def _send_all(plan: Plan, one: Story, at: datetime) -> None:
    to = copies_address(plan.configuration, one.id)
    with smtplib.SMTP("127.0.0.1", plan.mtas[one.id], timeout=10) as client:
        for age in reversed(range(POSTS)):
            posted = at - timedelta(days=age, hours=1)
            client.sendmail("", [to], bounce(one, posted, whom=members(one)))


def copies_address(configuration: Path, list_id: str) -> str:
    """Where the list's bounces can be copied to, as `staysub receiver --bounces` prints it. Raises StaysubError."""
    addresses = receiver_backend(assemble(SettingsSource(configuration))).addresses
    return addresses.copies_address(list_id, RECEIVER_DOMAIN)[0]


def members(one: Story) -> tuple[str, ...]:
    """All subscribers at the receiver that refuses."""
    return tuple(f"member{n}@{one.refused_at}" for n in range(1, one.subscribers[one.refused_at] + 1))


def bounce(one: Story, posted: datetime, *, whom: Sequence[str]) -> bytes:
    """A report of failure as Postfix writes it (RFC 3464), with the refused post's header (RFC 3462)."""
    day = f"{posted:%Y%m%d}"
    reports = "\r\n".join(
        f"Final-Recipient: rfc822; {each}\r\nAction: failed\r\nStatus: 5.7.1\r\nRemote-MTA: dns; {HOST}\r\n"
        f"Diagnostic-Code: smtp; {REPLY}\r\n"
        for each in whom
    )
    told = "\r\n\r\n".join(f"<{each}>: host\r\n    {HOST}[2001:db8:ffff::1b] said: {REPLY}" for each in whom)
    lines = f"""\
From: MAILER-DAEMON@{one.helo} (Mail Delivery System)
To: {one.id}-bounces@{one.domain}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(posted)}
Message-ID: <{day}.bounce@{one.helo}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="={day}="

--={day}=
Content-Type: text/plain; charset=us-ascii

This is the mail system at host {one.helo}.

{told}

--={day}=
Content-Type: message/delivery-status

Reporting-MTA: dns; {one.helo}
X-Postfix-Sender: rfc822; {one.id}-bounces@{one.domain}
Arrival-Date: {format_datetime(posted)}

{reports}
--={day}=
Content-Type: text/rfc822-headers

Return-Path: <{one.id}-bounces@{one.domain}>
From: A neighbour <neighbour@{one.domain}>
To: {one.id}@{one.domain}
Subject: [{one.id}] Apples, pears and plums
Date: {format_datetime(posted)}
Message-ID: <{day}.post@{one.domain}>
List-Id: <{one.id}.{one.domain}>

--={day}=--
"""
    return lines.replace("\r\n", "\n").replace("\n", "\r\n").encode("ascii", "replace")
