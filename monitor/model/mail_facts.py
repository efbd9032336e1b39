"""What is known of how a list's mail is signed and sent, beyond what DNS says of its addresses."""

from dataclasses import dataclass

from monitor.model.evidence import AuthResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What mail that arrived shows, else what somebody told us. None is not known, which no rule takes for a failure.

    Equal and hashable, so that receivers' answers to the same facts are worked out once.
    """

    dkim: AuthResult | None = None  # of the list's own signature; NONE: known to be unsigned
    dkim_aligned: bool | None = None  # its domain aligns with the author domain (RFC 9989 section 4.4), if it passes
    spf_aligned: bool | None = None  # the reverse-path's domain does, if SPF passes
    author_policy: str | None = (
        None  # DMARC policy of the author domain: none, quarantine, reject; None also: no record
    )
    own_name: bool = True  # in From stands the list's own organisation, not an author of another
    posts_fail: str | None = None  # the policy of other authors under which half of the posts and more fail DMARC
    dmarc: AuthResult | None = None  # as evaluated; NONE: the author domain has no record
    tls: bool | None = None
    one_click: bool | None = None  # RFC 8058: both fields, covered by a valid signature
    from_form: bool | None = None  # From as RFC 5322 section 3.6.2 has it: one field, one mailbox that can be parsed
    bulk: frozenset[tuple[str, bool]] = frozenset()  # (receiver id, yes or no); a receiver not named: not known


NOTHING_KNOWN = MailFacts()
