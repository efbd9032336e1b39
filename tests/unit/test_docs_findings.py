"""Every finding code is documented, and every documented one exists."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
ROOMS = (
    "spf",
    "helo",
    "ptr",
    "dns",
    "resolver",
    "dmarc",
    "dkim",
    "outbound",
    "probe",
    "way",
    "canary",
    "post",
    "hop",
    "bounce",
    "replies",
    "reach",
    "bulk",
)
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


def in_source():
    """Codes as findings are given them: `code="…"` or `code = "…"`, or one of two in a conditional."""
    pattern = re.compile(rf'"((?:{"|".join(ROOMS)})\.[a-z0-9]+(?:-[a-z0-9]+)*)"')
    found = set()
    for path in (TOP / "monitor").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"\bcode ?= ?", line):
                found |= set(pattern.findall(line))
    return found


def documented():
    table = (TOP / "docs" / "findings.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([a-z0-9.-]+)`", row.split("|")[1])}


def test_every_code_in_the_source_is_documented():
    assert in_source() - documented() == set()


def test_every_promised_code_is_documented():
    assert set(PROMISED) - documented() == set()


def test_nothing_is_documented_that_is_never_found():
    written = {
        code for code in documented() if not code.startswith(("bounce.", "hop.", "replies."))
    }  # made from parts there
    assert written - in_source() == set()
