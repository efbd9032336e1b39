"""What a DMARC aggregate report shows of how a list's mail is signed: the rows of its own addresses. Pure."""

import re
from collections import Counter
from datetime import datetime
from typing import Final

from monitor.errors import Unparsable
from monitor.evidence.dmarc_reports.report import Report, Row
from monitor.evidence.seen_mail import is_own
from monitor.model.evidence import AuthResult
from monitor.model.lists import MailingList
from monitor.model.signing import DkimKey, KnownBy, SignedAs
from monitor.phrase.phrase import say

_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")  # RFC 6376 section 3.1, RFC 1035 section 2.3.4
_NAME_CHARS_MAX: Final = 253  # likewise, as text


def shown_by_report(report: Report, listed: MailingList, *, now: datetime) -> tuple[SignedAs, ...]:
    """One for each of the list's own keys, those of most messages first; one without a key where all was unsigned.

    Other mail may leave from the same addresses, so that only rows of the list's reverse-path show that it is unsigned.

    Raises Unparsable with a sentence where the report says nothing of the list's signatures.
    """
    rows = [each for each in report.rows if each.client_ip in listed.outbound]
    if not rows:
        raise Unparsable(say("The report has no row of an address that {list}'s mail leaves from.", list=listed.id))
    keys, passed = Counter[tuple[DkimKey, str]](), Counter[DkimKey]()
    for row in rows:
        for key, result in _keys(row, listed):
            keys[key, row.header_from] += row.count
            passed[key] += row.count if result == AuthResult.PASS else -row.count
    seen_at = min(report.end, now)
    if keys:
        most = dict.fromkeys(key for (key, _), _ in keys.most_common())
        author = {key: _only([name for (one, name) in keys if one == key]) for key in most}
        return tuple(
            SignedAs(
                known_by=KnownBy.REPORT, seen_at=seen_at, key=key, author_domain=author[key], fails=passed[key] < 0
            )
            for key in most
        )
    bounces_to = listed.reverse_path.rpartition("@")[2].lower()
    if not any(bounces_to in {one.domain for one in each.spf} and not each.dkim for each in rows):
        raise Unparsable(say("The report does not tell by which key {list}'s mail is signed.", list=listed.id))
    return (SignedAs(known_by=KnownBy.REPORT, seen_at=seen_at, key=None),)


def _keys(row: Row, listed: MailingList) -> list[tuple[DkimKey, str]]:
    """The list's own of a row, with what became of each; reports of before RFC 9990 may leave the selector out.

    What can be no name in DNS is left out: a key that nobody can look up would be told as missing.
    """
    keys = ((DkimKey(domain=each.domain, selector=each.selector), each.result) for each in row.dkim)
    return [(key, result) for key, result in keys if _can_be(key) and is_own(key.domain, listed)]


def _can_be(key: DkimKey) -> bool:
    return len(key.name) <= _NAME_CHARS_MAX and _NAME.fullmatch(key.name) is not None


def _only(names: list[str]) -> str | None:
    """The one author domain of a key's rows; None where there are several."""
    return names[0] if len(set(names)) == 1 and names[0] else None
