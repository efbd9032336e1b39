"""Whether a message comes from a mail system or from a person, and where in it the report stands.

What a person attaches to a post, or quotes in one, is content (RFC 3464 section 2, RFC 6522 section 3): no report. What
a mail system passes on, such as a bounce that went to a postmaster or to a list's owner, is a report still. They are
told apart by what only machines write: the null reverse-path (RFC 5321 section 4.5.5), Auto-Submitted (RFC 3834
section 5), the senders' names, and list software's mark on its own notices. What a list has distributed is a post.
"""

import re
from email.message import Message
from typing import Final

from monitor.trace.delivery_status import STATUS_TYPES, has_status
from monitor.trace.mime import carried_by, field, parts_of, read_message
from monitor.trace.phrases import ANSWER, SENTENCE, SUBJECT, SUCCESS
from monitor.trace.prose import texts_of, without_header

_DAEMON: Final = re.compile(
    r"mailer[-_. ]?daemon|\bmdaemon\b|mail[-_. ]deliver(?:y|er)[-_. ](?:sub)?system|\bdaemon@|^\s*<>|\b(?:mail|smtp)[-_]?system\b|\bmmsc\b|\bmta@|\bmailmarshal@",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(r"\b(?:post[-_.]?master|mail[-_]?(?:agent|gateway))@", re.IGNORECASE)  # people have it too
_ROLE_NAME: Final = re.compile(
    r"post[-_. ]?master|mail|system|server|service|gateway|filter|firewall|spam|admin|agent|deliver|bounce|@",
    re.IGNORECASE,
)
_SALUTATION: Final = re.compile(
    r"\s*(?:hello|hi|dear|good (?:morning|day)|hallo|sehr geehrte|liebe|guten tag|bonjour|hola|ol[áa]|buongiorno|ciao|beste|geachte|hej|"
    r"здравствуйте|уважаемы)\w{0,3}\b[^.\n:]{0,60}(?:,|!|$)",
    re.IGNORECASE | re.MULTILINE,
)
_NOBODY: Final = re.compile(r"\bno-?_?reply|do-?not-?reply|\badministrator\b|\bnotification", re.IGNORECASE)
_POSTED: Final = ("List-Id", "List-Post")
_KINDS: Final = frozenset({"feedback-report", "disposition-notification"})  # RFC 5965, RFC 8098: no bounces


def is_report(message: Message) -> bool:
    """Whether a delivery status in it is its own: it is a report by type (RFC 6522), or a mail system's message."""
    typed = message.get_content_type() in {"multipart/report", *STATUS_TYPES}
    return (typed or is_of_mail_system(message)) and has_status(message)


def passed_on_by(message: Message) -> Message | None:
    """The bounce that a mail system passes on within its message or in its text; None for none, or for several."""
    if message.get_content_type() == "multipart/report" or not is_of_mail_system(message):
        return None  # what a report carries is what it is about
    carried = [each for part in parts_of(message) if (each := carried_by(part)) is not None]
    bounces = [each for each in carried if has_status(each) or any(map(carried_by, parts_of(each)))]
    for text, _copy in () if carried else texts_of(message):
        inner = read_message(text[len(without_header(text)) :].encode("utf-8", "surrogateescape"))
        bounces += [inner] if is_of_mail_system(inner) and has_status(inner) else []
    return bounces[0] if len(bounces) == 1 else None


def is_of_mail_system(message: Message) -> bool:
    """Whether a machine sends it on its own account: no person's message, and no post that a list distributes."""
    sender = field(message, "From")
    administrative = field(message, "X-List-Administrivia").lower() == "yes"  # Mailman's own, with its List-Id
    if _is_null(message) or _DAEMON.search(sender) or administrative:
        return True
    if _is_distributed(message):
        return False
    return field(message, "Auto-Submitted").lower().startswith("auto-") or bool(_ROLE.search(sender))


def speaks_of_failure(message: Message, text: str) -> bool:
    """Whether a message without a delivery status is a bounce, by its sender, its subject and what it says."""
    if message.get_content_type() == "multipart/report" and str(message.get_param("report-type")).lower() in _KINDS:
        return False
    if message.get("X-Failed-Recipients"):
        return True
    sender, subject = field(message, "From"), field(message, "Subject")
    if SUCCESS.search(subject):
        return False
    called = bool(SUBJECT.search(subject)) and not ANSWER.match(subject)
    said = bool(SENTENCE.search(text))
    if _DAEMON.search(sender) or (_is_null(message) and _ROLE.search(sender)):
        return called or said
    if _is_null(message):
        return called or (said and any(map(carried_by, parts_of(message))))
    if any(message.get(name) for name in _POSTED):
        return False
    if _ROLE.search(sender):
        return (called or said) and not _is_letter(sender, text)
    auto = field(message, "Auto-Submitted").lower().startswith("auto-")
    return called and said and (auto or bool(_NOBODY.search(sender)))


def _is_letter(sender: str, text: str) -> bool:
    """Whether a person of that name writes, and greets."""
    name = sender.partition("<")[0].strip(' "') if "<" in sender else ""
    return bool(name) and not _ROLE_NAME.search(name) and bool(_SALUTATION.match(text))


def _is_distributed(message: Message) -> bool:
    """Whether somebody else than its author sends it on, such as a list: the reverse-path is of another domain."""
    if any(message.get(name) for name in _POSTED):
        return True
    sender, reverse_path = (
        field(message, name).rpartition("@")[2].strip("<> ").lower() for name in ("From", "Return-Path")
    )
    return (
        bool(reverse_path)
        and not f".{sender}".endswith(f".{reverse_path}")
        and not f".{reverse_path}".endswith(f".{sender}")
    )


def _is_null(message: Message) -> bool:
    """Whether the reverse-path is null, or named after a daemon, as some write it down (RFC 5321 section 4.5.5)."""
    reverse_path = field(message, "Return-Path").replace(" ", "")
    return reverse_path == "<>" or "daemon" in reverse_path.lower()
