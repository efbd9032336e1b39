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
# Recipients by what their local part asks for, and domains that know them before they refuse.
ASKED = ("a", "r450-b", "r550-c", "d", "e", "r450-f", "g")
DOMAINS = ("takes", "rcpt450", "rcpt451", "rcpt550", "mixed", "data450", "end450", "end550", "end451", "takes4")
MANY = [[f"{each}-{number}@{domain}.test" for each in ASKED] for domain in DOMAINS for number in range(20)]
IN_PIECES = {
    "smtp_destination_recipient_limit": "3",
    "smtp_destination_concurrency_limit": "3",
    "smtp_address_preference": "any",
}
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
    ("settings", "messages"),
    [
        pytest.param({}, MESSAGES, id="as it comes"),
        pytest.param({"enable_long_queue_ids": "yes", "smtp_address_preference": "any"}, MESSAGES, id="long ids"),
        pytest.param({"soft_bounce": "yes", "smtp_skip_5xx_greeting": "no"}, MESSAGES, id="soft bounces"),
        pytest.param({"smtp_tls_security_level": "encrypt"}, MESSAGES, id="TLS wanted, none offered"),
        pytest.param(IN_PIECES, MANY, id="messages in pieces, side by side"),
    ],
)
def test_each_reply_is_read_for_each_recipient(tmp_path, settings, messages):
    """By family and code, to the last recipient, whatever was refused at whatever stage and tried elsewhere."""
    require("ip", "nsd", "postfix")
    with (
        tallied(tmp_path) as (hosts, tally),
        postfix(hosts["list"], hostname="mail.lists.test", **(LIFETIME | settings)) as mta,
    ):
        post(hosts["list"], messages)

        def is_done():
            log = mta.log()
            return log.count(": removed") >= len(messages) and log.count(": message-id=") == log.count(": removed")

        wait_for(is_done, "empty queue", within_s=PATIENCE_S, said=mta.log)
        log = mta.log()
    for reader in (PostfixLog(time.time), ReadOnAfterEachLine()):
        assert told(reader, log.encode()) == tally.said
        assert (reader.unread, reader.sample) == (0, "")
