"""Mail of the list that we have seen, probes and posts alike: where it came from, and who signs it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.arrivals.travelling import best_dkim, travelling
from monitor.evidence.canary.source import CANARY
from monitor.evidence.genuine import genuine
from monitor.evidence.source import ListEvidence
from monitor.model.dns import IpAddress
from monitor.model.evidence import Arrival, AuthResult, DkimSignature, Seen
from monitor.model.lists import MailingList

# How long an arrival's DKIM signatures and TLS speak for the list's mail: keys and milters change rarely, but they do.
SPEAKS_FOR: Final = timedelta(days=2)
OBSERVED_FOR: Final = timedelta(days=7)


def mail_of(evidence: ListEvidence) -> tuple[Arrival, ...]:
    """All that shows how the list's mail travels, newest first."""
    return travelling((*evidence.of(ARRIVALS), *evidence.of(CANARY)))


def seen_mail(arrivals: Sequence[Seen], to_canary: Sequence[Arrival], listed: MailingList) -> tuple[Seen, ...]:
    """The same of probes that arrived and of whatever came to the canary's address."""
    return travelling((*arrivals, *genuine(to_canary, listed, arrivals)))


def dkim_of(mail: Sequence[Seen], listed: MailingList, *, now: datetime) -> AuthResult | None:
    """What the newest message says of the list's signatures; None where none is recent enough to speak.

    A post also carries its author's signature, which speaks for that post alone.
    """
    newest = next(iter(mail), None)
    if newest is None or now - newest.received_at > SPEAKS_FOR:
        return None
    return best_dkim(own_signatures(newest, listed))


def own_signatures(mail: Seen, listed: MailingList) -> Sequence[DkimSignature]:
    """Those that are the list's own; all of a probe, which has no author but us."""
    if mail.canary is None:
        return mail.dkim
    return [each for each in mail.dkim if is_own(each.domain, listed)]


def is_own(domain: str, listed: MailingList) -> bool:
    """Whether a signature of that domain is the list's: its own domain's, one above or below, or the one stated.

    A post also carries its author's signature, which speaks for that post alone.
    """
    if listed.dkim is not None and domain.lower() == listed.dkim.domain:
        return True
    own = {address.rpartition("@")[2].lower() for address in (listed.reverse_path, listed.address)}
    signs = f".{domain.lower()}"
    return any(f".{each}".endswith(signs) or signs.endswith(f".{each}") for each in own)


def observed_addresses(mail: Sequence[Seen], *, now: datetime) -> tuple[IpAddress, ...]:
    """The addresses that the receiver saw lately, each once, newest first."""
    return tuple(dict.fromkeys(each.client_ip for each in mail if now - each.received_at <= OBSERVED_FOR))
