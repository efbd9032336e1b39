"""What Debian's Postfix says when its own restrictions refuse: each text is read as what it is, by class.

The client is a list host; the server runs with one restriction class for each local part, so that the recipient chooses
the reason. Nothing here is a text of ours: see postconf(5) for each restriction.
"""

import smtplib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

import pytest

from monitor.admission.data import load_rules
from monitor.trace.diagnosis import Diagnosis, diagnose
from monitor.trace.failures import Failure
from tests.integration.netns import network, require
from tests.integration.postfix import postfix
from tests.servers import nsd, zone_text

pytestmark = [pytest.mark.integration, pytest.mark.netns]

SERVER, DNS = "2001:db8:99::25", "2001:db8:53::53"
# With a name that leads back, without a name, with somebody else's; the last one asks too much.
LIST_HOST, NAMELESS, LYING, HASTY = (f"2001:db8:25::{last}" for last in (25, 26, 27, 28))
ZONES: Final = {
    "mail.lists.example.org": {"AAAA": [LIST_HOST]},
    ip_address(LIST_HOST).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    ip_address(LYING).reverse_pointer: {"PTR": ["elsewhere.example.org"]},
    "elsewhere.example.org": {"AAAA": [LIST_HOST]},
    "lists.example.org": {"MX": [(10, "mail.lists.example.org")]},
    "nomail.example.org": {"MX": [(0, ".")]},
    "club.example.net": {"MX": [(10, "mx.club.example.net")]},
    "mx.club.example.net": {"AAAA": [SERVER]},
    f"{ip_address(LIST_HOST).reverse_pointer.removesuffix('.ip6.arpa')}.ips.block.example": {"A": ["127.0.0.2"]},
    "lists.example.org.names.block.example": {"A": ["127.0.0.2"]},
    "mail.lists.example.org.names.block.example": {"A": ["127.0.0.2"]},
    "club.example.net.names.block.example": {"A": ["127.0.0.2"]},
}
SENDER, HELO = "dev-bounces@lists.example.org", "mail.lists.example.org"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One restriction, and how a client runs into it."""

    restriction: str
    kind: str
    says: str  # in the text, so that it is known to be the one that was meant
    helo: str = HELO
    sender: str = SENDER
    client: str = LIST_HOST
    domain: str = "club.example.net"


CASES: Final = {
    "helo-invalid": Case(
        restriction="reject_invalid_helo_hostname", kind="policy", says="Invalid name", helo="lists_example-"
    ),
    "helo-bare": Case(
        restriction="reject_non_fqdn_helo_hostname", kind="policy", says="fully-qualified hostname", helo="lists"
    ),
    "helo-unknown": Case(
        restriction="reject_unknown_helo_hostname", kind="policy", says="Host not found", helo="nowhere.example.org"
    ),
    "helo-access": Case(
        restriction="check_helo_access static:REJECT", kind="policy", says="Helo command rejected: Access denied"
    ),
    "helo-listed": Case(
        restriction="reject_rhsbl_helo names.block.example",
        kind="policy",
        says="Helo command [mail.lists.example.org] blocked",
    ),
    "client-reverse": Case(
        restriction="reject_unknown_reverse_client_hostname",
        kind="policy",
        says="your reverse hostname",
        client=NAMELESS,
    ),
    "client-nameless": Case(
        restriction="reject_unknown_client_hostname", kind="policy", says="cannot find your hostname", client=NAMELESS
    ),
    "client-lying": Case(
        restriction="reject_unknown_client_hostname", kind="policy", says="cannot find your hostname", client=LYING
    ),
    "client-access": Case(
        restriction="check_client_access static:REJECT", kind="policy", says="Client host rejected: Access denied"
    ),
    "client-deferred": Case(restriction="check_client_access static:DEFER", kind="policy", says="Client host rejected"),
    "client-listed": Case(
        restriction="reject_rbl_client ips.block.example", kind="policy", says="blocked using ips.block.example"
    ),
    "client-name-listed": Case(
        restriction="reject_rhsbl_client names.block.example",
        kind="policy",
        says="Client host [mail.lists.example.org] blocked",
    ),
    "sender-bare": Case(
        restriction="reject_non_fqdn_sender", kind="policy", says="fully-qualified address", sender="dev-bounces@lists"
    ),
    "sender-unknown": Case(
        restriction="reject_unknown_sender_domain",
        kind="policy",
        says="Sender address rejected: Domain not found",
        sender="dev-bounces@nowhere.example.org",
    ),
    "sender-null-mx": Case(
        restriction="reject_unknown_sender_domain",
        kind="policy",
        says="nullMX",
        sender="dev-bounces@nomail.example.org",
    ),
    "sender-access": Case(
        restriction="check_sender_access static:REJECT", kind="policy", says="Sender address rejected: Access denied"
    ),
    "sender-unlisted": Case(
        restriction="reject_unlisted_sender",
        kind="policy",
        says="Sender address rejected: User unknown in relay recipient table",
        sender="nobody@relayed.example.net",
    ),
    "sender-unverified": Case(
        restriction="reject_unverified_sender", kind="policy", says="Sender address rejected: unverified address"
    ),
    "sender-listed": Case(
        restriction="reject_rhsbl_sender names.block.example",
        kind="policy",
        says="Sender address [dev-bounces@lists.example.org] blocked",
    ),
    "unauthorised-sender": Case(
        restriction="check_sender_access static:{550 5.7.23 SPF validation failed}",
        kind="policy",
        says="SPF validation failed",
    ),
    "recipient-domain": Case(
        restriction="reject_unknown_recipient_domain",
        kind="transient",
        says="Recipient address rejected: Domain not found",
        domain="nowhere.example.org",
    ),
    "recipient-null-mx": Case(
        restriction="reject_unknown_recipient_domain", kind="address", says="nullMX", domain="nomail.example.org"
    ),
    "recipient-access": Case(
        restriction="check_recipient_access static:REJECT",
        kind="policy",
        says="Recipient address rejected: Access denied",
    ),
    "recipient-deferred": Case(
        restriction="check_recipient_access static:{DEFER Greylisted, try again}", kind="transient", says="Greylisted"
    ),
    "recipient-listed": Case(
        restriction="reject_rhsbl_recipient names.block.example",
        kind="policy",
        says="Recipient address [recipient-listed@club",
    ),
    "recipient-virtual": Case(
        restriction="reject_unlisted_recipient",
        kind="address",
        says="User unknown in virtual mailbox table",
        domain="virtual.example.net",
    ),
    "recipient-alias": Case(
        restriction="reject_unlisted_recipient",
        kind="address",
        says="User unknown in virtual alias table",
        domain="aliases.example.net",
    ),
    "recipient-local": Case(
        restriction="reject_unlisted_recipient",
        kind="address",
        says="User unknown in local recipient table",
        domain="mx.club.example.net",
    ),
    "recipient-relay": Case(
        restriction="reject_unlisted_recipient",
        kind="address",
        says="User unknown in relay recipient table",
        domain="relayed.example.net",
    ),
    "recipient-full": Case(
        restriction="check_recipient_access static:{552 5.2.2 Mailbox is full}", kind="mailbox", says="Mailbox is full"
    ),
    "recipient-inactive": Case(
        restriction="check_recipient_access static:{540 5.7.1 Inactive}", kind="mailbox", says="Inactive"
    ),
    "relaying": Case(
        restriction="reject_unauth_destination",
        kind="policy",
        says="Relay access denied",
        domain="elsewhere.example.org",
    ),
    "relaying-deferred": Case(
        restriction="defer_unauth_destination",
        kind="policy",
        says="Relay access denied",
        domain="elsewhere.example.org",
    ),
    "policy-service": Case(
        restriction="check_policy_service inet:[::1]:9", kind="transient", says="Server configuration problem"
    ),
    "plaintext": Case(restriction="reject_plaintext_session", kind="policy", says="Session encryption is required"),
    "everybody": Case(restriction="reject", kind="policy", says="Access denied"),
    "everybody-later": Case(restriction="defer", kind="transient", says="Try again later"),
    "server-table": Case(
        restriction="check_recipient_access cidr:/nonexistent/table", kind="transient", says="Server configuration"
    ),
}
RATE: Final = 60  # events a minute that the server takes of one client
ERRORS: Final = 5  # of one session


def restriction_class(name: str) -> str:
    return f"try_{name.replace('-', '_')}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The client's host, with a Postfix of every restriction in reach of it."""
    require("ip", "postfix", "nsd")
    folder = tmp_path_factory.mktemp("rejects")
    classes = {restriction_class(name): case.restriction for name, case in CASES.items()}
    chosen = ", ".join(f"{{ {name}@{case.domain} = {restriction_class(name)} }}" for name, case in CASES.items())
    settings = {
        "mynetworks": "[::1]/128",
        "mydestination": "mx.club.example.net",
        "local_recipient_maps": "inline:{ known=known }",
        "relay_domains": "relayed.example.net, club.example.net",
        "relay_recipient_maps": "inline:{ { known@relayed.example.net = x }, { @club.example.net = x } }",
        "virtual_mailbox_domains": "virtual.example.net",
        "virtual_mailbox_maps": "inline:{ known@virtual.example.net=x }",
        "virtual_alias_domains": "aliases.example.net",
        "virtual_alias_maps": "inline:{ known@aliases.example.net=x }",
        "smtpd_reject_unlisted_recipient": "no",
        "smtpd_relay_restrictions": "permit_mynetworks, check_recipient_access static:OK, reject_unauth_destination",
        "smtpd_recipient_restrictions": f"check_recipient_access inline:{{ {chosen} }}, permit",
        "smtpd_restriction_classes": ", ".join(classes),
        "address_verify_poll_count": "1",
        "address_verify_poll_delay": "1s",
        "unverified_sender_reject_code": "550",
        "message_size_limit": "2000",
        "header_checks": f"regexp:{folder}/header_checks",
        "smtpd_client_recipient_rate_limit": str(RATE),
        "smtpd_client_connection_rate_limit": str(RATE),
        "smtpd_hard_error_limit": str(ERRORS),
        "smtpd_error_sleep_time": "0",
    } | classes
    (folder / "header_checks").write_text("/^Subject: advertisement/ REJECT\n")
    folder.chmod(0o755)
    with ExitStack() as stack:
        hosts = stack.enter_context(
            network({"list": [LIST_HOST, NAMELESS, LYING, HASTY], "mx": [SERVER, DNS]}, nameserver=DNS)
        )
        with hosts["mx"].entered():
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(ZONES)}, port=53, hosts=(DNS,)))
        stack.enter_context(postfix(hosts["mx"], hostname="mx.club.example.net", **settings))
        yield hosts["list"]


@contextmanager
def session(server, client: str = LIST_HOST, helo: str = HELO) -> Iterator[smtplib.SMTP]:
    """A session from that address of the list's host, greeted."""
    with server.entered(), smtplib.SMTP(source_address=(client, 0), timeout=20) as smtp:
        smtp.connect(SERVER, 25)
        smtp.ehlo(helo)
        yield smtp


def written_down(code: int, text: bytes, command: str) -> str:
    """The reply as Postfix' own client writes it into log and bounce."""
    reply = text.decode().replace("\n", " ")
    return f"host mx.club.example.net[{SERVER}]:25 said: {code} {reply} (in reply to {command} command)"


def diagnosed(reply: str) -> Diagnosis:
    failure = Failure(
        final_recipient="member@club.example.net",
        action="failed",
        status_code=None,
        diagnostic_code=reply,
        remote_mta="mx.club.example.net",
        standard=True,
    )
    return diagnose(failure, load_rules(), on=datetime.now(UTC).date())


@pytest.mark.parametrize("name", CASES)
def test_a_refused_command_is_read(server, name):
    """By its class, and never as anybody else's rule: these words are Postfix', whoever runs it."""
    case = CASES[name]
    with session(server, case.client, case.helo) as smtp:
        code, text = smtp.mail(case.sender)
        command = "MAIL FROM"
        if code == 250:
            code, text = smtp.rcpt(f"{name}@{case.domain}")
            command = "RCPT TO"
    reply = written_down(code, text, command)
    found = diagnosed(reply)
    assert case.says in reply
    assert (found.kind, found.receiver) == (case.kind, None), reply


@pytest.mark.parametrize(
    ("octets", "says", "kind"),
    [
        pytest.param(b"Subject: advertisement\r\n\r\nx\r\n", "rejected", "policy", id="content"),
        pytest.param(b"Subject: long\r\n\r\n" + b"x" * 70 + b"\r\n" * 1500, "too big", "other", id="size"),
    ],
)
def test_a_refused_message_is_read(server, octets, says, kind):
    with session(server) as smtp:
        smtp.mail(SENDER)
        smtp.rcpt("known@club.example.net")
        reply = written_down(*smtp.data(octets), "end of DATA")
    assert says in reply
    assert diagnosed(reply).kind == kind, reply


def test_too_many_recipients_are_a_matter_of_rate(server):
    """Put off, not refused; and the subscriber who happened to be the next one is not to blame."""
    with session(server, HASTY) as smtp:
        smtp.mail(SENDER)
        code, text = next(
            answer for answer in (smtp.rcpt("known@club.example.net") for _ in range(RATE + 1)) if answer[0] != 250
        )
    reply = written_down(code, text, "RCPT TO")
    assert "too many recipients" in reply
    assert diagnosed(reply).kind == "transient"


def test_a_session_that_is_given_up_is_no_subscribers_fault(server):
    with session(server) as smtp:
        answers = [smtp.docmd("NONSENSE") for _ in range(ERRORS + 1)]
    reply = written_down(*next(answer for answer in answers if answer[0] == 421), "RCPT TO")
    assert "too many errors" in reply
    assert diagnosed(reply).kind == "transient"


def test_a_greeting_that_refuses_is_read(server):
    """A 421 in place of the greeting, as the client writes it."""
    with server.entered():
        for _ in range(RATE + 1):
            smtp = smtplib.SMTP(source_address=(HASTY, 0), timeout=20)
            code, text = smtp.connect(SERVER, 25)
            smtp.close()
    reply = f"host mx.club.example.net[{SERVER}]:25 refused to talk to me: {code} {text.decode()}"
    assert "too many connections" in reply
    assert diagnosed(reply).kind == "transient"
