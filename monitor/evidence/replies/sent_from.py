"""The addresses that a list's mail really leaves from, where the mail server's log tells them. Pure."""

from datetime import datetime

from monitor.evidence.replies.counted import Heard
from monitor.evidence.seen_mail import OBSERVED_FOR
from monitor.model.ahead import is_ahead
from monitor.model.dns import IpAddress, read_address
from monitor.model.special_addresses import DOCUMENTATION, special_word


def sources_of(heard: Heard, *, now: datetime) -> tuple[IpAddress, ...]:
    """Those of late, newest first; what no receiver can see, such as an address behind NAT, is left out."""
    newest = sorted(heard.sources.items(), key=lambda each: each[1], reverse=True)
    found = (read_address(text) for text, at in newest if not is_ahead(at, now) and now - at <= OBSERVED_FOR)
    return tuple(each for each in found if each is not None and special_word(each) in {None, DOCUMENTATION})
