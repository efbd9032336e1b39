"""What comes to the canary address: posts and the notices of each list manager are told apart."""

from base64 import b64encode
from datetime import date

import pytest

from monitor.evidence.canary import read
from monitor.evidence.canary.read import notices, read_canary
from monitor.model.evidence import CanaryKind

ADMINISTRATIVE = "X-List-Administrivia: yes\r\n"
BOUNCING = "Messages to you from the ops mailing list seem to\nhave been bouncing. I've attached a copy."
DISABLED = "Your membership in the mailing list Ops has been disabled due to excessive\nbounces."


def message(subject, body="Hello", *, more=""):
    return f"From: ops-request@lists.example.org\r\nSubject: {subject}\r\n{more}\r\n{body}\r\n".encode()


@pytest.mark.parametrize(
    ("content", "kind", "notice"),
    [
        pytest.param(message("confirm 0123456789abcdef", DISABLED), "disable-warning", "mailman2.disabled", id="2.1"),
        pytest.param(
            message("confirm 0123456789abcdef", "Mailing list subscription confirmation notice for mailing list Ops"),
            "confirmation",
            "mailman2.confirm",
            id="2.1 asks",
        ),
        pytest.param(
            message("Your subscription for Ops mailing list has been disabled"),
            "disable-warning",
            "mailman3.disabled",
            id="3",
        ),
        pytest.param(
            message("You have been unsubscribed from the Ops mailing list"),
            "unsubscribed",
            "mailman.unsubscribed",
            id="2.1 and 3 say goodbye",
        ),
        pytest.param(
            message("Your confirmation is needed to join the ops@lists.example.org mailing list."),
            "confirmation",
            "mailman3.confirm",
            id="3 asks",
        ),
        pytest.param(
            message("=?utf-8?q?Your_bouncing_address_in_list_ops?="), "disable-warning", "sympa.bouncing", id="Sympa"
        ),
        pytest.param(
            message(
                "Unsubscribed from ops", "Your email address (a@b) has been removed from list ops@lists.example.org"
            ),
            "unsubscribed",
            "sympa.unsubscribed",
            id="Sympa says goodbye",
        ),
        pytest.param(message("Lists / subscribing to ops"), "confirmation", "sympa.confirm", id="Sympa asks"),
        pytest.param(message("ezmlm warning", BOUNCING), "disable-warning", "ezmlm.bouncing", id="ezmlm"),
        pytest.param(
            message("GOODBYE from ops@lists.example.org"), "unsubscribed", "ezmlm.unsubscribed", id="ezmlm bye"
        ),
        pytest.param(message("Confirm subscribe to ops"), "confirmation", "ezmlm.confirm", id="mlmmj asks"),
        pytest.param(
            message("Bouncing messages from ops", "Some messages to you could not be delivered."),
            "disable-warning",
            "mlmmj.bouncing",
            id="mlmmj",
        ),
        pytest.param(message("Ihr Passwort", more=ADMINISTRATIVE), "notice", None, id="of no known kind"),
        pytest.param(
            message(
                "ezmlm warning",
                b64encode(BOUNCING.encode()).decode(),
                more="Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n",
            ),
            "disable-warning",
            "ezmlm.bouncing",
            id="encoded",
        ),
    ],
)
def test_each_notice_is_known_by_its_words(content, kind, notice):
    told = read_canary(content)
    assert (told.kind, told.notice) == (kind, notice)
    assert told.sender == "ops-request@lists.example.org"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(message("[ops] IPv6 and Office 365"), id="a post"),
        pytest.param(message("Help!", DISABLED), id="that quotes a notice"),
        pytest.param(message("Re: Your subscription for Ops mailing list has been disabled"), id="that answers one"),
        pytest.param(
            message("You have been unsubscribed from the Ops mailing list", more="In-Reply-To: <a@b>\r\n"),
            id="that answers one in its words",
        ),
        pytest.param(b"", id="nothing"),
    ],
)
def test_of_a_post_nothing_is_kept_but_that_it_came(content):
    told = read_canary(content)
    assert told.kind is CanaryKind.POST
    assert (told.subject, told.sender, told.links, told.notice) == ("", "", (), None)


def test_a_confirmation_brings_its_links_for_a_person_to_open():
    links = [f"https://lists.example.org/confirm/{n}" for n in range(5)]
    body = f"Open {links[0]}. Or {links[0]}, {links[1]} {links[2]} {links[3]} or ftp://x/ javascript:alert(1)"
    assert read_canary(message("confirm subscribe to ops", body)).links == tuple(links[:3])
    assert read_canary(message("goodbye from ops", body)).links == ()


def test_the_table_is_whole():
    """Each form has an id of its own and says where its words stand; none matches everything."""
    ids = [each.id for each in notices()]
    assert len(ids) == len(set(ids))
    assert not any(each.fits("", "", frozenset()) for each in notices())
    rows = read.table()
    assert all(row["source"] for row in rows)
    assert {type(row["read"]) for row in rows if "read" in row} == {date}
