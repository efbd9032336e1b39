"""What Debian's Postfix and Exim write when they are refused over IPv6 is read as what it is.

`STAYSUB_GOLDEN=write` keeps its bounces as golden messages.
"""

import os
import smtplib
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.admission.data import load_rules
from monitor.trace.explain import explain
from tests.builders import reports_in
from tests.harness import wait_for
from tests.integration.exim import exim, exim_program
from tests.integration.netns import network, require
from tests.integration.postfix import postfix
from tests.integration.receivers import answering

pytestmark = [pytest.mark.integration, pytest.mark.netns]

LIST_HOST, RECEIVER_HOST, PORT = "2001:db8:25::25", "2001:db8:99::25", 2525
REPLIES = {
    "unauthenticated": "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n"
    "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n"
    f"550 5.7.26  SPF [lists.example.org] with ip: [{LIST_HOST}] = did not pass",
    "ipv6": f"450 4.7.26 Service unavailable, message sent over IPv6 [{LIST_HOST}] must pass either SPF or DKIM validation",
    "gone": "550 5.1.1 <gone@example.net>: Recipient address rejected: User unknown",
    "full": "552 5.2.2 Mailbox full",
}
EXPECTED = {
    "unauthenticated": ("policy", "goog.unauth.5726.v3", False),
    "ipv6": ("policy", "ms.eop.v6.auth.4xx.4726", True),
    "gone": ("address", None, False),
    "full": ("mailbox", None, False),
}
PATIENCE_S = 60.0
GOLDEN = Path(__file__).parents[1] / "golden" / "explain"


class Receiver:
    """Refuses by local part; takes what goes to the list's bounce address."""

    def __init__(self):
        self.bounces = []

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802 - aiosmtpd's name
        del server, session, rcpt_options
        reply = REPLIES.get(address.partition("@")[0])
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        del server, session
        self.bounces.append(envelope.content)
        return "250 2.0.0 OK"


@contextmanager
def receiver(host):
    """The receiver on `host`."""
    handler = Receiver()
    with answering(host, handler, port=PORT):
        yield handler


def refused_postfix(host):
    require("postfix")
    return postfix(
        host,
        hostname="mail.lists.example.org",
        relayhost=f"[{RECEIVER_HOST}]:{PORT}",
        maximal_queue_lifetime="3s",
    )


def refused_exim(host):
    if exim_program() is None:
        pytest.skip("exim4 is not installed, and $STAYSUB_EXIM names none")
    return exim(host, hostname="mail.lists.example.org", relay=(RECEIVER_HOST, PORT), give_up_s=3)


@pytest.fixture(
    scope="module", params=[("30-postfix", refused_postfix), ("31-exim", refused_exim)], ids=["postfix", "exim"]
)
def bounces(request):
    """One bounce for each reply, by the recipient's local part."""
    require("ip")
    name, mta = request.param
    with (
        network({"list": [LIST_HOST], "receiver": [RECEIVER_HOST]}) as hosts,
        receiver(hosts["receiver"]) as handler,
        mta(hosts["list"]),
    ):
        with hosts["list"].entered(), smtplib.SMTP("::1", 25, timeout=10) as session:
            for local in REPLIES:
                session.sendmail(
                    "ipv6-ops-bounces@lists.example.org",
                    [f"{local}@example.net"],
                    "Date: Tue, 28 Apr 2026 09:12:29 +0200\r\nFrom: author@example.com\r\nSubject: a post\r\n\r\nText.\r\n",
                )
        wait_for(lambda: len(handler.bounces) >= len(REPLIES), "bounce for each reply", within_s=PATIENCE_S)
        found = {
            local: next(each for each in handler.bounces if f"{local}@example.net".encode() in each)
            for local in REPLIES
        }
        for local, octets in found.items() if os.environ.get("STAYSUB_GOLDEN") == "write" else ():
            (GOLDEN / f"{name}-itself-{local}.eml").write_bytes(octets.replace(b"\r\n", b"\n"))
        return found


@pytest.mark.parametrize("local", REPLIES)
def test_a_bounce_of_an_mta_is_explained(bounces, local):
    """Lines joined, codes left inside, a deferral told at the end of queue time, Exim's status that says nothing."""
    explanation = explain(bounces[local], load_rules(), now=datetime.now(UTC))
    (found,) = explanation.bounces
    kind, rule, soft = EXPECTED[local]
    assert explanation.kind == "bounce"
    assert (found.kind, found.rule.id if found.rule else None, found.soft) == (kind, rule, soft)
    assert (found.failure.final_recipient, found.failure.action) == (f"{local}@example.net", "failed")
    assert explanation.path.hops[0].hop.by_host == "mail.lists.example.org"


def test_the_post_is_dated_by_the_copy_in_the_bounce(bounces):
    (report,) = reports_in(bounces["ipv6"], now=datetime.now(UTC))
    assert report.at == datetime(2026, 4, 28, 7, 12, 29, tzinfo=UTC)
    assert report.family == 6
