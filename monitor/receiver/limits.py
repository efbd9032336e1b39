"""How much one client may take of a public SMTP server, and how long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

REPLY_OCTETS_MAX: Final = 510  # RFC 5321 section 4.5.3.1.5: 512 with CRLF


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound of the receiver.

    Beyond them the answer is 4yz where trying later helps, and the connection is closed.
    """

    connections: int = 2000  # in all; a Python process holds them in about 200 MB
    connections_per_network: int = 50  # per /64 (one site, RFC 6177 section 2); Postfix opens 20 to one destination
    idle: timedelta = timedelta(minutes=5)  # per command, and for the whole of DATA; RFC 5321 section 4.5.3.2.7
    session: timedelta = timedelta(minutes=30)  # from greeting to QUIT, however busy
    message_octets: int = 4 << 20  # a probe has 2 KiB; a real post to a canary address may have more
    recipients: int = 10  # each is a probe of its own; more get 452 and are sent again (RFC 5321 section 4.5.3.1.10)
    unknown_recipients: int = 10  # then 421: who guesses addresses is sent away
    syntax_errors: int = 20  # replies 50z, then 421; as many as Postfix' smtpd_hard_error_limit
    transactions: int = 1000  # MAIL commands in one session: a host with many lists reuses its connection
    other_commands: int = 50  # of each kind, such as NOOP
    evaluations: int = 16  # messages whose DNS facts are asked for at the same time
    evaluations_waiting: int = 200  # then 451 4.3.2: come back later
    evaluation: timedelta = timedelta(minutes=1)  # one message's DNS questions; RFC 7208 section 4.6.4: 20 s at least
    proxy_header: timedelta = timedelta(seconds=5)  # a load balancer sends it at once
