"""Every finding code is documented, and every documented one exists; `docs/findings.md` tells what pages tell."""

import subprocess
import sys
from pathlib import Path

from monitor.wording.plain import subjects
from tests.emitted_codes import emitted_codes, emitted_severities, like_codes

TOP = Path(__file__).parents[2]
DOCUMENTED = [one.code for subject in subjects() for one in subject.findings]
# Codes that other programs may rely on: they are never renamed.
PROMISED = [
    "spf.none",
    "spf.multiple",
    "spf.syntax",
    "spf.lookup-limit",
    "spf.near-lookup-limit",
    "spf.void-limit",
    "spf.void-over-ipv6-only",
    "spf.include-without-record",
    "spf.loop",
    "spf.ptr",
    "spf.pass-all",
    "spf.neutral-all",
    "spf.no-all",
    "spf.after-all",
    "spf.duplicate-term",
    "spf.too-wide",
    "spf.long-record",
    "spf.address-not-authorised",
    "spf.ipv6-not-covered",
    "spf.family-divergence",
    "spf.verifier-disagreement",
    "spf.type-99",
    "spf.changed",
    "helo.not-authorised",
    "ptr.missing",
    "ptr.mismatch",
    "ptr.temperror",
    "dns.temperror",
    "resolver.dns64",
    "dns.servers-disagree",
    "dns.server-unreachable",
    "dns.no-ipv6-server",
    "dns.tcp-refused",
    "dmarc.author-reject",
    "dmarc.author-quarantine",
    "dkim.key-missing",
    "dkim.key-revoked",
    "dkim.key-testing",
    "dkim.key-short",
    "dkim.key-unusable",
    "ptr.changed",
    "dkim.key-changed",
    "dmarc.changed",
    "dns.mx-changed",
    "dns.address-changed",
    "dmarc.post-reject",
    "dmarc.post-quarantine",
    "post.unaligned",
    "post.unsigned",
    "post.signature-fails",
    "post.one-click-missing",
    "post.one-click-malformed",
    "post.one-click-uncovered",
    "post.from-malformed",
    "post.without-tls",
    "outbound.undeclared",
    "outbound.unused",
    "way.network",
    "way.mta",
    "canary.silent",
    "canary.disable-warning",
    "canary.unsubscribed",
    "canary.confirmation",
    "hop.spf-inside-boundary",
    "hop.ipv4-to-ipv6-inside",
    "hop.spf-fail",
    "bounce.policy",
    "bounce.address",
]


def test_every_code_that_can_be_emitted_is_documented():
    assert emitted_codes() - set(DOCUMENTED) == set()


def test_nothing_in_the_source_looks_like_a_code_and_is_none():
    assert like_codes() - set(DOCUMENTED) == set()


def test_every_promised_code_is_documented():
    assert set(PROMISED) - set(DOCUMENTED) == set()


def test_nothing_is_documented_that_is_never_found():
    assert set(DOCUMENTED) - emitted_codes() == set()


def test_every_severity_that_is_given_is_documented():
    documented = {one.code: set(one.severities) for subject in subjects() for one in subject.findings}
    given = emitted_severities()
    assert len(given) > 50
    assert {
        code: severities - documented[code] for code, severities in given.items() if severities - documented[code]
    } == {}


def test_no_code_is_documented_twice():
    assert len(DOCUMENTED) == len(set(DOCUMENTED))


def test_the_document_is_current():
    """Renew it with `python -m monitor.wording.findings_table > docs/findings.md`."""
    made = subprocess.run([sys.executable, "-m", "monitor.wording.findings_table"], capture_output=True, check=True)
    assert (TOP / "docs/findings.md").read_bytes() == made.stdout
