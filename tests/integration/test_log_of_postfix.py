"""What Debian's Postfix logs adds up to what receivers really said."""

import json
import time

import pytest

from monitor.mtas.postfix.log import PostfixLog
from tests.harness import wait_for
from tests.integration.netns import require
from tests.integration.postfix import postfix
from tests.integration.tally import MESSAGES, post, tallied, told

pytestmark = [pytest.mark.integration, pytest.mark.netns]

PATIENCE_S = 120.0
LIFETIME = {"maximal_queue_lifetime": "6s", "bounce_queue_lifetime": "6s"}


class ReadOnAfterEachLine:
    """A reader that is made anew for each line, from what the one before it kept."""

    def __init__(self):
        """None was read."""
        self.state, self.unread, self.sample = {}, 0, ""

    def read(self, line):
        """What a new reader tells."""
        reader = PostfixLog(time.time)
        reader.resume(json.loads(self.state) if self.state else {})
        events = list(reader.read(line))
        self.state = json.dumps(reader.state())
        self.unread, self.sample = self.unread + reader.unread, self.sample or reader.sample
        return events


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="as it comes"),
        pytest.param({"enable_long_queue_ids": "yes", "smtp_address_preference": "any"}, id="long ids, any family"),
        pytest.param({"soft_bounce": "yes", "smtp_skip_5xx_greeting": "no"}, id="soft bounces"),
    ],
)
def test_each_reply_is_read_for_each_recipient(tmp_path, settings):
    """By family and code, to the last recipient, whatever was refused at whatever stage and tried elsewhere."""
    require("ip", "nsd", "postfix")
    with (
        tallied(tmp_path) as (hosts, tally),
        postfix(hosts["list"], hostname="mail.lists.test", **(LIFETIME | settings)) as mta,
    ):
        post(hosts["list"], MESSAGES)

        def is_done():
            log = mta.log()
            return log.count(": removed") >= len(MESSAGES) and log.count(": message-id=") == log.count(": removed")

        wait_for(is_done, "empty queue", within_s=PATIENCE_S, said=mta.log)
        log = mta.log()
    for reader in (PostfixLog(time.time), ReadOnAfterEachLine()):
        assert told(reader, log.encode()) == tally.said
        assert (reader.unread, reader.sample) == (0, "")
