"""By which relay and over which address family a notice leaves, so that it does not die of the fault that it reports.

Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Literal

from monitor.config.settings import NoticeSettings
from monitor.model.dns import IpAddress
from monitor.model.lists import MailingList
from monitor.model.secret import Secret
from monitor.phrase.phrase import say
from monitor.smtp.submission import parse_relay

Family = Literal[4, 6]
_FAMILIES: Final[tuple[Family, Family]] = (4, 6)
_ANY_ADDRESS: Final = {4: ip_address("0.0.0.0"), 6: ip_address("::")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One relay, and the family to reach it over where that matters."""

    url: Secret
    name: str  # for people: which one it is
    family: Family | None = None

    @property
    def source(self) -> IpAddress | None:
        """What the connection is bound to, so that it goes over that family."""
        return None if self.family is None else _ANY_ADDRESS[self.family]


def relays(
    settings: NoticeSettings,
    mailing_list: MailingList | None,
    data: Mapping[str, Any],
    own: Collection[IpAddress] = (),
) -> tuple[Relay, ...]:
    """The relays to try, the best first. Empty where no relay is configured.

    The relay shares the list's fate where its mail leaves from an address whose mail is refused, or where it is the
    list's own MTA. Then another relay goes first, and of this one the family over which nothing is refused. `own` are
    the relay's addresses from which our notices would be refused themselves.
    """
    if settings.relay is None:
        return ()
    refused = refused_addresses(data) | frozenset(own)
    usual = Relay(url=settings.relay, name=say("the relay"))
    others = () if settings.other_relay is None else (Relay(url=settings.other_relay, name=say("the other relay")),)
    literal = bool(tuple(_addresses([parse_relay(settings.relay).host])))  # then there is no family to choose
    if not shares_fate(settings, mailing_list, refused):
        return (usual, *others) if literal else (usual, *others, _over(usual, 4))
    families = {address.version for address in refused}
    well = tuple(_over(usual, family) for family in _FAMILIES if family not in families and not literal)
    return (*others, *well, usual)


def refused_addresses(data: Mapping[str, Any]) -> frozenset[IpAddress]:
    """The list's addresses whose mail some receiver refuses, as the notice itself says."""
    return frozenset(_addresses(text for one in data.get("receivers", ()) for text in one.get("client_ips", ())))


def shares_fate(settings: NoticeSettings, mailing_list: MailingList | None, refused: frozenset[IpAddress]) -> bool:
    """Whether mail through the relay leaves from where the list's refused mail leaves from."""
    if not refused or settings.relay is None:
        return False
    if refused & set(settings.relay_outbound):
        return True
    host = parse_relay(settings.relay).host
    if refused & set(_addresses([host])):
        return True
    if mailing_list is None or settings.relay_outbound:
        return False  # where its mail leaves from is known, and it is elsewhere
    own = {mailing_list.helo}
    if mailing_list.submission is not None:
        own.add(parse_relay(mailing_list.submission).host)
    return host in own


def _over(usual: Relay, family: Family) -> Relay:
    return Relay(
        url=usual.url, name=say("{relay} over {family}", relay=usual.name, family=f"IPv{family}"), family=family
    )


def _addresses(texts: Iterable[str]) -> Iterable[IpAddress]:
    for text in texts:
        try:
            yield ip_address(text)
        except ValueError:
            continue
