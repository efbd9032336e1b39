"""Where bounces of notices go: to the receiver where that surely does a notice no harm, else to `notices.from`. Pure.

A reverse-path at the receiver's domain changes what receivers see: SPF is asked of that domain, and DMARC whether it
aligns with From. And a bounce has to get there, over IPv6 alone. Where any of that is not known to be in order, the
notice leaves as it always did: it must not die of what is to report its death.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.config.settings import NoticeSettings
from monitor.model.dns import SpfOutcome, SpfResult
from monitor.model.evidence import AuthResult, DmarcOutcome
from monitor.model.incidents import Notice

BOUNCED: Final = "bounced"  # the outcome of a try that came back
DMARC_WELL: Final = frozenset({AuthResult.PASS, AuthResult.NONE})  # aligned, or nothing asks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Where bounces of notices go, and why, in a sentence."""

    domain: str = ""  # of the receiver; "": to `notices.from`
    why: str
    advice: str = ""  # what would change it


def without_dns(settings: NoticeSettings, domains: Sequence[str]) -> Returns | None:
    """The answer where no question to DNS is needed; None where it hangs on DNS. `domains` are the receivers'."""
    if settings.bounces == "from":
        return Returns(why="notices.bounces says so.")
    if not domains:
        return Returns(why="There is no receiver.")
    if settings.bounces == "receiver":
        return Returns(domain=domains[0], why="notices.bounces says so.")
    if not settings.relay_outbound:
        return Returns(
            why="It is not known from where the relay's mail leaves, so that SPF of the receiver's domain cannot be judged.",
            advice="Name the relay's addresses in notices.relay_outbound.",
        )
    if all(each.version == 4 for each in settings.relay_outbound):
        return Returns(
            why="The relay has no IPv6 address, and a bounce could not get from it to a receiver that is reached over IPv6 alone."
        )
    return None


def by_dns(domain: str, spf: Sequence[SpfOutcome], dmarc: DmarcOutcome, *, record: str) -> Returns:
    """The answer by what DNS says of that domain of a receiver's; `record` would let the relay's mail pass."""
    for each in spf:
        if each.result is SpfResult.TEMPERROR:
            return Returns(why=f"SPF of {domain} is not known now.")
        if each.result is not SpfResult.PASS:
            return Returns(
                why=f"SPF of {domain} does not let the relay's address {each.client_ip} send ({each.result}).",
                advice=f"Publish this as the only SPF record (TXT) at {domain}: {record}",
            )
    if dmarc.result not in DMARC_WELL:
        known = "is not known to align" if dmarc.result is AuthResult.TEMPERROR else "does not align"
        return Returns(
            why=f"{domain} {known} with {dmarc.author_domain}, so that DMARC could fail.",
            advice='If the relay signs with DKIM for notices.from, set notices.bounces to "receiver".',
        )
    return Returns(domain=domain, why=f"SPF of {domain} lets the relay send, and a bounce can get there.")


def goes_back_to_sender(notice: Notice) -> bool:
    """Whether this notice came back once already: then it leaves as it always did."""
    return any(each.outcome == BOUNCED for each in notice.attempts)
