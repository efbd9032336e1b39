"""What stands at a key's name, judged as verifiers must (RFC 6376 sections 3.6.1 and 6.1.2), and what is said of it."""

import pytest

from monitor.dkim.key_check import key_findings, key_outcomes
from monitor.dkim.key_record import judge_key, without_testing
from monitor.model.dns import About, DnsFact
from monitor.model.findings import FixAction, Severity
from monitor.model.signing import DkimKey, KeyState, KnownBy, SignedAs
from tests.builders import NOW
from tests.dkim_keys import ED25519, IN_ORDER, REVOKED, RSA_512, RSA_1024, RSA_2048

KEY = DkimKey(domain="lists.example.org", selector="s1")
SIGNED = (SignedAs(known_by=KnownBy.STATED, seen_at=None, key=KEY),)


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        pytest.param([IN_ORDER], KeyState.IN_ORDER, id="rsa"),
        pytest.param([f"k=ed25519; p={ED25519}"], KeyState.IN_ORDER, id="ed25519, without v= (RFC 8463 section 4)"),
        pytest.param([f"p={RSA_2048}"], KeyState.IN_ORDER, id="nothing but p="),
        pytest.param([f"v=DKIM1; h=sha1:sha256; s=email; t=s; n=note; x=y; p={RSA_2048};"], KeyState.IN_ORDER, id="all tags, one unknown"),
        pytest.param([f"v=DKIM1;p= {RSA_2048[:100]} {RSA_2048[100:]}"], KeyState.IN_ORDER, id="blanks in p="),
        pytest.param([], KeyState.MISSING, id="no record §6.1.2"),
        pytest.param([REVOKED], KeyState.REVOKED, id="p= empty §3.6.1"),
        pytest.param([IN_ORDER, IN_ORDER], KeyState.SEVERAL, id="two records §3.6.2.2"),
        pytest.param([f"v=DKIM1; p={RSA_512}"], KeyState.SHORT, id="512 bits, RFC 8301 §3.2"),
        pytest.param([f"v=DKIM1; p={RSA_1024}"], KeyState.IN_ORDER, id="1024 bits are valid"),
        pytest.param(["v=spf1 -all"], KeyState.UNUSABLE, id="a wildcard's SPF record"),
        pytest.param(["v=DKIM1; k=rsa"], KeyState.UNUSABLE, id="no p="),
        pytest.param([f"p={RSA_2048}; v=DKIM1"], KeyState.UNUSABLE, id="v= not first §3.6.1"),
        pytest.param([f"v=DKIM2; p={RSA_2048}"], KeyState.UNUSABLE, id="another version"),
        pytest.param([f"v=DKIM1; k=dsa; p={RSA_2048}"], KeyState.UNUSABLE, id="k= unknown"),
        pytest.param([f"v=DKIM1; h=sha1; p={RSA_2048}"], KeyState.UNUSABLE, id="h= without sha256, RFC 8301 §3.1"),
        pytest.param([f"v=DKIM1; s=email:tlsrpt; p={RSA_2048}"], KeyState.IN_ORDER, id="s= of several services"),
        pytest.param([f"v=DKIM1; s=x : *; p={RSA_2048}"], KeyState.IN_ORDER, id="s= of any service"),
        pytest.param([f"v=DKIM1; s=tlsrpt; p={RSA_2048}"], KeyState.UNUSABLE, id="s= not for mail"),
        pytest.param(["v=DKIM1; p=AAAA"], KeyState.UNUSABLE, id="p= is no RSA key"),
        pytest.param([f"v=DKIM1; k=ed25519; p={RSA_2048}"], KeyState.UNUSABLE, id="p= is no Ed25519 key"),
        pytest.param([f"v=DKIM1; p={RSA_2048}; p={RSA_2048}"], KeyState.UNUSABLE, id="a tag twice §3.2"),
        pytest.param(["v=DKIM1; p=" + "A" * 5000], KeyState.UNUSABLE, id="too long"),
        pytest.param(["\xff\xfe"], KeyState.UNUSABLE, id="no text"),
    ],
)  # fmt: skip
def test_a_record_is_judged_as_verifiers_must(texts, state):
    assert judge_key(KEY, [each.encode("latin-1") for each in texts]).state is state


def said(*texts, before=(), answered=True):
    facts = [DnsFact(about=About.DKIM, name=KEY.name, rrtype="TXT", answers=texts)] if answered else []
    outcomes = key_outcomes([KEY], facts, before, since=NOW)
    return outcomes, tuple(key_findings(outcomes, SIGNED, facts))


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ([IN_ORDER], {}),
        ([], {"dkim.key-missing": Severity.WARNING}),
        ([REVOKED], {"dkim.key-revoked": Severity.WARNING}),
        ([IN_ORDER, REVOKED], {"dkim.key-unusable": Severity.WARNING}),
        (["v=DKIM1"], {"dkim.key-unusable": Severity.WARNING}),
        ([f"p={RSA_512}"], {"dkim.key-short": Severity.WARNING}),
        ([f"p={RSA_1024}"], {"dkim.key-short": Severity.INFO}),
        ([f"t=y; p={RSA_1024}"], {"dkim.key-short": Severity.INFO, "dkim.key-testing": Severity.WARNING}),
        ([f"k=ed25519; p={ED25519}"], {}),
    ],
)
def test_each_state_has_its_finding_and_tells_whence_the_key_is_known(texts, codes):
    _, found = said(*texts)
    assert {each.code: each.severity for each in found} == codes
    assert all("(as stated in the configuration)" in each.message and each.fix is not None for each in found)


def test_the_end_of_a_test_is_the_same_record_without_the_mark():
    _, (found,) = said(f"v=DKIM1; t=y:s; k=rsa; p={RSA_2048}")
    assert found.fix is not None
    assert (found.fix.action, found.fix.name, found.fix.type) == (FixAction.PUBLISH, KEY.name, "TXT")
    assert found.fix.value == f"v=DKIM1; t=s; k=rsa; p={RSA_2048}"
    assert found.fix.words == f"Publish this TXT record at {KEY.name}"
    assert without_testing(b"v=DKIM1; t=y; p=A") == "v=DKIM1; p=A"


def test_dns_trouble_is_unknown_and_what_was_known_before_goes_on():
    (known,), _ = said(IN_ORDER)
    (first,), found = said(answered=False, before=(known,))
    assert [(each.code, each.severity) for each in found] == [("dns.temperror", Severity.UNKNOWN)]
    assert (first.state, first.last, first.last_at) == (KeyState.UNKNOWN, KeyState.IN_ORDER, NOW)
    (second,), _ = said(answered=False, before=(first,))
    assert second == first  # so that all checks of one outage find the same


def test_the_key_that_no_longer_signs_may_go():
    outcomes, _ = said(REVOKED)
    other = SignedAs(known_by=KnownBy.POST, seen_at=NOW, key=DkimKey(domain=KEY.domain, selector="s2"))
    assert tuple(key_findings(outcomes, [other], ())) == ()
