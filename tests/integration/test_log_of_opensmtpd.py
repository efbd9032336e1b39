"""What Debian's OpenSMTPD logs adds up to what receivers really said."""

import time

import pytest

from monitor.mtas.opensmtpd.log import OpenSmtpdLog
from tests.harness import wait_for
from tests.integration.netns import require
from tests.integration.opensmtpd import opensmtpd, opensmtpd_folder
from tests.integration.tally import MESSAGES, post, tallied, told

pytestmark = [pytest.mark.integration, pytest.mark.netns]

PATIENCE_S = 120.0
GIVE_UP_S = 30
AGAIN = 2


def test_each_reply_is_read_for_each_recipient(tmp_path):
    """By family and code, to the last recipient, whatever was refused at whatever stage and tried again."""
    require("ip", "nsd", "unshare", "setpriv")
    if opensmtpd_folder() is None:
        pytest.skip("$STAYSUB_OPENSMTPD names no OpenSMTPD")
    with (
        tallied(tmp_path) as (hosts, tally),
        opensmtpd(hosts["list"], hostname="mail.lists.test", give_up_s=GIVE_UP_S) as mta,
    ):
        post(hosts["list"], MESSAGES)
        for _ in range(AGAIN):
            before = tally.attempts
            mta.try_again()
            wait_for(lambda before=before: tally.attempts > before, "next try", said=mta.log)
        wait_for(lambda: not mta.queue(), "empty queue", within_s=PATIENCE_S, said=mta.log)

        def read():
            """What all lines so far tell: the last ones are written after the queue is empty."""
            return told(OpenSmtpdLog(time.time), mta.log().encode())

        wait_for(lambda: read() == tally.said_to_messages, "agreement", said=lambda: (read(), tally.said_to_messages))
        log = mta.log()
    reader = OpenSmtpdLog(time.time)
    assert told(reader, log.encode()) == tally.said_to_messages
    assert (reader.unread, reader.sample) == (0, "")
