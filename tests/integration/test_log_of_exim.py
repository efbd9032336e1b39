"""What Debian's Exim logs adds up to what receivers really said."""

import pytest

from monitor.mtas.exim.log import EximLog
from tests.harness import wait_for
from tests.integration.exim import exim, exim_program
from tests.integration.netns import require
from tests.integration.tally import MESSAGES, post, tallied, told

pytestmark = [pytest.mark.integration, pytest.mark.netns]

PATIENCE_S = 120.0
GIVE_UP_S = 6


def test_each_reply_is_read_for_each_recipient(tmp_path):
    """By family and code, to the last recipient, whatever was refused at whatever stage and tried elsewhere."""
    require("ip", "nsd")
    if exim_program() is None:
        pytest.skip("exim4 is not installed, and $STAYSUB_EXIM names none")
    with (
        tallied(tmp_path) as (hosts, tally),
        exim(hosts["list"], hostname="mail.lists.test", give_up_s=GIVE_UP_S) as mta,
    ):
        post(hosts["list"], MESSAGES)

        def is_done():
            log = mta.log()
            return log.count(" <= ") >= len(MESSAGES) and log.count(" <= ") == log.count(" Completed")

        wait_for(is_done, "empty queue", within_s=PATIENCE_S, said=mta.log)
        log = mta.log()
    reader = EximLog(lambda: 0.0)
    assert told(reader, log.encode()) == tally.said
    assert (reader.unread, reader.sample) == (0, "")
