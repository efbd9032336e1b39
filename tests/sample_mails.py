"""One mail of every kind, as its reader gets it: what tests look at in a browser."""

import json
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

from monitor.config.settings import Settings
from monitor.incident.blindness import Blind
from monitor.incident.cause import Shared
from monitor.incident.condition import Condition, condition_blind, condition_shared
from monitor.incident.decision import decide
from monitor.model.incidents import DeliveryAttempt, Notice, NoticeState
from monitor.model.risk import RiskLevel
from monitor.notify.channel_failures import failure_notices
from monitor.notify.digest import gather
from monitor.notify.links import Link
from monitor.notify.mail import compose
from monitor.notify.notice import TEST, encode
from monitor.notify.notices_for import notices_of_installation, trial_data
from monitor.notify.weekly import Week, digest
from monitor.operations.incident_policy import policy_of_installation
from tests.sample_notices import NO_PTR, NOW, SUGGESTED, URL, assessment, mailing_list, notice, seen_notice

SENDER = "staysub@watch.example.net"
BASE = "https://staysub.example.org"
LINK = Link(
    page="https://staysub.example.org/n/msg_abcdefghijklmnopqrstuvwxyz.1798000000.abcdefghijklmnopqrstuvwxyz234567"
)
SETTINGS = Settings.model_validate(
    {
        "list": [mailing_list()],
        "web": {"url": "https://staysub.example.org"},
        "notices": {"administrators": ["host@example.org"]},
    },
    by_alias=True,
)
DMARC = "550-5.7.26 Unauthenticated email from bank.example is not accepted due to domain's DMARC policy."
LONG = SUGGESTED.replace("-all", " ".join(f"ip6:2001:db8:{n:x}:25::/64" for n in range(24)) + " -all")


def mails() -> dict[str, EmailMessage]:
    """The mails by name."""
    told = {
        name: compose(one, sender=SENDER, now=NOW, links=lambda _: LINK, base=BASE) for name, one in single().items()
    }
    members = [_of_list(n, "critical" if n % 3 else "watch") for n in range(12)]
    together, _ = gather(members, now=NOW, due_at=NOW)
    told["digest"] = compose(together, sender=SENDER, now=NOW, members=members, links=lambda _: LINK, base=BASE)
    return told


def single() -> dict[str, Notice]:
    """The notices of all but digests, by the names of their mails."""
    first = notice()
    shared = Shared(
        cause=("ptr.missing", "2001:db8:25::25"),
        level=RiskLevel.CRITICAL,
        lists=tuple(f"list-{n}" for n in range(400)),
    )
    blind = Blind(part="resolver", since=NOW - timedelta(hours=2))
    dead = replace(
        notice("webhook"),
        state=NoticeState.DEAD,
        target=URL,
        attempts=(
            DeliveryAttempt(at=NOW, outcome="http-500", detail="HTTP 500 Internal Server Error: <html>oops</html>"),
        ),
    )
    weeks = [
        _week("a", RiskLevel.OK, RiskLevel.CRITICAL),
        _week("b", RiskLevel.CRITICAL, RiskLevel.OK),
        _week("c", RiskLevel.AT_RISK, RiskLevel.AT_RISK),
    ]
    weekly = digest("owner@example.org", weeks, at=NOW, now=NOW)
    assert weekly is not None
    return {
        "raised": first,
        "long-record": _changed(first, suggested_record=LONG, reason="x" * 400, cause="y" * 400),
        "refused": seen_notice(),
        "refused-some": seen_notice(days=9, every=3, subscribers=22, there=40, rule="goog.dmarc.5726", text=DMARC),
        "refused-over": replace(
            _changed(seen_notice("resolved"), level="ok", previous_level="critical"),
            type="list.risk.resolved",
            revision=2,
        ),
        "reminder": replace(first, type="list.risk.reminder", revision=3),
        "escalated": replace(first, type="list.risk.escalated", revision=4),
        "resolved": replace(
            _changed(first, level="ok", previous_level="critical"), type="list.risk.resolved", revision=5
        ),
        "test": replace(first, type=TEST, incident_id="", payload=encode(trial_data(mailing_list()))),
        "failed": failure_notices(dead, (mailing_list(),), SETTINGS, now=NOW)[0],
        "host-shared": _of_installation(condition_shared(shared, NO_PTR)),
        "host-blind": _of_installation(condition_blind(blind)),
        "weekly": weekly,
    }


def _of_installation(condition: Condition) -> Notice:
    policy = policy_of_installation(SETTINGS)
    decided = decide(None, [condition.level], condition.assessment(now=NOW), policy, now=NOW)
    return notices_of_installation(decided, condition, SETTINGS, now=NOW)[0]


def _changed(one: Notice, **changes: object) -> Notice:
    return replace(one, payload=json.dumps({**json.loads(one.payload), **changes}))


def _of_list(number: int, level: str) -> Notice:
    name = f"list-{number}"
    return replace(_changed(notice(), list=name, level=level), id=f"msg_{number}", list_id=name)


def _week(name: str, then: RiskLevel, now: RiskLevel) -> Week:
    return Week(listed=mailing_list(id=name), then=then, now=assessment(now))
