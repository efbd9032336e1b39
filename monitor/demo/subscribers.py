"""Where the subscribers of the small world receive their mail: their domains' mail servers, which nothing connects to.

As the big providers have them: some over both address families, some over IPv4 alone. The addresses are
documentation's (RFC 5737, RFC 3849).
"""

from typing import Final

MAIL_SERVERS: Final = {  # domain → its mail server, and whether that has an IPv6 address
    "gmail.com": ("gmail-smtp-in.l.google.com", True),
    "microsoft.com": ("microsoft-com.mail.protection.outlook.com", True),
    "hotmail.com": ("hotmail-com.olc.protection.outlook.com", False),
    "yahoo.com": ("mta5.am0.yahoodns.net", False),
    "example.edu": ("mail.example.edu", True),
    "village.example": ("mail.village.example", False),
}
FOUR: Final = "203.0.113.25"
SIX: Final = "2001:db8:5b5::25"


def lines() -> tuple[str, ...]:
    """Their records as a master file of the root has them."""
    return tuple(
        line
        for domain, (host, has_ipv6) in MAIL_SERVERS.items()
        for line in (
            f"{domain}. MX 10 {host}.",
            f"{host}. A {FOUR}",
            *((f"{host}. AAAA {SIX}",) if has_ipv6 else ()),
        )
    )
