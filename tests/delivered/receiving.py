"""Who receives: domains with their MX hosts, what each host answers, over which family, how often. Data alone.

A host sees a message's recipients only at RCPT. So that it knows for how many a refused greeting, HELO or MAIL was, all
mail that comes to a host with such answers has the same number of recipients, or is VERP's, and of one that refuses
its clients at once all mail is of one list.
"""

from dataclasses import dataclass
from typing import Final

from tests.delivered.lists import GROUPED, NO_LIST, VERP

GREETING, HELO, MAIL, RCPT, DATA, END = "greeting", "helo", "mail", "rcpt", "data", "end"
EARLY: Final = (GREETING, HELO, MAIL)
HANG_UP: Final = ""  # instead of a reply

NSD_HOST, LIST_HOST_V6, LIST_HOST_V4 = "2001:db8:53::53", "2001:db8:25::25", "192.0.2.25"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host says at a stage to a share of those who come so far, where they come over that family (0: any)."""

    stage: str
    reply: str  # lines joined by "|"; HANG_UP
    share: float
    family: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """An MX host. What no answer meets is taken."""

    name: str
    receiver: str | None  # the provider that its name tells
    number: int  # the end of its addresses
    families: tuple[int, ...] = (6, 4)
    taken: str = "250 2.0.0 Ok: queued as {id}"  # the id is another one each time
    answers: tuple[Answer, ...] = ()
    pipelining: bool = True
    listens: bool = True

    @property
    def addresses(self) -> dict[int, str]:
        """By family."""
        every = {6: f"2001:db8:1::{self.number:x}", 4: f"192.0.2.{self.number}"}
        return {family: every[family] for family in self.families}


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One whose addresses are subscribed."""

    name: str
    hosts: tuple[str, ...]  # names of its MX hosts, the best first
    group: int = 1  # recipients that a post without VERP has there
    lists: tuple[str, ...] = (*VERP, *GROUPED, NO_LIST)  # whose mail goes there
    weight: int = 1


HOSTS: Final = (
    Host(
        name="contoso-com.mail.protection.outlook.com",
        receiver="microsoft-365",
        number=101,
        taken="250 2.6.0 <taken@contoso> [InternalId={id}, Hostname=VI1PR04MB.eurprd04.prod.outlook.com] "
        "8412 bytes in 0.153, 53.6 KB/sec Queued mail for delivery",
        answers=(
            Answer(
                MAIL,
                "450 4.7.26 Service does not accept messages sent over IPv6 [2001:db8:25::25] unless they pass either "
                "SPF or DKIM validation (message not signed) [VI1EUR04FT.eop-eur04.prod.protection.outlook.com]",
                0.6,
                6,
            ),
            Answer(
                END,
                "550 5.7.515 Access denied, sending domain lists.example.org doesn't meet the required authentication "
                "level.|The sender's domain in the 5322.From address doesn't meet the authentication requirements",
                0.03,
            ),
        ),
    ),
    Host(
        name="fabrikam-com.mail.protection.outlook.com",
        receiver="microsoft-365",
        number=102,
        families=(6,),
        answers=(
            Answer(RCPT, "550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT.prod.outlook.com]", 0.03),
            Answer(RCPT, "450 4.7.26 Service does not accept messages sent over IPv6 [2001:db8:25::25]", 0.25),
            Answer(RCPT, HANG_UP, 0.02),
        ),
    ),
    Host(
        name="outlook-com.olc.protection.outlook.com",
        receiver="outlook",
        number=103,
        families=(4,),
        answers=(
            Answer(
                MAIL,
                "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service"
                " provider since part of their network is on our block list (S3140).",
                0.05,
            ),
        ),
    ),
    Host(
        name="gmail-smtp-in.l.google.com",
        receiver="gmail",
        number=104,
        taken="250 2.0.0 OK  1764357902 d2e1a72fcca58-{id}.201 - gsmtp",
        answers=(
            Answer(
                END,
                "550-5.7.26 Your email has been blocked because the sender is unauthenticated.|"
                "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.|"
                "550 5.7.26 d2e1a72fcca58-7d15e7db9casi1712345b3a.201 - gsmtp",
                0.08,
                6,
            ),
            Answer(
                END,
                "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating|"
                "421-4.7.28 from your IP address. For more information, go to|"
                "421 4.7.28  https://support.google.com/mail/?p=UnsolicitedRateLimitError x1si - gsmtp",
                0.08,
            ),
        ),
    ),
    Host(
        name="alt1.gmail-smtp-in.l.google.com",
        receiver="gmail",
        number=105,
        families=(6,),
        pipelining=False,
        taken="250 2.0.0 OK  1764357902 d2e1a72fcca58 - gsmtp",
    ),
    Host(
        name="mta7.am0.yahoodns.net",
        receiver="yahoo",
        number=106,
        families=(4,),
        taken="250 ok dirdel",
        answers=(
            Answer(
                GREETING,
                "421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user "
                "complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
                0.15,
            ),
        ),
    ),
    Host(
        name="mx00.gmx.net",
        receiver="gmx",
        number=107,
        pipelining=False,
        answers=(
            Answer(
                GREETING,
                "554-gmx.net (mxgmx015) Nemesis ESMTP Service not available|554-No SMTP service|"
                "554-Bad DNS PTR resource record.|"
                "554 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=2001:db8:25::25&c=rdns",
                0.5,
                6,
            ),
        ),
    ),
    Host(
        name="mx1.comcast.net",
        receiver="comcast",
        number=108,
        taken="250 2.0.0 {id} mail accepted for delivery",
        answers=(
            Answer(RCPT, "550 5.1.1 Not our Customer", 0.04),
            Answer(RCPT, "421 4.1.0 192.0.2.25 Throttled - try again later.", 0.05, 4),
            Answer(RCPT, "452 4.1.1 too many recipients this minute", 0.15),
            Answer(END, "550 5.2.0 Message rejected due to DMARC. Please see http://postmaster.comcast.net/", 0.03),
        ),
    ),
    Host(
        name="mx.greylist.example",
        receiver=None,
        number=109,
        pipelining=False,
        answers=(
            Answer(RCPT, "450 4.2.0 <hidden>: Recipient address rejected: Greylisted, see http://postgrey/help", 0.4),
            Answer(DATA, "451 4.3.0 status=sent (250 2.0.0 Ok: queued as 4XyZ) not now", 0.05),
        ),
    ),
    Host(
        name="mx.helo.example",
        receiver=None,
        number=110,
        answers=(
            Answer(HELO, "550 5.7.1 Client host rejected: cannot find your hostname, [2001:db8:25::25]", 0.2, 6),
            Answer(HELO, "450 4.7.1 Client host rejected: cannot find your hostname", 0.2, 4),
        ),
    ),
    Host(
        name="mx.dropping.example",
        receiver=None,
        number=111,
        answers=(
            Answer(GREETING, HANG_UP, 0.1),
            Answer(HELO, HANG_UP, 0.1),
            Answer(MAIL, HANG_UP, 0.1),
            Answer(DATA, HANG_UP, 0.1),
            Answer(END, HANG_UP, 0.1),
            Answer(END, "451 4.3.0 said: 250 2.0.0 ok (host mx.other.example[192.0.2.1] said: 550-5.7.26 no)", 0.1),
        ),
    ),
    Host(name="mx.closed.example", receiver=None, number=112, listens=False),
    Host(name="mx.healthy.example", receiver=None, number=113, taken="250 Queued (0.123 seconds)"),
    Host(
        name="mx.never.example",
        receiver=None,
        number=114,
        families=(6,),
        answers=(
            Answer(MAIL, "451 Temporary local problem - please try later", 0.5),
            Answer(MAIL, "450-4.7.25 Client host rejected|450-status=bounced|450 4.7.25 no PTR", 1.0),
        ),
    ),
    Host(name="mx.returned.example", receiver=None, number=115),
)

DOMAINS: Final = (
    Domain(name="contoso.example", hosts=(HOSTS[0].name,), group=3, weight=4),
    Domain(name="fabrikam.example", hosts=(HOSTS[1].name,), group=5, weight=3),
    Domain(name="consumers.example", hosts=(HOSTS[2].name,), group=2, weight=2),
    Domain(
        name="schools.example",
        hosts=("gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"),
        group=4,
        weight=4,
    ),
    Domain(name="yahoo.example", hosts=(HOSTS[5].name,), group=1, lists=("dev",), weight=2),
    Domain(name="gmx.example", hosts=(HOSTS[6].name,), group=2, lists=("users",), weight=2),
    Domain(name="cable.example", hosts=(HOSTS[7].name,), group=6, weight=3),
    Domain(name="grey.example", hosts=(HOSTS[8].name,), group=3, weight=2),
    Domain(name="helo.example", hosts=(HOSTS[9].name,), group=3, lists=("news",), weight=2),
    Domain(name="dropping.example", hosts=(HOSTS[10].name,), group=2, lists=("users",), weight=2),
    Domain(name="closed.example", hosts=("mx.closed.example", "mx.healthy.example"), group=2, weight=1),
    Domain(name="healthy.example", hosts=("mx.healthy.example",), group=4, weight=4),
    Domain(name="never.example", hosts=("mx.never.example",), group=2, lists=("talk", "users"), weight=1),
    Domain(name="nowhere.example", hosts=(), group=1, weight=1),  # has no name in DNS
)
# Where what bounces goes to.
RETURNED: Final = ("lists.example.org", "customer.example")

HOST_OF: Final = {address: host for host in HOSTS for address in host.addresses.values()}
GROUP_OF: Final = {host: domain.group for domain in DOMAINS for host in domain.hosts}
ONLY: Final = {host: domain.lists[0] for domain in DOMAINS if len(domain.lists) == 1 for host in domain.hosts}


def zones() -> dict[str, dict[str, list[object]]]:
    """What is in DNS: names → types → records."""
    found: dict[str, dict[str, list[object]]] = {
        host.name: {{6: "AAAA", 4: "A"}[family]: [address] for family, address in host.addresses.items()}
        for host in HOSTS
    }
    for domain in DOMAINS:
        if domain.hosts:
            found[domain.name] = {"MX": [(10 * n, host) for n, host in enumerate(domain.hosts, 1)]}
    found |= {name: {"MX": [(10, "mx.returned.example")]} for name in RETURNED}
    return found
