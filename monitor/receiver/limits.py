"""How much one client may take of a public SMTP server, and how long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.doors.places import Share

REPLY_OCTETS_MAX: Final = 510  # RFC 5321 section 4.5.3.1.5: 512 with CRLF

# Of 2000 places. A site has a /48 to a /64 (RFC 6177 section 2), and addresses inside cost nothing.
NETWORK_SHARES: Final = (
    Share(bits=64, most=50),  # Postfix opens 20 to one destination: two hosts that do, and some more
    Share(bits=56, most=100),  # a small site: a twentieth of all places
    Share(bits=48, most=200),  # a large one: a tenth, so that ten of them together would fill the house
    Share(bits=32, most=500),  # what a provider gets at least (RIPE-738 section 5.1.2): a quarter
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound of the receiver.

    Beyond them the answer is 4yz where trying later helps, and the connection is closed.
    """

    connections: int = 2000  # in all; a Python process holds them in about 200 MB
    shares: tuple[Share, ...] = NETWORK_SHARES  # of them, by the client's network
    before_recipient: timedelta = timedelta(minutes=1)  # to the first recipient that is taken; MTAs need seconds
    idle: timedelta = timedelta(minutes=5)  # per command, and for the whole of DATA; RFC 5321 section 4.5.3.2.7
    session: timedelta = timedelta(minutes=30)  # from greeting to QUIT, however busy
    last_words: timedelta = timedelta(seconds=5)  # to take our last reply, or the line is cut
    unanswered_octets: int = (
        16 << 10
    )  # of commands; 512 a line (RFC 5321 section 4.5.3.1.4), and we offer no PIPELINING
    message_octets: int = 4 << 20  # a probe has 2 KiB; a real post to a canary address may have more
    report_octets: int = 16 << 20  # of receivers' reports: some are sent unpacked, and base64 makes 4 octets of 3
    small_message_octets: int = 64 << 10  # so much of a message always finds room: 2000 x 64 KiB = 125 MiB
    large_messages_octets: int = 128 << 20  # of all messages beyond that size together: 253 MiB with the small ones
    recipients: int = 10  # each is a probe of its own; more get 452 and are sent again (RFC 5321 section 4.5.3.1.10)
    unknown_recipients: int = 10  # then 421: who guesses addresses is sent away
    syntax_errors: int = 20  # replies 50z, then 421; as many as Postfix' smtpd_hard_error_limit
    transactions: int = 1000  # MAIL commands in one session: a host with many lists reuses its connection
    other_commands: int = 50  # of each kind, such as NOOP
    evaluations: int = 16  # messages whose DNS facts are asked for at the same time
    evaluations_waiting: int = 200  # then 451 4.3.2: come back later
    evaluation: timedelta = timedelta(minutes=1)  # one message's DNS questions; RFC 7208 section 4.6.4: 20 s at least
    proxy_header: timedelta = timedelta(seconds=5)  # a load balancer sends it at once
