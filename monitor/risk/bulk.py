"""Whether a list's mail is bulk at a receiver: messages a day from one author domain, over all lists here. Pure.

Receivers count by the author domain's organisation (Google: the primary domain with all below it) and by their own
mailboxes, so that domains which they host for others do not count. What is sent in the same name from elsewhere nobody
tells us: "no" is said of the mail of this installation.
"""

from collections.abc import Iterable, Mapping

from monitor.admission.rules import RuleSet
from monitor.evidence.authors import author_shares
from monitor.evidence.canary.source import is_post
from monitor.model.evidence import Arrival
from monitor.model.lists import MailingList
from monitor.model.sending import Sending, Sendings
from monitor.risk.reach import reach


def sending_of(
    listed: MailingList,
    mail: Iterable[Arrival],
    *,
    subscribers: Mapping[str, int],
    traffic: float | None,
    rules: RuleSet,
) -> Sending:
    """What the list sends a day: its posts a day (None: not known) to its subscribers by domain (none: likewise).

    `mail` is what came to its canary, which shows who stands in From.
    """
    authors = [each.dmarc.author_domain for each in mail if is_post(each) and each.dmarc is not None]
    shares = author_shares(listed, authors)
    if traffic is None or not subscribers:
        return Sending(a_day={of: {} for of in shares})
    there = reach(subscribers).by_receiver
    sent = {each.id: traffic * there.get(each.id, 0) for each in rules.receivers if each.bulk_from is not None}
    return Sending(
        a_day={of: {each: round(share * messages) for each, messages in sent.items()} for of, share in shares.items()},
        counted=True,
    )


def bulk_of(list_id: str, own: Sending, sendings: Sendings, rules: RuleSet) -> frozenset[tuple[str, bool]]:
    """(receiver, yes or no) where that is known, by this list's mail and what others here send in the same name.

    What others are known to send may be enough for "yes" where this list's mail is not counted; for "no" all must be.
    """
    found: set[tuple[str, bool]] = set()
    counted = own.counted and all(sendings.counted_beside(list_id, of) for of in own.a_day)
    for receiver in rules.receivers:
        if receiver.bulk_from is None:
            continue
        sums = [
            messages.get(receiver.id, 0) + sendings.of_others(list_id, of, receiver.id)
            for of, messages in own.a_day.items()
        ]
        if max(sums, default=0) >= receiver.bulk_from:
            found.add((receiver.id, True))
        elif counted:
            found.add((receiver.id, False))
    return frozenset(found)
