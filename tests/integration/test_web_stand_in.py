"""The web part tells that nobody works, when there is no worker to tell it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings
from monitor.model.incidents import DeliveryAttempt, NoticeState
from monitor.operations.services import Services
from monitor.web.stand_in import stand_in
from tests.sample_notices import mailing_list, notice

ADMIN = "host@example.org"


class House:
    """A web part alone, at a clock that is set by hand; mail that is only counted."""

    def __init__(self, store, monkeypatch):
        self.at, self.store, self.sent = datetime.now(UTC), store, []
        document = {
            "list": [mailing_list()],
            "notices": {"from": "staysub@example.net", "relay": "smtp://[::1]:1", "administrators": [ADMIN]},
        }
        settings = Settings.model_validate(document, by_alias=True)
        self.services = Services(settings=lambda: settings, store=store, rules=load_rules(), now=lambda: self.at)
        monkeypatch.setattr("monitor.notify.mail.send", self.send)

    def send(self, message, *_, **__):
        self.sent.append((message["To"], message["Subject"]))
        return DeliveryAttempt(at=self.at, outcome="delivered")

    def passes(self, minutes, *parts):
        for _ in range(minutes):
            self.at += timedelta(minutes=1)
            for part in parts:
                self.store.heartbeats.beat(part, self.at)
            stand_in(self.services)


@pytest.fixture
def house(store, monkeypatch):
    return House(store, monkeypatch)


def test_without_a_worker_the_web_part_tells_the_administrator_itself_and_nobody_else(house, store):
    waiting = notice()
    store.notices.add([waiting])
    house.passes(10, "worker", "beat", "resolver")
    assert house.sent == []
    house.passes(29, "beat")
    assert house.sent == []
    house.passes(5, "beat")
    assert house.sent == [(ADMIN, "Staysub cannot see: worker")]
    assert store.notices.get(waiting.id).state is NoticeState.PENDING, "what else waits is the workers' to deliver"
    house.passes(2, "beat", "worker")
    assert len(house.sent) == 1
    (ended,) = store.incidents.recent(9)
    told = store.notices.of_incident(ended.id)
    assert [one.state for one in told] == [NoticeState.DELIVERED, NoticeState.PENDING], "the end is told by the worker"


def test_a_host_that_was_switched_off_for_a_night_is_no_news(house):
    house.passes(10, "worker", "beat", "resolver")
    house.at += timedelta(hours=9)
    house.passes(10)
    assert house.sent == []
