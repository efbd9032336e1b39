"""How a list's mail is signed and sent: by the newest of it that arrived, else by what was given or stated. Pure.

DKIM and TLS are the list's host's, so that the newest message tells, probe or post. Who stands in From, and so what
DMARC says, is each post's own: there the newest post goes before a probe, whose From is the list's address. What the
list manager writes into the header, a post alone can show.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.evidence.authors import author_shares, is_in_name, organisation_of
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.post_dmarc import post_policies
from monitor.evidence.seen_mail import SPEAKS_FOR, dkim_of, mail_of, own_signatures
from monitor.evidence.signing import aligned, dkim_known
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import AuthResult, CheckOutcome, DmarcOutcome, Seen
from monitor.model.header import FromForm, OneClick
from monitor.model.lists import MailingList
from monitor.model.mail_facts import NOTHING_KNOWN, MailFacts


def mail_facts_of(evidence: ListEvidence) -> MailFacts:
    """What is known of the list's mail, by all that is recorded of it."""
    newest = next(iter(evidence.of(CHECKS)), None)
    arrived = facts_of_mail(mail_of(evidence), evidence.listed, now=evidence.now)
    return arrived if newest is None else with_keys(arrived, newest)


def with_keys(arrived: MailFacts, outcome: CheckOutcome) -> MailFacts:
    """The same with what the newest check found of the keys that sign the list's mail.

    A key that has gone breaks what arrived before; where nothing arrived, the keys of what was given or stated tell.
    """
    told = arrived.dkim is not None
    dkim = dkim_known(arrived.dkim, outcome)
    return replace(arrived, dkim=dkim, dkim_aligned=arrived.dkim_aligned if told else aligned(outcome))


def facts_of_mail(mail: Sequence[Seen], listed: MailingList, *, now: datetime) -> MailFacts:
    """The same of mail that arrived, newest first; nothing is known where none is recent enough to speak."""
    recent = [each for each in mail if now - each.received_at <= SPEAKS_FOR]
    if not recent:
        return NOTHING_KNOWN
    posts = post_policies(mail, listed, now=now)
    post = next((each for each in recent if each.canary is not None), None)
    told = _of_author(mail, recent, listed) if post else recent[0]
    dmarc = None if told is None else told.dmarc
    return MailFacts(
        dkim=dkim_of(mail, listed, now=now),
        dkim_aligned=None if told is None or dmarc is None else dkim_aligned(told, listed, dmarc),
        spf_aligned=None if told is None or dmarc is None else spf_aligned(told, dmarc),
        author_policy=None if dmarc is None else dmarc.applied,
        posts_fail=posts.usual,
        own_name=told is None or is_in_name(told, organisation_of(listed.address.rpartition("@")[2])),
        dmarc=None if dmarc is None else dmarc.result,
        tls=next((each.tls for each in recent if each.tls is not None), None),
        one_click=None if post is None or post.one_click is None else post.one_click is OneClick.COVERED,
        from_form=None if post is None or post.from_form is None else post.from_form is FromForm.ONE,
    )


def _of_author(mail: Sequence[Seen], recent: Sequence[Seen], listed: MailingList) -> Seen | None:
    """The newest that is sent in the name in which most of the list's mail is: its own, if it rewrites From for some.

    Receivers ask for DMARC of what is sent in bulk. One post in another name is not that, and what is wrong with it
    its own findings tell.
    """
    posts = [each for each in mail if each.canary is not None and each.dmarc is not None]
    shares = author_shares(listed, [each.dmarc.author_domain for each in posts if each.dmarc is not None])
    most = max(shares, key=lambda each: shares[each])
    in_name = [each for each in recent if is_in_name(each, most)]
    return next((each for each in in_name if each.canary is not None), next(iter(in_name), None))


def spf_aligned(mail: Seen, dmarc: DmarcOutcome) -> bool | None:
    """Whether the reverse-path's domain aligns with the author domain, whatever SPF said of that message.

    Where SPF did not pass, DMARC at arrival did not look: two names of one domain's may then align or not.
    """
    domain = mail.reverse_path.rpartition("@")[2]
    if not domain:
        return None  # a null reverse-path: the HELO name was asked about, which DMARC does not look at
    return True if dmarc.spf_aligned or _same(domain, dmarc) else None if _may_align(domain, dmarc) else False


def dkim_aligned(mail: Seen, listed: MailingList, dmarc: DmarcOutcome) -> bool | None:
    """Whether a signature of the list's own aligns; a post's author's signature speaks for that post alone."""
    own = own_signatures(mail, listed)
    if any(_same(each.domain, dmarc) for each in own):
        return True
    if not any(_may_align(each.domain, dmarc) for each in own):
        return False
    strangers = [each for each in mail.dkim if each not in own and each.result is AuthResult.PASS]
    return True if dmarc.dkim_aligned and not strangers else None


def _same(domain: str, dmarc: DmarcOutcome) -> bool:
    return domain.lower().removesuffix(".") == dmarc.author_domain.lower()


def _may_align(domain: str, dmarc: DmarcOutcome) -> bool:
    """Whether one organisational domain (RFC 9989 section 4.10.2) may stand above both: it has two labels or more."""
    return domain.lower().removesuffix(".").split(".")[-2:] == dmarc.author_domain.lower().split(".")[-2:]
