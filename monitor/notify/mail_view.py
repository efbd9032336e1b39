"""What the templates of mails read: the payload, and what is worded from it once for text and HTML. Pure.

Each thing stands in one place: what happens to whom and when, what to do tonight, what to publish, why, how to answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor.model.findings import Severity, is_spf_record, what_to_do
from monitor.model.incidents import ChangeKind, Notice
from monitor.notify.digest import findings_said
from monitor.notify.digest import view as digest_view
from monitor.notify.links import Links, page
from monitor.notify.mail_receivers import receivers_told
from monitor.notify.notice import (
    DIGEST,
    FAILED,
    OF_INSTALLATION,
    SUBSCRIBERS_BEFORE,
    TEST,
    WEEKLY,
    of_week,
    said_in,
)
from monitor.notify.subject import (
    channel_said,
    known_before,
    line_of_digest,
    of_level,
    stake_line,
    subject,
    subject_of_digest,
)
from monitor.phrase.phrase import Phrase, joined, listed, plural, say
from monitor.tongue.voice import Voice
from monitor.wording.days import Days
from monitor.wording.plain import HELP_PAGE, plain_sentence
from monitor.wording.vocabulary import in_danger

OF_REPLIES: Final = "replies."  # begins the codes of what receivers were seen to refuse
WHY_TOLD: Final[Mapping[str, str]] = {
    ChangeKind.REMINDER: say("This is a reminder: nobody has acknowledged the incident yet."),
    ChangeKind.ESCALATED: say("You are told because nobody has acknowledged the incident in time."),
}


def template_of(notice: Notice) -> str:
    """Which pair of templates words this notice."""
    if notice.type in (DIGEST, WEEKLY):
        return notice.type
    return "installation" if notice.type.startswith(OF_INSTALLATION) else "list"


def view_of(
    notice: Notice, members: Sequence[Notice], links: Links, *, voice: Voice, days: Days, base: str | None = None
) -> dict[str, Any]:
    """What its templates read. `members` are the notices that a digest tells; `base` is where our pages are.

    `voice` is how its reader is spoken to.
    """
    data = said_in(notice)
    if notice.type == DIGEST:
        made = digest_view(members, {one.id: opened.page for one in members if (opened := links(one))})
        told = [one for group in made["groups"] for one in group["lists"] if not group["over"]]
        line = line_of_digest(told, counts=made["counts"], days=days)
        view = {
            **made,
            "subject": subject_of_digest(line, lists=made["lists"]),
            "line": line,
            "stakes": {str(one.get("list")): stake_line(one, days) for one in told},
        }
    elif template_of(notice) == "list":
        view = _list_view(notice, data, days, base)
    elif notice.type == WEEKLY:
        view = {"data": data, "subject": data.get("title", ""), "level": str(data.get("level"))}
        view["stakes"] = {str(one.get("list")): stake_line(one, days) for one in of_week(data)}
        view["own"] = (
            {one["list"]: opened.own(one["list"]) for one in of_week(data)} if (opened := links(notice)) else {}
        )
    else:
        view = {"data": data, "subject": data.get("title", ""), "level": str(data.get("level", "unknown"))}
        view |= {"before": known_before(data), "lists_named": _lists_named(data)}
    return {**view, "notice": notice, "answer": links(notice), "voice": voice, "days": days, "base": base}


def _list_view(notice: Notice, data: Mapping[str, Any], days: Days, base: str | None) -> dict[str, Any]:
    """What the templates of a list's notice read."""
    kind = {TEST: "test", FAILED: "failed"}.get(notice.type, notice.type.rpartition(".")[2])
    receivers = receivers_told(data, days)
    seen = any(one["seen"] for one in receivers)
    told = [each for each in findings_said(data) if seen and _of_replies(each)]  # with its receiver
    findings = [each for each in findings_said(data) if each not in told]
    publish = _to_publish(data, findings)
    worst = next(iter((*told, *findings)), None)
    return {
        "data": data,
        "kind": kind,
        "level": str(data.get("level", "unknown")),
        "subject": subject(notice, data, days),
        "line": stake_line(data, days),
        "of_level": of_level(data, kind),
        "before": known_before(data),
        "more": SUBSCRIBERS_BEFORE in data,
        "channel": channel_said(data),
        "why_told": WHY_TOLD.get(kind, ""),
        "plainly": "" if worst is None else plain_sentence(str(worst["code"])),
        "receivers": receivers,
        "steps": [*(data.get("tonight") or ()), *_advice(findings)],
        "publish": publish,
        "references": list(dict.fromkeys(each["reference"] for each in findings if each.get("reference"))),
        "why": [*findings, *({**each, "message": ""} for each in told)],
        "reason": "" if findings or told else data.get("reason") or "",
        "unknown": [each for each in data.get("findings", ()) if each.get("severity") == Severity.UNKNOWN],
        "help": page(base, HELP_PAGE.lstrip("/")) if in_danger(data.get("level")) else None,
        "past": data.get("past") or {},
    }


def _lists_named(data: Mapping[str, Any]) -> Phrase:
    """The lists that share a cause, as many as are told."""
    names, more = listed(data.get("lists", ()), "comma"), data.get("lists_more")
    return plural("{lists} and {n} more", "{lists} and {n} more", more, lists=names) if more else names


def _of_replies(finding: Mapping[str, Any]) -> bool:
    return str(finding.get("code")).startswith(OF_REPLIES)


def _to_publish(data: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The records to publish, the one SPF record first, each once: whole, since the passage is forwarded alone."""
    record = _spf_record(data, findings)
    others = [each["fix"] for each in findings if each["fix"] and each["fix"]["type"]]
    if record is not None:  # one record takes care of all findings about SPF
        others = [fix for fix in others if not is_spf_record(fix["type"], fix["value"])]
    fixes = [*([] if record is None else [record]), *others]
    return list({(fix["action"], fix["name"], fix["value"]): fix for fix in fixes}.values())


def _spf_record(data: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    value = data.get("suggested_record")
    if value and value != data.get("record"):
        return {"action": "publish", "name": str(data.get("record_name")), "type": "TXT", "value": str(value)}
    for finding in findings:
        fix = finding["fix"]
        if fix and is_spf_record(fix["type"], fix["value"]) and fix["action"] in ("publish", "change"):
            return {"action": "publish", "name": fix["name"], "type": "TXT", "value": fix["value"]}
    return None


def _advice(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be done that is no record, each once."""
    fixes = [each["fix"] for each in findings if each["fix"] and not each["fix"]["type"]]
    return list(dict.fromkeys(_sentence(fix) for fix in fixes))


def _sentence(fix: Mapping[str, str]) -> Phrase:
    return joined(": ", (what_to_do(fix["action"], fix["name"], fix["type"]), fix["value"]))
