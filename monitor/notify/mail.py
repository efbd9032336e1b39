"""The mail about an incident: composed as text and HTML, and handed to the notices' own relay.

It leaves by its own relay and reverse-path, never by the list's: it must not die of the fault that it reports. Everything in
it that came from outside is shown inert: control characters visible, markup escaped, header fields on one line.
"""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from time import monotonic
from typing import Any, Final

from jinja2 import ChainableUndefined, Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from monitor.errors import Refused, RelayUnavailable, UsageError
from monitor.inert import inert
from monitor.model.incidents import DELIVERED, DeliveryAttempt, Notice
from monitor.notify.digest import view as digest_view
from monitor.notify.links import Links, nowhere
from monitor.notify.notice import DIGEST, FAILED, OF_INSTALLATION, TEST, WEEKLY
from monitor.notify.relays import Relay
from monitor.notify.retry import is_final
from monitor.smtp.submission import submit

TIMEOUT: Final = timedelta(seconds=20)  # of one SMTP command; a notice is tried again
WAYS_TIMEOUT: Final = timedelta(seconds=30)  # then no further way is begun: a task has 90 seconds in all
SUBJECT_LIMIT: Final = 150  # characters; list, level and date stand at the front
TEXT_WIDTH: Final = 72  # columns of prose; records and commands are never wrapped
RESOLVED: Final = "list.risk.resolved"

_LEVEL_WORDS: Final = {
    "ok": "ok",
    "watch": "watch",
    "at-risk": "at risk",
    "critical": "critical",
    "unknown": "unknown",
}
_POLICY: Final = policy.SMTP.clone(cte_type="7bit")  # no relay needs to know 8BITMIME or SMTPUTF8


def compose(
    notice: Notice, *, sender: str, now: datetime, members: Sequence[Notice] = (), links: Links = nowhere
) -> EmailMessage:
    """The message for this notice. The same notice gives the same Message-ID, so that a second copy is known as one.

    `members` are the notices that a digest tells; `links` gives what opens an incident without a log-in.
    """
    link = links(notice)
    data = json.loads(notice.payload)
    name = _template(notice)
    if name == "digest":
        view: dict[str, Any] = {
            "notice": notice,
            **digest_view(members, {one.id: opened.page for one in members if (opened := links(one))}),
        }
        view["subject"] = title = _digest_subject(view)
    elif name == "mail":
        view, title = _view(notice, data), subject(notice, data)
    else:
        title = inert(" ".join(str(data.get("title", "")).split()))[:SUBJECT_LIMIT]
        view = {"notice": notice, "data": data, "subject": title, "level": str(data.get("level", "unknown"))}
    view["answer"] = link
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Staysub", addr_spec=sender)
    message["To"] = Address(addr_spec=notice.target)
    message["Subject"] = title
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    if notice.incident_id:
        # RFC 5322 section 3.6.4. All mails of one incident name the incident itself, which no mail is: so that they are one
        # thread whichever of them a reader got first.
        message["In-Reply-To"] = message["References"] = f"<{_token(notice.incident_id)}@{domain}>"
    about = "host" if notice.subject.is_installation else name if name != "mail" else _token(notice.list_id)
    message["List-Id"] = f"<{about}.notices.{domain}>"  # RFC 2919
    if link is not None:
        message["List-Unsubscribe"] = f"<{link.pause}>"  # RFC 2369 section 3.2
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 section 3.1
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange, which does not read RFC 3834
    message["X-Staysub-Incident"] = _token(notice.incident_id or "none")
    message.set_content(_environment().get_template(f"{name}.txt").render(view), cte="quoted-printable")
    html = _environment().get_template(f"{name}.html").render(view)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
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
    `connect`, `timeout`, `tls`, `auth`, `closed`, `url`; the first that may pass, where no way worked. A second try sends
    the same Message-ID.
    """
    tried: list[DeliveryAttempt] = []
    ends = monotonic() + WAYS_TIMEOUT.total_seconds()
    for way in by:
        if tried and not _may_help(way, tried[-1]):
            continue
        if tried and monotonic() > ends:
            break
        attempt = _hand_over(
            message, way, reverse_path=reverse_path, forward_path=forward_path, now=now, timeout=timeout
        )
        said = attempt.detail if way is by[0] else f"By {way.name}: {attempt.detail}"
        tried.append(replace(attempt, detail=said[:600]))
        if attempt.outcome == DELIVERED:
            break
    if not tried:
        return no_relay(now)
    told = next((one for one in tried if one.outcome == DELIVERED), None)
    told = told or next((one for one in tried if not is_final(one.outcome)), tried[0])
    return replace(told, detail=" ".join(one.detail for one in tried)[:600])


def no_relay(now: datetime) -> DeliveryAttempt:
    """What comes of a mail while nothing says from whom and by which way it leaves."""
    return DeliveryAttempt(
        at=now, outcome="no-relay", detail="Set notices.from and notices.relay so that mail can leave."
    )


def _may_help(way: Relay, last: DeliveryAttempt) -> bool:
    """Whether that way may do what the last one could not: another family only where the refusal was about who we are.

    X.7.z is about security or policy (RFC 3463 section 3.8): what receivers say who find no PTR record or no SPF pass.
    """
    return way.family is None or re.search(r"\b[45]\.7\.[0-9]{1,3}\b", last.detail) is not None


def _hand_over(
    message: EmailMessage, way: Relay, *, reverse_path: str, forward_path: str, now: datetime, timeout: timedelta
) -> DeliveryAttempt:
    """One relay, tried once."""
    try:
        reply = submit(
            way.relay,
            reverse_path=reverse_path,
            forward_path=forward_path,
            message=message.as_bytes(policy=_POLICY),
            timeout=timeout,
            source=way.source,
        )
    except Refused as error:
        return DeliveryAttempt(at=now, outcome=_reply_word(error.reply, "smtp-5yz"), detail=inert(str(error))[:600])
    except RelayUnavailable as error:
        outcome = _reply_word(str(error), "smtp-4yz") if error.reason == "reply-4yz" else f"relay-{error.reason}"
        return DeliveryAttempt(at=now, outcome=outcome, detail=inert(str(error))[:600])
    except UsageError as error:
        return DeliveryAttempt(at=now, outcome="relay-url", detail=inert(str(error))[:600])
    return DeliveryAttempt(at=now, outcome=DELIVERED, detail=inert(reply)[:600])


def subject(notice: Notice, data: Mapping[str, Any]) -> str:
    """List, level, and the date by which to act; one line whatever the list is called."""
    name = data.get("list", notice.list_id)
    level = _LEVEL_WORDS.get(str(data.get("level")), "unknown")
    if notice.type == FAILED:
        text = f"[{name}] {data.get('channel')} to {data.get('target')} fails: {data.get('outcome')}"
    elif notice.type == TEST:
        text = f"[{name}] Test notice from Staysub"
    elif notice.type == RESOLVED:
        text = f"[{name}] ok again: no subscribers in danger"
    elif data.get("act_by"):
        text = f"[{name}] {level}: act by {str(data['act_by'])[:10]}"
    else:
        text = f"[{name}] {level}: subscribers in danger"
    return inert(" ".join(text.split()))[:SUBJECT_LIMIT]


def _template(notice: Notice) -> str:
    """Which pair of templates words this notice."""
    if notice.type in (DIGEST, WEEKLY):
        return notice.type
    return "host" if notice.type.startswith(OF_INSTALLATION) else "mail"


def _digest_subject(view: Mapping[str, Any]) -> str:
    """How many lists, at which levels, and the first date by which to act."""
    lists = view["lists"]
    by = f": act by {view['act_by'][:10]}" if view["act_by"] else ""
    return inert(f"[{lists} list{'' if lists == 1 else 's'}] {view['counts']}{by}")[:SUBJECT_LIMIT]


def _view(notice: Notice, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates read: the payload, and what is worded from it once for both parts."""
    findings = [f for f in data.get("findings", ()) if f.get("severity") in ("critical", "warning")]
    level, before = str(data.get("level", "unknown")), str(data.get("previous_level", "unknown"))
    danger = [f for f in data.get("forecast", ()) if f.get("level") in ("watch", "at-risk", "critical")]
    record, fixes = _record_to_publish(data, findings), _other_fixes(data, findings)
    return {
        "notice": notice,
        "data": data,
        "kind": {TEST: "test", FAILED: "failed"}.get(notice.type, notice.type.rpartition(".")[2]),
        "level": level,
        "level_word": _LEVEL_WORDS.get(level, "unknown"),
        "previous_word": _LEVEL_WORDS.get(before, "unknown"),
        "subject": subject(notice, data),
        "findings": findings,
        "danger": _with_subscribers(danger),
        "receivers": _with_subscribers(data.get("receivers", ())),
        "record": record,
        "fixes": fixes,
        "for_the_host": bool(record) or any(fix["type"] for fix in fixes),
        "references": list(dict.fromkeys(f["reference"] for f in findings if f.get("reference"))),
    }


def _with_subscribers(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receivers that the list has subscribers at, as far as that is known; all, where it has them at none of these."""
    return [one for one in entries if one.get("subscribers") != 0] or list(entries)


def _record_to_publish(data: Mapping[str, Any], findings: list[dict[str, Any]]) -> dict[str, str] | None:
    """The one SPF record to publish: name, value, and what stands there now."""
    value = data.get("suggested_record")
    if value and value != data.get("record"):
        return {"name": str(data.get("record_name")), "value": str(value), "now": str(data.get("record") or "")}
    for finding in findings:
        fix = finding["fix"]
        if fix and fix["type"] == "TXT" and fix["action"] in ("publish", "change"):
            return {"name": fix["name"], "value": fix["value"], "now": str(data.get("record") or "")}
    return None


def _other_fixes(data: Mapping[str, Any], findings: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Every other change to make, each once, in the findings' order."""
    record = _record_to_publish(data, findings)
    published = record["value"] if record else None
    fixes = [f["fix"] for f in findings if f["fix"] and f["fix"]["value"] != published]
    if record:  # one record takes care of all findings about SPF
        fixes = [fix for fix in fixes if not (fix["type"] == "TXT" and fix["value"].startswith("v=spf1"))]
    return list({(fix["action"], fix["name"], fix["value"]): fix for fix in fixes}.values())


@cache
def _environment() -> Environment:
    """Templates whose every expression is inert, and escaped in HTML. What an older version did not say is left out."""
    environment = Environment(
        loader=PackageLoader("monitor.notify", "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=ChainableUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = _wrapped
    environment.filters["day"] = _day
    return environment


class _Prose(str):
    """Text of ours with line ends of ours."""

    __slots__ = ()


def _finalized(value: object) -> str:
    """What a template's expression shows: inert, whatever it is. HTML is escaped after this."""
    if isinstance(value, Markup | _Prose):
        return value
    return "" if value is None else inert(str(value))


def _wrapped(text: object, indent: int = 0) -> _Prose:
    """Prose in inert lines of bounded width; words are never broken, so that addresses and records stay whole."""
    lines = textwrap.wrap(
        inert(" ".join(str(text).split())),
        TEXT_WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return _Prose("\n".join(lines))


def _day(at: object) -> str:
    """A date as people read it, from an RFC 3339 time: 3 December 2026."""
    if not at:
        return "unknown"
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        return str(at)
    return f"{moment.day} {moment:%B %Y}"


def _reply_word(text: str, otherwise: str) -> str:
    """`smtp-550` from the reply in a sentence; `otherwise` where it shows no reply code."""
    found = re.search(r"(?:^|: )([45][0-9]{2})\b", text)
    return f"smtp-{found[1]}" if found else otherwise


def _token(text: str) -> str:
    """The text as an atom that a header field can carry (RFC 5322 section 3.2.3)."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)
