"""A cause that several lists may share, as the line that they stand under. Pure.

A line says nothing of how many lists there are, so that one stands under it as well as a thousand.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from monitor.incident.cause import Cause
from monitor.wording.idn import readable

# By a finding's code: {about} is the address or name that it is about, or a receiver's name.
OF_FINDINGS: Final = {
    "spf.none": "{about} has no SPF record",
    "spf.multiple": "{about} has several SPF records",
    "spf.syntax": "The SPF record of {about} has a term that cannot be used",
    "spf.address-not-authorised": "The SPF record of {about} lacks an address that mail leaves from",
    "spf.ipv6-not-covered": "The SPF record of {about} lacks an IPv6 address that mail leaves from",
    "spf.void-limit": "Too many lookups of the SPF record of {about} find nothing",
    "spf.void-over-ipv6-only": "Over IPv6 too many lookups of the SPF record of {about} find nothing",
    "spf.lookup-limit": "The SPF record of {about} needs more than ten lookups",
    "spf.mx-limit": "The SPF record of {about} leads to more than ten MX hosts",
    "spf.include-without-record": "The SPF record of {about} includes a domain that has none",
    "spf.loop": "The SPF record of {about} includes itself",
    "spf.verifier-disagreement": "Receivers do not agree about the SPF record of {about}",
    "spf.family-divergence": "The SPF record of {about} says something else over IPv4 than over IPv6",
    "spf.ptr": "The SPF record of {about} uses ptr",
    "spf.pass-all": "The SPF record of {about} lets everybody send in its name",
    "spf.after-all": "The SPF record of {about} has terms that are never looked at",
    "spf.too-wide": "The SPF record of {about} names too many addresses",
    "helo.not-authorised": "The SPF record of {about} does not let the server greet by that name",
    "ptr.missing": "{about} has no PTR record",
    "ptr.mismatch": "The PTR record of {about} does not lead back",
    "ptr.temperror": "DNS does not tell the PTR record of {about}",
    "dns.no-such-domain": "{about} does not exist in DNS",
    "dns.temperror": "DNS gives no usable answer for {about}",
    "dns.name-denied": "A name server says that {about} does not exist, and it does",
    "dns.failing": "The name servers of {about} have failed at every check of late",
    "dns.sporadic": "The DNS of {about} fails now and then",
    "dns.servers-disagree": "The name servers of {about} do not agree",
    "dns.server-unreachable": "A name server of {about} cannot be reached",
    "dns.tcp-refused": "A name server of {about} refuses TCP",
    "resolver.blind": "Our own name server does not answer",
    "dmarc.author-reject": "Members' domains ask receivers to reject what a list changes",
    "dmarc.post-reject": "Posts fail DMARC of their authors, who ask receivers to reject them",
    "dmarc.post-quarantine": "Posts fail DMARC of their authors, who ask receivers to put them aside",
    "dkim.key-missing": "The DKIM key of {about} has no record",
    "dkim.key-revoked": "The DKIM key of {about} is revoked",
    "dkim.key-unusable": "The record of the DKIM key of {about} cannot be used",
    "dkim.key-short": "The DKIM key of {about} is too short",
    "dkim.key-testing": "The DKIM key of {about} is marked as a test",
    "post.unaligned": "Mail in the list's own name fails DMARC",
    "post.unsigned": "Mail of {about} is not signed with DKIM",
    "post.signature-fails": "The DKIM signature of {about} does not verify",
    "post.one-click-missing": "Posts offer no unsubscribing by one click",
    "post.one-click-malformed": "Posts offer unsubscribing by one click, but not in the form that the standard has",
    "post.one-click-uncovered": "No valid signature covers the unsubscribing by one click",
    "post.from-malformed": "Posts have a From that receivers cannot go by",
    "post.without-tls": "{about} sends without TLS",
    "outbound.undeclared": "Mail also leaves from {about}, which is not declared",
    "probe.lost": "Probes are taken, and do not arrive",
    "probe.bounced": "Probes come back as undeliverable",
    "probe.rejected": "The list's mail server refuses our probes",
    "probe.spf-sporadic": "Some mail passes SPF, and some does not",
    "way.network": "The list's host cannot reach our receiver over IPv6",
    "canary.silent": "No post has come for longer than usual",
    "canary.disable-warning": "The list counts bounces of our own subscription",
    "canary.unsubscribed": "The list has removed our own subscription",
    "bulk.refused": "Mail is bulk to receivers, and lacks what they ask of bulk",
    "replies.refused": "{about} refuses posts",
    "replies.against-rules": "{about} refuses posts that its rules would take",
    "replies.some-posts": "{about} refuses some posts and takes others",
    "replies.one-post": "{about} has refused one post",
    "replies.addresses": "{about} refuses a few addresses again and again",
}
# What no finding says.
OF_OTHERS: Final = {
    ("blind", "resolver"): "Our own name server does not answer, so nothing is known of any record",
    ("blind", "receiver"): "Our receiver is down, so nothing is known of how mail arrives",
    ("blind", "submission"): "We could not hand a probe to the mail server",
    ("no-evidence", ""): "There is no evidence yet",
    ("not-checked", ""): "Not checked yet: the first answer comes within a minute",
    ("settings", ""): "The settings, which came over the API, cannot be used",
    ("unreadable", ""): "What was kept cannot be read; the next check writes it anew",
    ("well", ""): "Nothing is known to be wrong",
}
FORECAST: Final = "{about} would refuse a part of the posts, by what was seen of late"
SOMEBODY: Final = "A receiver"


def cause_line(cause: Cause, *, receiver_name: Callable[[str | None], str | None], host: str = "") -> str:
    """The cause as a line without a full stop. `host` is the one host of its lists, "" where they have several."""
    code, about = cause
    if cause in OF_OTHERS:
        return OF_OTHERS[cause]
    if code == "forecast" or code.startswith("replies."):
        return OF_FINDINGS.get(code, FORECAST).format(about=receiver_name(about) or about or SOMEBODY)
    line = OF_FINDINGS.get(code, f"{code} {{about}}")  # of a version that knows more
    return line.format(about=_with_host(about, host) or "the list's domain").strip()


def _with_host(about: str, host: str) -> str:
    """An address with the name of the host that has it."""
    try:
        ip_address(about)
    except ValueError:
        return readable(about)
    return f"{readable(host)} ({about})" if host else about
