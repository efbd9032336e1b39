"""What Debian's Sendmail logs adds up to what receivers really said."""

import time

import pytest

from monitor.mtas.sendmail.log import SendmailLog
from tests.harness import wait_for
from tests.integration.netns import require
from tests.integration.sendmail import sendmail, sendmail_folder
from tests.integration.tally import MESSAGES, post, tallied, told

pytestmark = [pytest.mark.integration, pytest.mark.netns]

PATIENCE_S = 120.0
GIVE_UP_S = 8


def test_each_reply_is_read_for_each_recipient(tmp_path):
    """By family and code, to the last recipient, whatever was refused at whatever stage and tried again."""
    require("ip", "nsd", "m4", "unshare")
    if sendmail_folder() is None:
        pytest.skip("$STAYSUB_SENDMAIL names no Sendmail")
    with (
        tallied(tmp_path) as (hosts, tally),
        sendmail(hosts["list"], hostname="mail.lists.test", give_up_s=GIVE_UP_S) as mta,
    ):
        post(hosts["list"], MESSAGES)
        wait_for(lambda: not mta.queue(), "empty queue", within_s=PATIENCE_S, said=mta.log)

        def read():
            """What all lines so far tell: the last ones are written after the queue is empty."""
            return told(SendmailLog(time.time), mta.log().encode())

        wait_for(lambda: read() == tally.said, "agreement", said=lambda: (read(), tally.said))
        log = mta.log()
    reader = SendmailLog(time.time)
    assert told(reader, log.encode()) == tally.said
    assert (reader.unread, reader.sample) == (0, "")
