"""What receivers can look at of mail from one address, by DNS and by what is known of the mail. Pure."""

from dataclasses import replace
from functools import lru_cache

from monitor.admission.rules import Evidence, RuleSet
from monitor.model.dns import IpAddress, PtrResult, SpfResult
from monitor.model.evidence import AuthResult
from monitor.model.mail_facts import MailFacts


def evidence_of_mail(
    client_ip: IpAddress,
    *,
    spf: SpfResult | None,
    ptr: PtrResult | None,
    mail: MailFacts,
    domain: str = "",
    helo: str = "",
) -> Evidence:
    """The facts that a rule may ask for, with DNS trouble as unknown; `domain` and `helo` are for the words alone."""
    spf = None if spf is SpfResult.TEMPERROR else spf
    dkim = None if mail.dkim is AuthResult.TEMPERROR else mail.dkim
    return Evidence(
        client_ip=client_ip,
        spf=spf,
        dkim=dkim,
        ptr=None if ptr is PtrResult.TEMPERROR else ptr,
        dmarc=dmarc_of(spf, dkim, mail),
        author_policy=mail.posts_fail or (mail.author_policy if mail.own_name else None),
        tls=mail.tls,
        bulk=mail.bulk,
        one_click=mail.one_click,
        from_form=mail.from_form,
        domain=domain,
        helo=helo,
    )


@lru_cache(maxsize=64)  # as many as lists differ in it at a time: a handful
def as_it_moves_the_level(mail: MailFacts, rules: RuleSet) -> MailFacts:
    """The same without what must not move the level, or moves it in another way.

    Where nobody knows whether the mail is bulk it is taken for none. Posts that receivers refuse for their authors'
    policies are counted one by one (risk/authors.py), and say nothing of the days before them.
    """
    known = dict(mail.bulk)
    named = ((each.id, known.get(each.id, False)) for each in rules.receivers if any(d.bulk for d in each.demands))
    return replace(mail, bulk=frozenset(named), posts_fail=None)


def dmarc_of(spf: SpfResult | None, dkim: AuthResult | None, mail: MailFacts) -> AuthResult | None:
    """What DMARC says of the mail from an address with that SPF result (RFC 9989 section 5.3.5); None: not known.

    Of other authors' posts it says what was seen: neither the list's addresses nor its signature speak for them. An
    address that nothing has arrived from has its own SPF result; alignment and policy are those of all the mail.
    """
    if mail.posts_fail:
        return AuthResult.FAIL
    if not mail.own_name and mail.dmarc in (AuthResult.PASS, AuthResult.FAIL):
        return mail.dmarc
    if mail.dmarc is AuthResult.NONE:
        return AuthResult.NONE
    if mail.dmarc in (None, AuthResult.TEMPERROR) and mail.author_policy is None:
        return None  # whether the author domain has a record is not known
    ways = (
        _both(None if spf is None else spf is SpfResult.PASS, mail.spf_aligned),
        _both(None if dkim is None else dkim is AuthResult.PASS, mail.dkim_aligned),
    )
    if True in ways:
        return AuthResult.PASS
    return None if None in ways else AuthResult.FAIL


def _both(passes: bool | None, aligned: bool | None) -> bool | None:  # noqa: FBT001 - three-valued "and"
    """Whether an identifier both passes and aligns: one "no" is enough to know."""
    if passes is False or aligned is False:
        return False
    return True if passes and aligned else None
