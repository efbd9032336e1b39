"""Where the mail of a domain arrives (RFC 5321 section 5.1), as DNS said when it was last asked."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """The mail servers of one domain, and over which address families they can be reached.

    A family is True where any of the hosts has an address of it, False where none has, None where DNS did not tell.
    """

    hosts: tuple[str, ...] = ()  # A-labels, best first; the domain itself where it has no MX; none where nobody knows
    ipv4: bool | None = None
    ipv6: bool | None = None
    ipv6_later: bool = False  # over IPv6 only at hosts of a worse preference, which are tried after others
    null_mx: bool = False  # the domain says that it takes no mail (RFC 7505)
    looked_up_at: datetime | None = None  # when DNS last told; None: never yet
    holds_until: datetime  # when it is to be asked again
    ipv6_since: datetime | None = None  # when IPv6 came, of which there was none before; None: not that we saw
    problem: str = ""  # why DNS did not tell when it was last asked: a stable word, such as "servfail"

    @property
    def known(self) -> bool:
        """Whether DNS ever told where its mail goes."""
        return self.looked_up_at is not None

    @property
    def no_mail(self) -> bool:
        """Whether no mail can arrive: a null MX, no such domain, or no mail server with an address."""
        return self.null_mx or (self.ipv4 is False and self.ipv6 is False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """Whether a mail server has addresses of each family; None where DNS did not tell."""

    ipv4: bool | None = None
    ipv6: bool | None = None
    holds_until: datetime
    problem: str = ""  # as of MailRoute
