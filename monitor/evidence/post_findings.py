"""What is wrong with the list's mail as it arrived here: DMARC, signature, one click, From, TLS. Pure.

Only what was seen is told. What DNS kept from us, and what an older version did not note, says nothing. None of it but
DMARC makes receivers refuse the mail of a small list: the rest is told as information, as a warning where it is broken
or where the list is known to send in bulk to a receiver.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from monitor.evidence.arrivals.travelling import best_dkim
from monitor.evidence.canary.source import CANARY
from monitor.evidence.post_dmarc import SIGNING, own_domains, own_mail_refused, posts_among, refused_posts
from monitor.evidence.seen_mail import SPEAKS_FOR, mail_of, own_signatures
from monitor.evidence.source import ListEvidence
from monitor.managers.catalogue import kind_named
from monitor.managers.remedies import Remedies
from monitor.model.evidence import Arrival, AuthResult
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.header import FromForm, OneClick
from monitor.mtas.parties import mta_of
from monitor.phrase.phrase import Phrase, joined, listed, plural, say

IN_A_ROW: Final = (
    2  # messages that show it, where there are so many: an odd one of two hundred is no habit of the list's
)
LIST_SETTINGS: Final = say("the list's settings")


class _Click(NamedTuple):
    """What is told of posts without one click that receivers may go by."""

    code: str
    message: Phrase
    section: str


CLICKS: Final = {
    OneClick.ABSENT: _Click(
        code="post.one-click-missing",
        message=say("The list's posts offer no unsubscribing by one click."),
        section="3.1",
    ),
    OneClick.MALFORMED: _Click(
        code="post.one-click-malformed",
        message=say(
            "The list's posts have List-Unsubscribe-Post, but not as RFC 8058 has it: one List-Unsubscribe with an "
            "https link in angle brackets, and one List-Unsubscribe-Post of nothing but List-Unsubscribe=One-Click."
        ),
        section="3.1",
    ),
    OneClick.UNCOVERED: _Click(
        code="post.one-click-uncovered",
        message=say(
            "The list's posts offer unsubscribing by one click, but no valid DKIM signature covers both "
            "List-Unsubscribe and List-Unsubscribe-Post, so that receivers are not to offer it."
        ),
        section="4",
    ),
}
COVERING: Final = say(
    "Let the signature cover List-Unsubscribe and List-Unsubscribe-Post (both in its h=), and be made after the list "
    "manager has written them."
)
ASKED_BY: Final = say("Gmail and Yahoo ask it of those who send them in bulk.")
FORMS: Final = {
    FromForm.MISSING: say("no From field"),
    FromForm.SEVERAL_FIELDS: say("several From fields"),
    FromForm.SEVERAL_AUTHORS: say("several authors in From"),
    FromForm.UNREADABLE: say("no mailbox that can be read in From"),
}


def post_findings(evidence: ListEvidence, *, bulk: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """All that posts and probes show, each with what to change at this list's manager or mail server.

    `bulk` are the receivers that the list is known to send bulk to.
    """
    listed, now = evidence.listed, evidence.now
    posts = posts_among(evidence.of(CANARY), now)
    mail = [each for each in mail_of(evidence) if now - each.received_at <= SPEAKS_FOR]
    remedies = kind_named(listed.manager).remedies
    own = own_domains(listed)
    yield from refused_posts(posts, own, remedies)
    yield from own_mail_refused(mail, own, remedies)
    yield from _signature(mail, evidence, remedies, bulk=bool(bulk))
    yield from _click(posts, remedies, bulk=bool(bulk))
    yield from _form(posts)
    yield from _tls(mail, evidence, bulk)


def _signature(mail: Sequence[Arrival], evidence: ListEvidence, remedies: Remedies, *, bulk: bool) -> Iterator[Finding]:
    """Whether the newest messages carry a valid signature of the list's own."""
    listed = evidence.listed
    newest = [own_signatures(each, listed) for each in mail[:IN_A_ROW]]
    results = [best_dkim(each) for each in newest]
    if not results or not set(results) <= {AuthResult.NONE, AuthResult.FAIL}:
        return
    signatures, result = newest[0], results[0]
    domain = listed.address.rpartition("@")[2] if listed.dkim is None else listed.dkim.domain
    broken = result is AuthResult.FAIL
    problems: list[str] = [joined(": ", (each.domain, each.problem or each.result.value)) for each in signatures]
    yield Finding(
        code="post.signature-fails" if broken else "post.unsigned",
        severity=Severity.WARNING if broken or bulk else Severity.INFO,
        message=(
            say(
                "The list's DKIM signature does not verify where its mail arrives ({problems}), which receivers take for no "
                "signature.",
                problems=joined("; ", problems),
            )
            if broken
            else say(
                "The list's mail arrives without a DKIM signature of the list's own: where SPF fails, as after a forwarder, "
                "nothing tells receivers that it is the list's."
            )
        ),
        evidence={"domain": domain, "problems": problems},
        fix=Fix(action=FixAction.CHANGE, name=SIGNING, type="", value=remedies.signing(domain)),
        reference="RFC 6376 section 6.1" if broken else "RFC 6376 section 5.1",
    )


def _click(posts: Sequence[Arrival], remedies: Remedies, *, bulk: bool) -> Iterator[Finding]:
    noted = [(each, each.one_click) for each in posts if each.one_click is not None][:IN_A_ROW]
    if not noted or not all(said in CLICKS for _, said in noted):
        return
    newest, said = noted[0]
    click, uncovered = CLICKS[said], said is OneClick.UNCOVERED
    yield Finding(
        code=click.code,
        severity=Severity.WARNING if bulk else Severity.INFO,
        message=joined(" ", (click.message, ASKED_BY)),
        evidence={"fields": [each for each in newest.list_fields if each.startswith("list-unsubscribe")]},
        fix=Fix(
            action=FixAction.CHANGE,
            name=SIGNING if uncovered else LIST_SETTINGS,
            type="",
            value=joined(" ", (COVERING, remedies.one_click)) if uncovered else remedies.one_click,
        ),
        reference=f"RFC 8058 section {click.section}",
    )


def _form(posts: Sequence[Arrival]) -> Iterator[Finding]:
    """Posts whose From receivers cannot go by; DMARC says nothing of them (RFC 9989 section 11.5)."""
    odd = [each.from_form for each in posts if each.from_form in FORMS]
    if not odd:
        return
    allowed = set(odd) == {FromForm.SEVERAL_AUTHORS}
    yield Finding(
        code="post.from-malformed",
        severity=Severity.INFO if allowed else Severity.WARNING,
        message=plural(
            "{n} of the {seen} posts that reached us in the last seven days has {forms}: many receivers refuse such mail.",
            "{n} of the {seen} posts that reached us in the last seven days have {forms}: many receivers refuse such mail.",
            len(odd),
            seen=len(posts),
            forms=listed((text for form, text in FORMS.items() if form in odd), "or"),
        ),
        evidence={"odd": len(odd), "seen": len(posts), "forms": sorted({str(each) for each in odd})},
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the list"),
            type="",
            value=say(
                "Find what writes From: so, the author's program, the list manager or a milter, and have it write one field "
                "with one mailbox."
            ),
        ),
        reference="RFC 5322 section 3.6.2",
    )


def _tls(mail: Sequence[Arrival], evidence: ListEvidence, bulk: frozenset[str]) -> Iterator[Finding]:
    """Whether the list's mail server does without TLS that is offered, where a receiver asks for it."""
    newest = next((each for each in mail if each.tls is not None), None)
    on = evidence.now.date()
    asking = [
        each
        for each in evidence.rules.receivers
        if any(demand.needs == "tls" and on in demand.span for demand in each.demands)
    ]
    if newest is None or newest.tls or not asking:
        return
    mta = mta_of(evidence.listed.mta, evidence.listed.bounce_policy)
    yield Finding(
        code="post.without-tls",
        severity=Severity.WARNING if bulk & {each.id for each in asking} else Severity.INFO,
        message=plural(
            "The list's mail server sends without TLS though it is offered. Of senders of bulk {receivers} refuses such mail.",
            "The list's mail server sends without TLS though it is offered. Of senders of bulk {receivers} refuse such mail.",
            len(asking),
            receivers=listed(each.name for each in asking),
        ),
        evidence={"client_ip": str(newest.client_ip), "receivers": [each.id for each in asking]},
        fix=Fix(action=FixAction.CHANGE, name=say("the list's mail server"), type="", value=mta.tls),
        reference="RFC 3207 section 4",
    )
