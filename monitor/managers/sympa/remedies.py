"""What Sympa is told so that receivers take its posts.

Read in sympa.conf(5), list_config(5) and src/lib/Sympa/Config/Schema.pm of 6.2; one click in
src/lib/Sympa/Spindle/ProcessOutgoing.pm, since 6.2.72 (sympa-community/sympa#1538): personalised copies with a
signature alone have it.
"""

from monitor.managers.remedies import UNCHANGED, Remedies
from monitor.phrase.phrase import Phrase, say


def _signing(domain: str) -> Phrase:
    return say(
        "Let Sympa sign: `dkim_feature on`, `dkim_parameters` with the key of {domain}, and `dkim_signature_apply_on any`; "
        "or let the list's mail server do so, after Sympa has changed the post.",
        domain=domain,
    )


REMEDIES = Remedies(
    rewrite_from=say(
        "In the list's configuration, “DMARC Protection”, set `dmarc_protection.mode` to "
        "`dmarc_reject,dmarc_quarantine`: Sympa then replaces From: with the list's address for authors at such domains, "
        "with a name as `dmarc_protection.phrase` says; {unchanged}.",
        unchanged=UNCHANGED,
    ),
    one_click=say(
        "Sympa 6.2.72 and later add both fields by themselves where `wwsympa_url` is set, `rfc2369_header_fields` "
        "has `unsubscribe`, the list has `personalization_feature on`, and Sympa signs (`dkim_feature on`, "
        "`dkim_signature_apply_on any`); a signature that the mail server makes is not enough for it."
    ),
    signing=_signing,
    restore=say(
        "On the list's page “Bounces” select the addresses and press “Reset errors for selected users” "
        "(`sympa bouncers reset` for all, from 6.2.70 on). Add again whom `bouncers_level2.action` has removed."
    ),
)
