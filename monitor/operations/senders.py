"""Who sends in a domain's name on this installation: a record proposed for one list must not shut out the others."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.model.dns import IpAddress
from monitor.model.lists import MailingList

if TYPE_CHECKING:  # `staysub check DOMAIN` needs no settings
    from monitor.config.settings import Settings


def senders_of(domain: str, lists: Iterable[MailingList], settings: "Settings") -> tuple[IpAddress, ...]:
    """The declared addresses of all lists whose reverse-path is there, and of our own notices; each once."""
    declared = [address for one in lists if _is_at(one.reverse_path, domain) for address in one.outbound]
    if settings.notices.sender is not None and _is_at(settings.notices.sender, domain):
        declared += settings.notices.relay_outbound
    return tuple(dict.fromkeys(declared))


def _is_at(address: str, domain: str) -> bool:
    return address.rpartition("@")[2].lower() == domain.lower()
