"""What receivers say of a list's mail: by one check, or by the last one that could see where the newest could not."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from monitor.admission.mail import as_it_moves_the_level, evidence_of_mail
from monitor.admission.rules import Evidence, RuleSet, admit
from monitor.evidence.checks.sporadic import troubled
from monitor.model.dns import Identity, IpAddress, PtrOutcome, PtrResult, SpfOutcome
from monitor.model.evidence import Admission, CheckOutcome
from monitor.model.findings import Finding
from monitor.model.mail_facts import MailFacts
from monitor.model.order import ALARMING

STALE: Final = timedelta(days=2)  # a check older than this says nothing of today


def admission_now(
    checks: Sequence[CheckOutcome], rules: RuleSet, *, mail: MailFacts, now: datetime
) -> tuple[tuple[Admission, ...], tuple[Admission, ...]]:
    """What receivers say of mail from each address: (by the newest check, by what was last seen); newest checks first.

    What is asked of bulk alone leaves the first unknown while nobody knows whether the mail is bulk; the second, by
    which the level goes, takes it for not asked, and leaves out what other authors' domains ask for. DNS trouble in the
    newest check says nothing: what an earlier one saw stands, until it is too old to speak of today.
    """
    newest = next(iter(checks), None)
    if newest is None:
        return (), ()
    on, unseen = now.date(), unseen_by(newest)
    shown = admission_of_check(newest, rules, mail=mail, on=on)
    asked = as_it_moves_the_level(mail, rules)
    said = shown if asked == mail else admission_of_check(newest, rules, mail=asked, on=on)
    seen = last_that_saw(unseen, checks[1:], now=now)
    if not unseen or seen is None:
        return shown, said
    earlier = admission_of_check(seen, rules, mail=asked, on=on)
    before = {(each.receiver, each.client_ip): each for each in earlier}
    standing = (
        before.get((each.receiver, each.client_ip), each) if each.client_ip in unseen else each for each in said
    )
    return shown, tuple(standing)


def last_that_saw(
    unseen: frozenset[IpAddress], earlier: Sequence[CheckOutcome], *, now: datetime
) -> CheckOutcome | None:
    """The newest of the earlier checks that saw all of these addresses and is not too old to speak of today."""
    speaking = (each for each in earlier if now - each.evaluated_at <= STALE)
    return next((each for each in speaking if not unseen & unseen_by(each)), None)


def unseen_by(outcome: CheckOutcome) -> frozenset[IpAddress]:
    """The addresses of which DNS trouble kept something from a check."""
    return frozenset(each.client_ip for each in outcome.results if troubled(each)) | frozenset(
        each.client_ip for each in outcome.ptrs if each.result is PtrResult.TEMPERROR
    )


def standing_findings(newest: CheckOutcome, seen: CheckOutcome) -> Iterator[Finding]:
    """What an earlier check found to be mended, of that which DNS trouble kept from the newest."""
    ptrs = {str(each.client_ip) for each in newest.ptrs if each.result is PtrResult.TEMPERROR}
    record = any(troubled(each) for each in newest.results)
    for each in seen.findings:
        of_ptr = each.code.startswith("ptr.") and each.evidence.get("client_ip") in ptrs
        if each.severity in ALARMING and (
            of_ptr or (record and each.code.startswith(("spf.", "helo.", "dns.no-such-domain")))
        ):
            yield each


def admission_of_check(outcome: CheckOutcome, rules: RuleSet, *, mail: MailFacts, on: date) -> tuple[Admission, ...]:
    """What each receiver would say today of mail from each checked address."""
    ptr_of = {ptr.client_ip: ptr for ptr in outcome.ptrs}
    return tuple(
        admission
        for result in outcome.results
        if result.identity is Identity.MAILFROM
        for admission in admit(rules, facts_for_rules(result, ptr_of.get(result.client_ip), mail), on=on)
    )


def facts_for_rules(result: SpfOutcome, ptr: PtrOutcome | None, mail: MailFacts) -> Evidence:
    """The facts that a rule may ask for, with DNS trouble as unknown."""
    return evidence_of_mail(
        result.client_ip,
        spf=result.result,
        ptr=None if ptr is None else ptr.result,
        mail=mail,
        domain=result.reverse_path.rpartition("@")[2] or result.domain,
        helo=result.helo,
    )
