"""DMARC of mail from one address, by that address' SPF and by what is known of all the list's mail."""

from dataclasses import replace

import pytest

from monitor.admission.mail import dmarc_of, evidence_of_mail
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AuthResult
from monitor.model.mail_facts import NOTHING_KNOWN, MailFacts
from tests.builders import V6

PASS, FAIL, TROUBLE = SpfResult.PASS, SpfResult.FAIL, SpfResult.TEMPERROR
SIGNED = MailFacts(
    dkim=AuthResult.PASS, dkim_aligned=True, spf_aligned=True, author_policy="none", dmarc=AuthResult.PASS
)
UNSIGNED = replace(SIGNED, dkim=AuthResult.NONE)


@pytest.mark.parametrize(
    ("spf", "mail", "expected"),
    [
        pytest.param(FAIL, SIGNED, AuthResult.PASS, id="by DKIM"),
        pytest.param(PASS, UNSIGNED, AuthResult.PASS, id="by SPF"),
        pytest.param(FAIL, UNSIGNED, AuthResult.FAIL, id="by neither, though mail from another address passed"),
        pytest.param(PASS, replace(UNSIGNED, spf_aligned=False), AuthResult.FAIL, id="SPF of another domain"),
        pytest.param(PASS, replace(UNSIGNED, spf_aligned=None), None, id="alignment not known"),
        pytest.param(TROUBLE, UNSIGNED, None, id="DNS trouble is no failure"),
        pytest.param(FAIL, replace(SIGNED, dkim=AuthResult.TEMPERROR), None, id="nor is the key's"),
        pytest.param(FAIL, replace(SIGNED, dkim=None), None, id="nothing told of signatures"),
        pytest.param(PASS, replace(SIGNED, dmarc=AuthResult.NONE), AuthResult.NONE, id="no record to pass by"),
        pytest.param(PASS, replace(SIGNED, dmarc=None, author_policy=None), None, id="no record known"),
        pytest.param(FAIL, replace(UNSIGNED, dmarc=None), AuthResult.FAIL, id="a stated policy is enough"),
    ],
)
def test_dmarc_passes_by_either_way_and_fails_only_where_both_are_known_to(spf, mail, expected):
    """RFC 9989 section 5.3."""
    assert evidence_of_mail(V6, spf=spf, ptr=PtrResult.PASS, mail=mail).dmarc == expected


def test_nothing_known_says_nothing():
    evidence = evidence_of_mail(V6, spf=TROUBLE, ptr=PtrResult.TEMPERROR, mail=NOTHING_KNOWN)
    assert (evidence.spf, evidence.ptr, evidence.dmarc, evidence.tls, evidence.bulk_at("gmail")) == (None,) * 5
    assert dmarc_of(PASS, AuthResult.PASS, NOTHING_KNOWN) is None
