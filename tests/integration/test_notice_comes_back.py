"""A notice to nobody, through Debian's Postfix: its bounce comes back to our receiver and is told by another way."""

from datetime import timedelta

import pytest

from monitor.clock import now
from monitor.config.reload import SettingsSource
from monitor.model.incidents import NoticeState
from monitor.notify.notice import FAILED, MAIL, new_notice
from monitor.notify.notices_for import trial_data
from monitor.operations.deliver import deliver_one
from monitor.operations.own_outbound import EVERY, watch_own_outbound
from monitor.wiring import assemble, receiver_backend
from tests.configured import LIST, STORE
from tests.harness import wait_for
from tests.integration.netns import require
from tests.integration.postfix import postfix
from tests.integration.redis_server import redis_server
from tests.integration.two_hosts import DOMAIN, LIST_HOST, PROBE_HOST, two_hosts

pytestmark = [pytest.mark.integration, pytest.mark.netns]

NOBODY = f"nobody@{DOMAIN}"  # the receiver says 550 5.1.1 to that, as any host does to a mailbox that is not there
CONFIGURATION = f"""
{STORE}
[dns]
nameservers = ["[{PROBE_HOST}]:53"]
[receiver]
domain = "{DOMAIN}"
hostname = "receiver.example.org"
[notices]
from = "staysub@example.org"
relay = "smtp://[{LIST_HOST}]:25"
relay_outbound = ["{LIST_HOST}"]
bounces = "{{bounces}}"
administrators = ["host@example.org"]
{LIST}
owners = ["{NOBODY}"]
"""


class World:
    def __init__(self, hosts, mta, config):
        self.hosts, self.mta, self.config = hosts, mta, config
        self.services = assemble(SettingsSource(config))
        self.store = self.services.store

    def set(self, bounces, redis):
        self.config.write_text(CONFIGURATION.format(folder=self.config.parent, redis=redis, bounces=bounces))
        self.services = assemble(SettingsSource(self.config))
        self.store.heartbeats.beat("own-way", now() - EVERY - timedelta(seconds=1))
        with self.hosts["probe"].entered():
            watch_own_outbound(self.services)

    def tell(self, target):
        """A notice about the list, tried once; what became of it."""
        listed = self.services.watched("ipv6-ops")
        made = new_notice(
            f"{now()}", "list.risk.raised", (MAIL, target), list_id=listed.id, data=trial_data(listed), now=now()
        )
        self.store.notices.add([made])
        with self.hosts["probe"].entered():
            deliver_one(self.services, made.id)
        return self.store.notices.get(made.id)

    def failures(self):
        return [one for one in self.store.notices.recent() if one.type == FAILED]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    require("ip", "nsd", "postfix")
    folder = tmp_path_factory.mktemp("world")
    with redis_server() as redis:
        config = folder / "staysub.toml"
        config.write_text(CONFIGURATION.format(folder=folder, redis=redis, bounces="auto"))
        backend = receiver_backend(assemble(SettingsSource(config)))
        with two_hosts(folder, backend, postfix) as (hosts, mta):
            made = World(hosts, mta, config)
            made.redis = redis
            yield made


def test_a_notice_to_nobody_comes_back_to_the_receiver_and_is_told(world):
    """Nobody pipes a mailbox: the relay's bounce itself gets here, over IPv6, and finds the notice."""
    world.set("auto", world.redis)
    assert world.store.suppressions.returns() == DOMAIN, "SPF, DMARC and IPv6 are in order here"
    sent = world.tell(NOBODY)
    assert sent.state is NoticeState.DELIVERED, "the relay has taken it"

    def ended():
        return world.store.notices.get(sent.id).state is NoticeState.DEAD

    wait_for(ended, within_s=40, said=world.mta.log)
    told = world.store.notices.get(sent.id)
    assert told.attempts[-1].outcome == "bounced"
    assert "5.1.1" in told.attempts[-1].detail
    (failure,) = world.failures()
    assert failure.target == "host@example.org"
    assert "bounced" in failure.payload


def test_where_it_is_not_wanted_notices_leave_as_ever(world):
    world.set("from", world.redis)
    before = world.mta.log().count("from=<staysub@example.org>")
    assert world.tell(NOBODY).state is NoticeState.DELIVERED
    wait_for(lambda: world.mta.log().count("from=<staysub@example.org>") > before, within_s=40, said=world.mta.log)
