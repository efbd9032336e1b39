"""Postfix."""

from monitor.mtas.kind import DAY_S, EXPIRED_SOFT, FamilyOrder, MtaKind
from monitor.mtas.postfix.schedule import attempts
from monitor.phrase.phrase import say

KIND = MtaKind(
    id="postfix",
    title="Postfix",
    queue_lifetime_s=5 * DAY_S,
    schedule=attempts,
    order=FamilyOrder.ANY,
    other_family=True,
    expired=EXPIRED_SOFT,
    tls=say(  # postconf(5)
        "Set `smtp_tls_security_level = may` in main.cf, so that it uses STARTTLS wherever it is offered."
    ),
)
