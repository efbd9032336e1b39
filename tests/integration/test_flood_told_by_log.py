"""A receiver begins to refuse a list's posts, and the mail server's log says so: from the first line to the mail.

DNS is in order all the while, nothing else tells: the clock is stepped, the log is Postfix's.
"""

from datetime import timedelta

import pytest

from monitor.follow import files
from monitor.model.incidents import IncidentState
from monitor.model.mta_log import MtaLog
from monitor.model.risk import RiskLevel
from monitor.operations import follow_log
from monitor.operations.follow_log import Follower
from monitor.operations.log_memory import memory_of
from monitor.store.list_record import Depth
from tests.builders import a_list
from tests.integration.test_first_notice import EVERY, HELO, MENDED, V4, V6, House, Sink, sink  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration

SECOND = timedelta(seconds=1)
TOLD_WITHIN = timedelta(minutes=1)
MEMBERS = 312
THERE = 400
GMAIL = "gmail-smtp-in.l.google.com[2001:db8:27::27]:25"
BY_SPF = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to "
    "authenticate with either SPF or DKIM. 550 5.7.26  SPF [list-0] with ip: [2001:db8:25::25] = did not pass"
)
PUT_OFF = BY_SPF.replace("550-5.7.26", "421-4.7.26").replace("550 5.7.26", "421 4.7.26")
BY_AUTHOR = (
    "550-5.7.26 Unauthenticated email from example.net is not accepted due to 550-5.7.26 domain's DMARC policy. Please contact "
    "550 5.7.26 the administrator of example.net domain"
)


class Postfix:
    """Writes what Postfix would of one post, a message a subscriber, as Mailman hands it over with VERP."""

    def __init__(self, path):
        self.path, self.number = path, 0

    def post(self, house, said, *, members=MEMBERS, host=GMAIL, domain="gmail.com", ident=None):
        """`said` is the reply; None: it is taken."""
        with self.path.open("a", encoding="utf-8") as out:
            for n in range(members):
                self.number += 1
                house.at += SECOND / 100
                queue_id = f"{self.number + 0xA0000000:X}"
                head = f"{house.at:%Y-%m-%dT%H:%M:%S.%f}+00:00 lists postfix"
                sender = f"list-0-bounces+m{n}={domain}@lists.example.org"
                print(f"{head}/cleanup[7]: {queue_id}: message-id=<{ident or house.at.date()}@example.net>", file=out)
                print(f"{head}/qmgr[8]: {queue_id}: from=<{sender}>, size=2000, nrcpt=1 (queue active)", file=out)
                to = f"{queue_id}: to=<m{n}@{domain}>, relay={host}, delay=0.9, delays=0.1/0/0.3/0.5"
                name = host.rpartition(":")[0]
                if said is None:
                    print(f"{head}/smtp[9]: {to}, dsn=2.0.0, status=sent (250 2.0.0 OK {queue_id} - gsmtp)", file=out)
                    print(f"{head}/qmgr[8]: {queue_id}: removed", file=out)
                elif said.startswith("5"):
                    told = f"host {name} said: {said} (in reply to end of DATA command)"
                    print(f"{head}/smtp[9]: {to}, dsn=5.7.26, status=bounced ({told})", file=out)
                    print(f"{head}/qmgr[8]: {queue_id}: removed", file=out)
                else:
                    told = f"host {name} said: {said} (in reply to end of DATA command)"
                    print(f"{head}/smtp[9]: {to}, dsn=4.7.26, status=deferred ({told})", file=out)


class Followed(House):
    """A house that follows a log, once a second."""

    def __init__(self, store, port, path, **differs):
        super().__init__(store, port, 1)
        self.answers = [MENDED]
        known = {"messages_per_day": 4.0, "subscribers": {"gmail.com": THERE, "gmx.net": 20}, "manager": "mailman3"}
        listed = a_list(
            id="list-0", helo=HELO, outbound=(V4, V6), owners=("owner@example.net",), **{**known, **differs}
        )
        mta_log = MtaLog(id="mail", kind="postfix", path=path)
        self.settings = self.settings.model_copy(update={"file_lists": (listed,), "mta_logs": (mta_log,)})
        self.follower = Follower(self.services, "mail", memory_of, monotonic=self.seconds)

    def seconds(self):
        return (self.at - self.began).total_seconds()

    def step(self, by=SECOND):
        super().step(by)
        self.follower.step()

    def level(self):
        return self.store.list_record("list-0", Depth(assessment=True)).assessment.level


@pytest.fixture
def house(store, sink, tmp_path, monkeypatch):  # noqa: F811 - the fixture
    """A list that is well, checked three times."""
    for module, name in ((follow_log, "WITHIN_S"), (files, "LOOK_S")):  # nothing is waited for: the clock is stepped
        monkeypatch.setattr(module, name, 0.0)
    made = Followed(store, sink.port, tmp_path / "mail.log")
    made.mta = Postfix(tmp_path / "mail.log")
    made.mta.post(made, None, ident="first")
    made.step()
    while len(made.checked) < 3:
        House.step(made, timedelta(minutes=1))
    assert made.level() is RiskLevel.OK
    assert not sink.taken
    yield made
    made.follower.close()


def text_of(mail):
    return " ".join(mail.get_body(("plain",)).get_content().split())


@pytest.mark.parametrize("said", [pytest.param(BY_SPF, id="refused"), pytest.param(PUT_OFF, id="put off")])
def test_a_flood_is_told_within_a_minute_of_its_first_post(house, sink, said):  # noqa: F811 - the fixture
    """With the exact number of subscribers, at the first post: the reply is about how the list's mail is sent."""
    began = house.at
    house.mta.post(house, said, ident="flood")
    house.until(lambda: sink.taken, within=2 * EVERY)
    assert house.at - began <= TOLD_WITHIN
    (mail,) = sink.taken
    assert f"{MEMBERS} of {THERE} subscribers" in text_of(mail)
    assert f"{MEMBERS} " in mail["Subject"]
    assert "about 3" not in text_of(mail)
    assert "gmail" in text_of(mail).lower()


def test_a_post_of_one_author_is_no_flood(house, sink):  # noqa: F811 - the fixture
    """One author's DMARC: to be watched, and told apart from how the list's mail is sent."""
    house.mta.post(house, BY_AUTHOR, ident="of one author")
    gmx = "mx00.emig.gmx.net[192.0.2.65]:25"
    house.mta.post(house, None, ident="of one author", members=20, host=gmx, domain="gmx.net")
    for _ in range(90):
        house.step()
    assert house.level() is RiskLevel.WATCH
    assessment = house.store.list_record("list-0", Depth(assessment=True)).assessment
    (one,) = [each for each in assessment.findings if each.code == "replies.one-post"]
    assert "1 other receiver took what was refused" in one.message


def test_its_end_is_told_when_the_log_shows_posts_taken(house, sink):  # noqa: F811 - the fixture
    """Nobody has to wait for days without refusals: the list is well as soon as enough posts were taken there."""
    house.mta.post(house, BY_SPF, ident="flood")
    house.until(lambda: sink.taken, within=2 * EVERY)
    for n in range(6):
        house.step(timedelta(minutes=10))
        house.mta.post(house, None, ident=f"after {n}")
    house.until(lambda: house.incident() is None or house.incident().state is IncidentState.RESOLVED, within=8 * EVERY)
    assessment = house.store.list_record("list-0", Depth(assessment=True)).assessment
    gmail = next(each for each in assessment.forecasts if each.receiver == "gmail")
    assert gmail.seen.over_since is not None


def test_what_was_over_when_it_was_read_alarms_nobody(house, sink, monkeypatch):  # noqa: F811 - the fixture
    """A follower that was off: what the log says of three days ago is judged with what it says of today."""
    monkeypatch.setattr(follow_log, "LINES_MOST", 400)
    now = house.at
    house.at = now - timedelta(days=3)
    house.mta.post(house, BY_SPF, ident="flood of then")
    for n in range(8):
        house.at = now - timedelta(days=2) + n * timedelta(hours=6)
        house.mta.post(house, None, ident=f"since {n}")
    house.at = now
    levels = set()
    for _ in range(90):
        house.step()
        levels.add(house.level())
    assert (levels, sink.taken) == ({RiskLevel.OK}, [])


def test_a_post_that_is_refused_for_what_stands_in_it_is_no_flood(house, sink):  # noqa: F811 - the fixture
    """A receiver that takes it for spam says nothing of the list's other posts, nor of how they are sent."""
    said = "554-Transaction failed 554-Reject due to policy restrictions. 554 For explanation visit https://postmaster.gmx.net/"
    house.mta.post(house, said, members=20, host="mx00.emig.gmx.net[192.0.2.65]:25", domain="gmx.net", ident="spam")
    for _ in range(90):
        house.step()
    assert house.level() is RiskLevel.WATCH


def test_greylisting_is_told_to_nobody(house, sink):  # noqa: F811 - the fixture
    """Put off at first, taken some minutes later: as each day."""
    house.mta.post(house, "450 4.2.0 Greylisted, please try again in 300 seconds", ident="grey")
    for _ in range(90):
        house.step()
    assert (house.level(), sink.taken) == (RiskLevel.OK, [])


def test_what_follows_is_not_told_again(house, sink):  # noqa: F811 - the fixture
    """Two more posts refused for the same subscribers, and the log read anew by another follower: one mail."""
    house.mta.post(house, BY_SPF, ident="flood")
    house.until(lambda: sink.taken, within=2 * EVERY)
    another = Follower(house.services, "mail", memory_of)
    for n in range(2):
        house.mta.post(house, BY_SPF, ident=f"next {n}")
        for _ in range(30):
            house.step()
            another.step()
    another.close()
    rows = [row for key, row in house.store.replies.of_list("list-0") if key.kind == "policy"]
    assert sum(row.recipients for row in rows) == 3 * MEMBERS
    assert len(sink.taken) == 1
