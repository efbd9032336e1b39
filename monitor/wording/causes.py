"""A cause that several lists may share, as the line that they stand under. Pure.

A line says nothing of how many lists there are, so that one stands under it as well as a thousand.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from monitor.incident.cause import Cause
from monitor.phrase.phrase import say, with_parts
from monitor.wording.idn import readable

# By a finding's code: `about` is the address or name that it is about, or a receiver's name.
ABOUT: Final = "{about}"
OF_FINDINGS: Final = {
    "spf.none": say("{about} has no SPF record", about=ABOUT),
    "spf.multiple": say("{about} has several SPF records", about=ABOUT),
    "spf.syntax": say("The SPF record of {about} has a term that cannot be used", about=ABOUT),
    "spf.address-not-authorised": say("The SPF record of {about} lacks an address that mail leaves from", about=ABOUT),
    "spf.ipv6-not-covered": say("The SPF record of {about} lacks an IPv6 address that mail leaves from", about=ABOUT),
    "spf.void-limit": say("Too many lookups of the SPF record of {about} find nothing", about=ABOUT),
    "spf.void-over-ipv6-only": say("Over IPv6 too many lookups of the SPF record of {about} find nothing", about=ABOUT),
    "spf.lookup-limit": say("The SPF record of {about} needs more than ten lookups", about=ABOUT),
    "spf.mx-limit": say("The SPF record of {about} leads to more than ten MX hosts", about=ABOUT),
    "spf.include-without-record": say("The SPF record of {about} includes a domain that has none", about=ABOUT),
    "spf.loop": say("The SPF record of {about} includes itself", about=ABOUT),
    "spf.verifier-disagreement": say("Receivers do not agree about the SPF record of {about}", about=ABOUT),
    "spf.family-divergence": say("The SPF record of {about} says something else over IPv4 than over IPv6", about=ABOUT),
    "spf.ptr": say("The SPF record of {about} uses ptr", about=ABOUT),
    "spf.pass-all": say("The SPF record of {about} lets everybody send in its name", about=ABOUT),
    "spf.after-all": say("The SPF record of {about} has terms that are never looked at", about=ABOUT),
    "spf.too-wide": say("The SPF record of {about} names too many addresses", about=ABOUT),
    "helo.not-authorised": say("The SPF record of {about} does not let the server greet by that name", about=ABOUT),
    "ptr.missing": say("{about} has no PTR record", about=ABOUT),
    "ptr.mismatch": say("The PTR record of {about} does not lead back", about=ABOUT),
    "ptr.temperror": say("DNS does not tell the PTR record of {about}", about=ABOUT),
    "dns.no-such-domain": say("{about} does not exist in DNS", about=ABOUT),
    "dns.temperror": say("DNS gives no usable answer for {about}", about=ABOUT),
    "dns.name-denied": say("A name server says that {about} does not exist, and it does", about=ABOUT),
    "dns.failing": say("The name servers of {about} have failed at every check of late", about=ABOUT),
    "dns.sporadic": say("The DNS of {about} fails now and then", about=ABOUT),
    "dns.servers-disagree": say("The name servers of {about} do not agree", about=ABOUT),
    "dns.server-unreachable": say("A name server of {about} cannot be reached", about=ABOUT),
    "dns.tcp-refused": say("A name server of {about} refuses TCP", about=ABOUT),
    "resolver.blind": say("Our own name server does not answer"),
    "dmarc.author-reject": say("Members' domains ask receivers to reject what a list changes"),
    "dmarc.post-reject": say("Posts fail DMARC of their authors, who ask receivers to reject them"),
    "dmarc.post-quarantine": say("Posts fail DMARC of their authors, who ask receivers to put them aside"),
    "dkim.key-missing": say("The DKIM key of {about} has no record", about=ABOUT),
    "dkim.key-revoked": say("The DKIM key of {about} is revoked", about=ABOUT),
    "dkim.key-unusable": say("The record of the DKIM key of {about} cannot be used", about=ABOUT),
    "dkim.key-short": say("The DKIM key of {about} is too short", about=ABOUT),
    "dkim.key-testing": say("The DKIM key of {about} is marked as a test", about=ABOUT),
    "post.unaligned": say("Mail in the list's own name fails DMARC"),
    "post.unsigned": say("Mail of {about} is not signed with DKIM", about=ABOUT),
    "post.signature-fails": say("The DKIM signature of {about} does not verify", about=ABOUT),
    "post.one-click-missing": say("Posts offer no unsubscribing by one click"),
    "post.one-click-malformed": say(
        "Posts offer unsubscribing by one click, but not in the form that the standard has"
    ),
    "post.one-click-uncovered": say("No valid signature covers the unsubscribing by one click"),
    "post.from-malformed": say("Posts have a From that receivers cannot go by"),
    "post.without-tls": say("{about} sends without TLS", about=ABOUT),
    "outbound.undeclared": say("Mail also leaves from {about}, which is not declared", about=ABOUT),
    "probe.lost": say("Probes are taken, and do not arrive"),
    "probe.bounced": say("Probes come back as undeliverable"),
    "probe.rejected": say("The list's mail server refuses our probes"),
    "probe.spf-sporadic": say("Some mail passes SPF, and some does not"),
    "way.network": say("The list's host cannot reach our receiver over IPv6"),
    "canary.silent": say("No post has come for longer than usual"),
    "canary.disable-warning": say("The list counts bounces of our own subscription"),
    "canary.unsubscribed": say("The list has removed our own subscription"),
    "bulk.refused": say("Mail is bulk to receivers, and lacks what they ask of bulk"),
    "report.spf-fails": say("A receiver's own check fails SPF now and then"),
    "report.dkim-fails": say("A receiver cannot verify some of the list's signatures"),
    "report.tls-fails": say("Posts to the list fail over TLS"),
    "replies.refused": say("{about} refuses posts", about=ABOUT),
    "replies.against-rules": say("{about} refuses posts that its rules would take", about=ABOUT),
    "replies.some-posts": say("{about} refuses some posts and takes others", about=ABOUT),
    "replies.one-post": say("{about} has refused one post", about=ABOUT),
    "replies.family-difference": say("{about} refuses over one address family more than over the other", about=ABOUT),
    "replies.addresses": say("{about} refuses a few addresses again and again", about=ABOUT),
}
# What no finding says.
OF_OTHERS: Final = {
    ("blind", "resolver"): say("Our own name server does not answer, so nothing is known of any record"),
    ("blind", "receiver"): say("Our receiver is down, so nothing is known of how mail arrives"),
    ("blind", "submission"): say("We could not hand a probe to the mail server"),
    ("no-evidence", ""): say("There is no evidence yet"),
    ("not-checked", ""): say("Not checked yet: the first answer comes within a minute"),
    ("settings", ""): say("The settings, which came over the API, cannot be used"),
    ("unreadable", ""): say("What was kept cannot be read; the next check writes it anew"),
    ("well", ""): say("Nothing is known to be wrong"),
}
FORECAST: Final = say("{about} would refuse a part of the posts, by what was seen of late", about=ABOUT)
SOMEBODY: Final = say("A receiver")
ITS_DOMAIN: Final = say("the list's domain")


def cause_line(cause: Cause, *, receiver_name: Callable[[str | None], str | None], host: str = "") -> str:
    """The cause as a line without a full stop. `host` is the one host of its lists, "" where they have several."""
    code, about = cause
    if cause in OF_OTHERS:
        return OF_OTHERS[cause]
    if code == "forecast" or code.startswith("replies."):
        return with_parts(OF_FINDINGS.get(code, FORECAST), about=receiver_name(about) or about or SOMEBODY)
    found, named = OF_FINDINGS.get(code), _with_host(about, host)
    if found is None:  # of a version that knows more
        return f"{code} {named}".strip()
    return with_parts(found, about=named or ITS_DOMAIN)


def _with_host(about: str, host: str) -> str:
    """An address with the name of the host that has it."""
    try:
        ip_address(about)
    except ValueError:
        return readable(about)
    return f"{readable(host)} ({about})" if host else about
