"""How a list's mail is signed, learnt from a post or a DMARC report that somebody gives us."""

from datetime import datetime
from typing import Final

from monitor.evidence.dmarc_reports.read import read_report
from monitor.evidence.report_files import first_document, is_bare
from monitor.evidence.signing_of_post import shown_by_post
from monitor.evidence.signing_of_report import shown_by_report
from monitor.model.lists import MailingList
from monitor.model.signing import SignedAs
from monitor.store import Store

OCTETS_MAX: Final = 4 << 20  # of a file: of a message the header counts, a packed report of a day has some 100 KiB


def shown_by(octets: bytes, listed: MailingList, *, now: datetime) -> tuple[SignedAs, ...]:
    """What it shows, one a signature. Raises Unparsable with a sentence where it shows nothing of the list. Pure."""
    if is_bare(octets):
        return shown_by_report(read_report(first_document(octets)), listed, now=now)
    return shown_by_post(octets, listed, now=now)


def learn(store: Store, octets: bytes, listed: MailingList, *, now: datetime) -> tuple[SignedAs, ...]:
    """Keep what it shows; the list's next check looks at the keys. May be repeated.

    Nothing personal is kept: domains, selectors, a time. Raises Unparsable, StoreUnavailable.
    """
    shown = shown_by(octets, listed, now=now)
    store.learnt.learn(listed.id, shown)
    return shown
