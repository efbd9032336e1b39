"""A check in which our own outage began or ended accuses no list; a list whose DNS alone fails is told."""

import pytest

from monitor.dns.answer import answered, unanswered
from monitor.dns.resolver import SystemResolver
from monitor.operations.own_sight import NOT_KNOWN_WHOSE, PASSED, fault_of_ours
from tests.builders import DOMAIN, NOW, a_check

BEGAN_S = 100.0  # of the monotonic clock
OTHERS = ("b.example", "c.example", "d.example", "e.example")


class Remembering(SystemResolver):
    """A resolver that remembers what it was asked, and by now gives answers about `alive`, or about everything."""

    def __init__(self, *, failed, well=(), alive=None):
        super().__init__(("192.0.2.53",))
        for name in failed:
            self.health.failed(name, "timeout", BEGAN_S + 1)
        for name in well:
            self.health.answered(name, BEGAN_S + 1)
        self.alive = alive

    def lookup(self, name, rrtype, *, timeout_s=None):
        del timeout_s
        if self.alive is not None and not name.endswith(self.alive):
            raise unanswered(name, rrtype, "timeout", server="nobody")
        return answered(name, rrtype, (), rcode="NXDOMAIN", server="memory")

    def answers_by_now(self, name, rrtype, *, timeout_s):
        del rrtype, timeout_s
        return self.alive is None or name.endswith(self.alive)

    def trouble(self):
        return None


@pytest.mark.parametrize(
    ("resolver", "ours"),
    [
        pytest.param(Remembering(failed=(DOMAIN, *OTHERS)), PASSED, id="all failed, and answer again"),
        pytest.param(Remembering(failed=(DOMAIN, *OTHERS), alive=()), PASSED, id="all failed, and nobody answers"),
        pytest.param(
            Remembering(failed=(DOMAIN, *OTHERS), alive=(".com",)), None, id="dead together, and the world is not"
        ),
        pytest.param(Remembering(failed=(DOMAIN,)), NOT_KNOWN_WHOSE, id="alone, and answers again"),
        pytest.param(Remembering(failed=(DOMAIN,), alive=(".com",)), None, id="alone, and does not answer again"),
        pytest.param(Remembering(failed=(DOMAIN, "b.example"), well=OTHERS[1:]), None, id="others answered meanwhile"),
    ],
)
def test_whose_fault_a_check_is_that_saw_some_of_it(resolver, ours):
    outcome = a_check("v=spf1 -all", at=NOW, errors={(DOMAIN, "TXT"): "timeout"})
    found = fault_of_ours(outcome, resolver, {}, now=NOW, since=BEGAN_S)
    assert found == ours


def test_a_check_that_saw_everything_is_no_ones_fault():
    outcome = a_check("v=spf1 -all", at=NOW)
    assert fault_of_ours(outcome, Remembering(failed=OTHERS), {}, now=NOW, since=BEGAN_S) is None
