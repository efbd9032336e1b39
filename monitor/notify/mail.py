"""The mail about an incident: composed as text and HTML, and handed to the notices' own relay.

It leaves by its own relay and reverse-path, never by the list's: it must not die of the fault that it reports.
Everything in it that came from outside is shown inert: control characters visible, markup escaped, header fields on one
line.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from time import monotonic
from typing import Final

from monitor.errors import Refused, RelayUnavailable, UsageError
from monitor.inert import inert
from monitor.model.incidents import DELIVERED, DeliveryAttempt, Notice
from monitor.notify.links import Links, nowhere
from monitor.notify.mail_templates import render
from monitor.notify.mail_view import template_of, view_of
from monitor.notify.relays import Relay
from monitor.notify.retry import is_final
from monitor.notify.subject import one_line
from monitor.phrase.phrase import joined, say
from monitor.smtp.submission import REPLY_4YZ, SLOW, submit
from monitor.tongue.languages import ENGLISH
from monitor.tongue.voice import Voice
from monitor.wording.days import Days

TIMEOUT: Final = timedelta(
    seconds=30
)  # of one relay, from look-up to the reply to the message; a notice is tried again
DETAIL_MOST: Final = 600  # characters of what came of a try
RELAYS_TIMEOUT: Final = timedelta(seconds=60)  # of all relays together: a task has 90 seconds in all

_POLICY: Final = policy.SMTP.clone(cte_type="7bit")  # no relay needs to know 8BITMIME or SMTPUTF8


def compose(
    notice: Notice,
    *,
    sender: str,
    now: datetime,
    members: Sequence[Notice] = (),
    links: Links = nowhere,
    zone: tzinfo = UTC,
    language: str = ENGLISH,
    base: str | None = None,
) -> EmailMessage:
    """The message for this notice. The same notice gives the same Message-ID, so that a second copy is known as one.

    `members` are the notices that a digest tells; `links` gives what opens an incident without a log-in; `zone` is
    where its reader is, `language` what she or he reads; `base` is where our pages are.
    """
    link, name, voice = links(notice), template_of(notice), Voice(language, zone, now)
    view = view_of(notice, members, links, voice=voice, days=Days(zone, now), base=base)
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Staysub", addr_spec=sender)
    message["To"] = Address(addr_spec=notice.target)
    message["Subject"] = one_line(voice(view["subject"]))
    message["Date"] = format_datetime(now.astimezone(zone))
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    if notice.incident_id:
        # RFC 5322 section 3.6.4. All mails of one incident name the incident itself, which no mail is: so that they are
        # one thread whichever of them a reader got first.
        message["In-Reply-To"] = message["References"] = f"<{_token(notice.incident_id)}@{domain}>"
    about = "host" if notice.subject.is_installation else _token(notice.list_id) if name == "list" else name
    message["List-Id"] = f"<{about}.notices.{domain}>"  # RFC 2919
    if link is not None:
        message["List-Unsubscribe"] = f"<{link.pause}>"  # RFC 2369 section 3.2
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 section 3.1
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange, which does not read RFC 3834
    message["X-Staysub-Incident"] = _token(notice.incident_id or "none")
    text, html = render(name, view)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = language  # RFC 3282; behind the content, which takes such fields away
    return message


def send(
    message: EmailMessage,
    by: Sequence[Relay],
    *,
    reverse_path: str,
    forward_path: str,
    now: datetime,
    timeout: timedelta = TIMEOUT,
) -> DeliveryAttempt:
    """Hand the message to the first relay of these that takes it, and what came of it. Never raises for what they do.

    The outcome is `delivered`, `smtp-5yz` and `smtp-4yz` with the digits of the reply, or `relay-` with `resolve`,
    `connect`, `timeout`, `tls`, `auth`, `closed`, `url`; the first that may pass, where no relay took it. A second try
    sends the same Message-ID.
    """
    tried: list[DeliveryAttempt] = []
    ends = monotonic() + RELAYS_TIMEOUT.total_seconds()
    for relay in by:
        if tried and not _may_help(relay, tried[-1]):
            continue
        left = timedelta(seconds=ends - monotonic())
        if left <= timedelta():
            break
        within = min(timeout, left)
        attempt = _hand_over(
            message, relay, reverse_path=reverse_path, forward_path=forward_path, now=now, timeout=within
        )
        if relay is not by[0]:
            said = say("By {relay}: {detail}", relay=relay.name, detail=attempt.detail)
            attempt = replace(attempt, detail=bounded(said))
        tried.append(attempt)
        if attempt.outcome == DELIVERED:
            break
    if not tried:
        return no_relay(now)
    answer = next((one for one in tried if one.outcome == DELIVERED), None)
    answer = answer or next((one for one in tried if not is_final(one.outcome)), tried[0])
    return replace(answer, detail=bounded(joined(" ", (one.detail for one in tried))))


def bounded(detail: str) -> str:
    """What came of a try, inert, and no longer than is kept; a phrase stays one where nothing has to be taken out."""
    return detail if detail.isprintable() and len(detail) <= DETAIL_MOST else inert(detail)[:DETAIL_MOST]


def no_relay(now: datetime) -> DeliveryAttempt:
    """What comes of a mail while nothing says from whom and by which relay it leaves."""
    return DeliveryAttempt(
        at=now, outcome="no-relay", detail=say("Set notices.from and notices.relay so that mail can leave.")
    )


def _may_help(relay: Relay, last: DeliveryAttempt) -> bool:
    """Whether that relay may do what the last could not: another family only if the refusal was about who we are.

    X.7.z is about security or policy (RFC 3463 section 3.8): what receivers say who find no PTR record or no SPF pass.
    """
    return relay.family is None or re.search(r"\b[45]\.7\.[0-9]{1,3}\b", last.detail) is not None


def _hand_over(
    message: EmailMessage, relay: Relay, *, reverse_path: str, forward_path: str, now: datetime, timeout: timedelta
) -> DeliveryAttempt:
    """One relay, tried once."""
    try:
        reply = submit(
            relay.url,
            reverse_path=reverse_path,
            forward_path=forward_path,
            message=message.as_bytes(policy=_POLICY),
            timeout=timeout,
            source=relay.source,
        )
    except Refused as error:
        return DeliveryAttempt(at=now, outcome=_reply_word(error.reply, "smtp-5yz"), detail=bounded(error.sentence))
    except RelayUnavailable as error:
        word = "timeout" if error.reason == SLOW else error.reason  # either way it did not take the notice in time
        outcome = _reply_word(str(error), "smtp-4yz") if word == REPLY_4YZ else f"relay-{word}"
        return DeliveryAttempt(at=now, outcome=outcome, detail=bounded(error.sentence))
    except UsageError as error:
        return DeliveryAttempt(at=now, outcome="relay-url", detail=bounded(error.sentence))
    return DeliveryAttempt(at=now, outcome=DELIVERED, detail=bounded(reply))


def _reply_word(text: str, otherwise: str) -> str:
    """`smtp-550` from the reply in a sentence; `otherwise` where it shows no reply code."""
    found = re.search(r"(?:^|: )([45][0-9]{2})\b", text)
    return f"smtp-{found[1]}" if found else otherwise


def _token(text: str) -> str:
    """The text as an atom that a header field can carry (RFC 5322 section 3.2.3)."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)
