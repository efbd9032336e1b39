"""DMARC of author domains: tree walk, the policy that holds, what it means for a list (RFC 9989)."""

import pytest

from monitor.dmarc.policy import author_findings, author_policy, organizational_domain, walk
from monitor.dns.answer import Unanswered
from monitor.model.findings import Severity
from tests.fakes import ZoneResolver


def zones(**records):
    return {
        f"_dmarc.{name.replace('_', '.')}": {"TXT": [text] if isinstance(text, str) else text}
        for name, text in records.items()
    }


@pytest.mark.parametrize(
    ("published", "domain", "applied", "found_at"),
    [
        pytest.param(zones(example_net="v=DMARC1; p=reject"), "example.net", "reject", "example.net", id="own record §4.10.1"),
        pytest.param(zones(example_net="v=DMARC1; p=reject"), "a.b.example.net", "reject", "example.net", id="organization's p §4.10.1"),
        pytest.param(zones(example_net="v=DMARC1; p=reject; sp=none"), "a.example.net", "none", "example.net", id="organization's sp §4.7"),
        pytest.param(zones(example_net="v=DMARC1; p=reject; sp=none"), "example.net", "reject", "example.net", id="sp is for subdomains §4.7"),
        pytest.param(
            zones(a_example_net="v=DMARC1; p=none", example_net="v=DMARC1; p=reject"), "a.example.net", "none", "a.example.net",
            id="own record before the organization's §4.10.1",
        ),
        pytest.param(
            zones(b_example_net="v=DMARC1; p=quarantine; psd=n", example_net="v=DMARC1; p=reject"), "a.b.example.net", "quarantine", "b.example.net",
            id="psd=n ends the walk §4.10",
        ),
        pytest.param(zones(net="v=DMARC1; p=reject; psd=y"), "a.example.net", "reject", "net", id="public suffix' record §4.10.1"),
        pytest.param(zones(example_net="v=DMARC1; p=reject; t=y"), "example.net", "quarantine", "example.net", id="testing is one weaker §4.7"),
        pytest.param(zones(example_net="V = DMARC1 ; P = Reject"), "example.net", "reject", "example.net", id="space and case §4.8"),
        pytest.param(zones(example_net="v=DMARC1; p=nonsense; rua=mailto:a@example.net"), "example.net", "none", "example.net", id="bad p with rua §4.7"),
        pytest.param(zones(example_net="v=DMARC1; p=reject; pct=0"), "example.net", "reject", "example.net", id="pct is no more §A.6"),
    ],
)  # fmt: skip
def test_the_policy_that_holds(published, domain, applied, found_at):
    policy = author_policy(ZoneResolver(published), domain)
    assert policy is not None
    assert (policy.applied, policy.record.domain) == (applied, found_at)


@pytest.mark.parametrize(
    "published",
    [
        pytest.param({}, id="nothing"),
        pytest.param(zones(example_net=["v=DMARC1; p=reject", "v=DMARC1; p=none"]), id="two records are none §4.10"),
        pytest.param(zones(example_net="v=DMARC2; p=reject"), id="another version §4.8"),
        pytest.param(zones(example_net="v=dmarc1; p=reject"), id="the version's case counts §4.8"),
        pytest.param(zones(example_net="v=DMARC1; p=nonsense"), id="bad p without rua §4.7"),
    ],
)
def test_no_policy(published):
    assert author_policy(ZoneResolver(published), "example.net") is None


def test_a_long_name_costs_eight_questions():
    """RFC 9989 section 4.10: the domain itself, then seven labels and fewer."""
    resolver = ZoneResolver({})
    walk(resolver, "a.b.c.d.e.f.g.h.i.j.example.net")
    assert [name for name, _ in resolver.asked] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.example.net",
        "_dmarc.g.h.i.j.example.net".replace("_dmarc.", "_dmarc.f."),
        "_dmarc.g.h.i.j.example.net",
        "_dmarc.h.i.j.example.net",
        "_dmarc.i.j.example.net",
        "_dmarc.j.example.net",
        "_dmarc.example.net",
        "_dmarc.net",
    ]


@pytest.mark.parametrize(
    ("published", "domain", "organization"),
    [
        pytest.param({}, "a.example.net", "a.example.net", id="no record"),
        pytest.param(
            zones(net="v=DMARC1; psd=y"), "a.example.net", "example.net", id="one below a public suffix §4.10.2"
        ),
        pytest.param(
            zones(example_net="v=DMARC1", a_example_net="v=DMARC1"),
            "a.example.net",
            "example.net",
            id="fewest labels §4.10.2",
        ),
    ],
)
def test_organizational_domain(published, domain, organization):
    assert organizational_domain(domain, walk(ZoneResolver(published), domain)) == organization


def test_findings_say_what_a_list_is_to_do():
    resolver = ZoneResolver(
        zones(a_example="v=DMARC1; p=reject", b_example="v=DMARC1; p=quarantine", c_example="v=DMARC1; p=none"),
        {"_dmarc.d.example": "servfail"},
    )
    found = author_findings(resolver, ["a.example", "b.example", "c.example", "d.example", "a.example", "no domain"])
    assert [(one.code, one.severity) for one in found] == [
        ("dmarc.author-reject", Severity.WARNING),
        ("dmarc.author-quarantine", Severity.INFO),
        ("dns.temperror", Severity.UNKNOWN),
        ("dns.temperror", Severity.UNKNOWN),
    ]
    assert found[0].reference == "RFC 9989 section 7.4"
    assert found[0].fix is not None


def test_dns_trouble_is_not_absence():
    with pytest.raises(Unanswered):
        author_policy(ZoneResolver({}, {"_dmarc.example.net": "timeout"}), "example.net")
