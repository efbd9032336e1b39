"""What the templates of mails read: the payload, and what is worded from it once for text and HTML. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor.inert import inert
from monitor.model.findings import Severity, is_spf_record
from monitor.model.incidents import Notice
from monitor.model.order import ABOVE_OK
from monitor.model.risk import Hit
from monitor.notify.digest import findings_said
from monitor.notify.digest import view as digest_view
from monitor.notify.formats import act_until
from monitor.notify.links import Links
from monitor.notify.notice import DIGEST, FAILED, OF_INSTALLATION, OF_LIST, TEST, WEEKLY
from monitor.wording.vocabulary import in_danger, level_word

SUBJECT_LIMIT: Final = 150  # characters; list, level and date stand at the front
OF_REPLIES: Final = "replies."  # begins the codes of what receivers were seen to refuse
RESOLVED: Final = f"{OF_LIST}resolved"


def template_of(notice: Notice) -> str:
    """Which pair of templates words this notice."""
    if notice.type in (DIGEST, WEEKLY):
        return notice.type
    return "installation" if notice.type.startswith(OF_INSTALLATION) else "list"


def view_of(notice: Notice, members: Sequence[Notice], links: Links) -> dict[str, Any]:
    """What its templates read. `members` are the notices that a digest tells."""
    data = json.loads(notice.payload)
    if notice.type == DIGEST:
        made = digest_view(members, {one.id: opened.page for one in members if (opened := links(one))})
        view = {**made, "subject": _digest_subject(made)}
    elif template_of(notice) == "list":
        view = _list_view(notice, data)
    else:
        view = {"data": data, "subject": _line(str(data.get("title", ""))), "level": str(data.get("level", "unknown"))}
    return {**view, "notice": notice, "answer": links(notice)}


def subject(notice: Notice, data: Mapping[str, Any]) -> str:
    """List, level, and who refuses whom or the date by which to act; one line whatever the list is called."""
    name = data.get("list", notice.list_id)
    level = level_word(data.get("level"))
    if notice.type == FAILED:
        text = f"[{name}] {data.get('channel')} to {data.get('target')} fails: {data.get('outcome')}"
    elif notice.type == TEST:
        text = f"[{name}] Test notice from Staysub"
    elif notice.type == RESOLVED:
        text = f"[{name}] ok again: no subscribers in danger"
    elif data.get("headline"):
        text = f"[{name}] {level}: {data['headline']}"
    elif until := act_until(data):
        text = f"[{name}] {level}: {until}"
    else:
        text = f"[{name}] {level}: {_matter(data)}"
    return _line(text)


def _matter(data: Mapping[str, Any]) -> str:
    """What it is about where there is no date: a list that is only to be watched has nobody in danger."""
    return "subscribers in danger" if in_danger(data.get("level")) else "something to mend"


def _digest_subject(view: Mapping[str, Any]) -> str:
    """How many lists, at which levels, and the first date by which to act."""
    lists = view["lists"]
    by = f": {until}" if (until := act_until(view)) else ""
    return _line(f"[{lists} list{'' if lists == 1 else 's'}] {view['counts']}{by}")


def _line(text: str) -> str:
    """The text on one bounded line."""
    return inert(" ".join(text.split()))[:SUBJECT_LIMIT]


def _list_view(notice: Notice, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates of a list's notice read."""
    seen = [f for f in data.get("forecast", ()) if _goes_on(f)] if data.get("headline") else []
    findings = [f for f in findings_said(data) if not (seen and str(f.get("code")).startswith(OF_REPLIES))]
    above_ok = [f for f in data.get("forecast", ()) if f.get("level") in ABOVE_OK]
    record, fixes = _record_to_publish(data, findings), _other_fixes(data, findings)
    return {
        "data": data,
        "kind": {TEST: "test", FAILED: "failed"}.get(notice.type, notice.type.rpartition(".")[2]),
        "level": str(data.get("level", "unknown")),
        "level_word": level_word(data.get("level")),
        "previous_word": level_word(data.get("previous_level")),
        "subject": subject(notice, data),
        "matter": _matter(data),
        "headline": str(data.get("headline") or ""),
        "seen": seen,
        "tonight": [str(step) for step in data.get("tonight") or ()],
        "cause": _cause(data, told=bool(seen)),
        "past": data.get("past") or {},
        "findings": findings,
        "unknown": [f for f in data.get("findings", ()) if f.get("severity") == Severity.UNKNOWN],
        "above_ok": _with_subscribers(above_ok),
        "receivers": _with_subscribers(data.get("receivers", ())),
        "record": record,
        "fixes": fixes,
        "to_forward": _to_forward(record, fixes),
        "references": list(dict.fromkeys(f["reference"] for f in findings if f.get("reference"))),
    }


def _cause(data: Mapping[str, Any], *, told: bool) -> str:
    """Why the level changed, where that is not `told` already by what was seen."""
    cause, reason = str(data.get("cause") or ""), str(data.get("reason") or "")
    return "" if told and reason and reason in cause else cause


def _goes_on(forecast: Mapping[str, Any]) -> bool:
    """Whether the receiver was seen to refuse more than single addresses, and goes on."""
    seen = forecast.get("seen") or {}
    goes_on = bool(seen) and not seen.get("over_since") and seen.get("hit") != Hit.ADDRESSES
    return goes_on and forecast.get("level") in ABOVE_OK


def _with_subscribers(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receivers that the list has subscribers at, as far as is known; all, where it has them at none of these."""
    return [one for one in entries if one.get("subscribers") != 0] or list(entries)


def _record_to_publish(data: Mapping[str, Any], findings: list[dict[str, Any]]) -> dict[str, str] | None:
    """The one SPF record to publish: name, value, and what stands there now."""
    value = data.get("suggested_record")
    if value and value != data.get("record"):
        return {"name": str(data.get("record_name")), "value": str(value), "now": str(data.get("record") or "")}
    for finding in findings:
        fix = finding["fix"]
        if fix and is_spf_record(fix["type"], fix["value"]) and fix["action"] in ("publish", "change"):
            replaced = data.get("record") if fix["name"] == data.get("record_name") else None
            return {"name": fix["name"], "value": fix["value"], "now": str(replaced or "")}
    return None


def _to_forward(record: Mapping[str, str] | None, fixes: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """What whoever runs the DNS or the mail server is to do, whole: the passage is forwarded alone."""
    own = (
        []
        if record is None
        else [{"action": "publish", "name": record["name"], "type": "TXT", "value": record["value"]}]
    )
    return own + [fix for fix in fixes if fix["type"]]


def _other_fixes(data: Mapping[str, Any], findings: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Every other change to make, each once, in the findings' order."""
    record = _record_to_publish(data, findings)
    published = record["value"] if record else None
    fixes = [f["fix"] for f in findings if f["fix"] and f["fix"]["value"] != published]
    if record:  # one record takes care of all findings about SPF
        fixes = [fix for fix in fixes if not is_spf_record(fix["type"], fix["value"])]
    return list({(fix["action"], fix["name"], fix["value"]): fix for fix in fixes}.values())
