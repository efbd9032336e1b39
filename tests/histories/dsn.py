"""Delivery status notifications as Postfix writes them (RFC 3464), about one post and any number of its recipients."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Final

HOSTS: Final = {
    "gmail.com": ("gmail-smtp-in.l.google.com", "2a00:1450:4001:c02::1a", "142.250.110.27"),
    "microsoft.com": ("microsoft-com.mail.protection.outlook.com", "2a01:111:f403:f90d::1", "52.101.9.16"),
    "gmx.de": ("mx00.gmx.net", "2001:db8:9::25", "212.227.15.10"),
}


def dsn(
    recipients: Sequence[str],
    *,
    reply: str,
    family: int | None,
    post_id: str,
    posted: datetime,
    bounced: datetime,
    ident: str,
) -> bytes:
    """The octets. The host is named with its address in the words, as Postfix does; without one of no family."""
    domain = recipients[0].rpartition("@")[2]
    name, six, four = HOSTS.get(domain, (f"mx.{domain}", "2001:db8:9::26", "203.0.113.26"))
    where = {6: f"{name}[{six}]", 4: f"{name}[{four}]", None: name}[family]
    words = "\n\n".join(
        f"<{each}>: host {where} said: {reply} (in reply to\n    RCPT TO command)" for each in recipients
    )
    blocks = "\n".join(
        f"Final-Recipient: rfc822; {each}\nOriginal-Recipient: rfc822;{each}\nAction: failed\n"
        f"Status: {_status(reply)}\nRemote-MTA: dns; {name}\nDiagnostic-Code: smtp; {reply}\n"
        for each in recipients
    )
    return f"""Date: {format_datetime(bounced)}
From: MAILER-DAEMON@mail.lists.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ops-bounces@lists.example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="0A1B2C3D4E.1793613600/mail.lists.example.org"
Message-Id: <bounce-{ident}@mail.lists.example.org>

This is a MIME-encapsulated message.

--0A1B2C3D4E.1793613600/mail.lists.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.lists.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

{words}

--0A1B2C3D4E.1793613600/mail.lists.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.lists.example.org
X-Postfix-Queue-ID: 0A1B2C3D4E
X-Postfix-Sender: rfc822; ops-bounces@lists.example.org
Arrival-Date: {format_datetime(posted)}

{blocks}
--0A1B2C3D4E.1793613600/mail.lists.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <ops-bounces@lists.example.org>
Date: {format_datetime(posted)}
From: Ann <ann@example.net>
To: ops@lists.example.org
Message-ID: {post_id}
Subject: [ops] a post

--0A1B2C3D4E.1793613600/mail.lists.example.org--
""".encode()


def _status(reply: str) -> str:
    return reply.replace("-", " ").split()[1]
