"""The probe message itself: well-formed (RFC 5322), marked as automatic, and explained to whoever finds it.

It travels as a post of the list would: From is the list's address, the reverse-path is the list's (envelope, not here),
and the list's MTA signs it if it signs posts. Nothing in it asks for an answer.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from monitor.dns.name import a_label_address, a_label_if_any

BODY: Final = """\
This is an automatic test message. No person wrote it and nothing needs to be done.

The mailing list {list_address} is watched by Staysub, a monitor that
notices when a list's mail would be refused, before subscribers are lost.
To see how the list's mail really travels, one such message is now and then
sent through the list's own mail server to an address that belongs to the
monitor and to nobody else:

    {forward_path}

If you read this in another mailbox, mail is going astray. Please tell
{contact}
and quote this line:

    probe {probe_id} of {date}
"""

_POLICY: Final = SMTP.clone(max_line_length=78)  # RFC 5322 section 2.1.1: lines should have no more than 78 characters
_POLICY_UTF8: Final = _POLICY.clone(utf8=True)  # RFC 6532, where an address needs it


def compose(
    *,
    list_address: str,
    forward_path: str,
    probe_id: str,
    message_id: str,
    contact: str,
    at: datetime,
) -> bytes:
    """The message with CRLF line ends, ready for DATA (before transparency, RFC 5321 section 4.5.2).

    `message_id` is with its angle brackets; `contact` is an address that a stray reader can write to. Domains are
    turned into A-labels (RFC 5890); a local part beyond ASCII stays, and then needs SMTPUTF8 (RFC 6531) on the way.
    """
    sender, recipient, owner = a_label_address(list_address), a_label_address(forward_path), a_label_address(contact)
    message = EmailMessage(policy=_POLICY if (sender + recipient + owner).isascii() else _POLICY_UTF8)
    message["Date"] = format_datetime(at.astimezone(UTC))  # RFC 5322 section 3.6.1
    message["From"] = _mailbox(sender, "Staysub probe")
    message["To"] = _mailbox(recipient)
    message["Reply-To"] = _mailbox(owner)
    message["Subject"] = f"Staysub delivery probe {probe_id} (automatic, please ignore)"
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: no vacation notice may answer it
    message["Precedence"] = "list"  # the older word for the same, RFC 3834 section 3.1.8; some responders know no other
    message["List-Id"] = f"Staysub probe <{list_label(sender)}>"  # RFC 2919 section 3
    message["List-Owner"] = f"<mailto:{owner}>"  # RFC 2369 section 3.5: whom to ask
    message["X-Staysub-Probe"] = probe_id
    message.set_content(
        BODY.format(
            list_address=sender, forward_path=recipient, contact=owner, probe_id=probe_id, date=message["Date"]
        ),
        cte="7bit" if (sender + recipient + owner).isascii() else "8bit",
    )
    return message.as_bytes()


def make_message_id(probe_id: str, domain: str) -> str:
    """The Message-ID of a probe, `<probe…@domain>` (RFC 5322 section 3.6.4): the same for each of its retries."""
    return f"<probe.{probe_id}@{a_label_if_any(domain)}>"


def list_label(list_address: str) -> str:
    """The List-Id's identifier for an address: `name.lists.example.org` (RFC 2919 section 2), with A-labels.

    Octets of the local part that are no dot-atom-text become `-`.
    """
    local, _, domain = list_address.rpartition("@")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in local).strip("-") or "list"
    return f"{safe}.{a_label_if_any(domain)}"


def _mailbox(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)
