"""What a resolver was told that contradicts itself: names denied for one type that exist for another."""

import pytest

from monitor.dns.answer import answered
from monitor.dns.heard import Denied, Heard, denied_names
from tests.fakes import ZoneResolver


def heard(*answers):
    """Answers as (name, type, records), None for NXDOMAIN."""
    return {
        (name, rrtype): answered(name, rrtype, records or (), rcode="NXDOMAIN" if records is None else "NOERROR")
        for name, rrtype, records in answers
    }


@pytest.mark.parametrize(
    ("answers", "denied"),
    [
        pytest.param([("h.example", "A", ("192.0.2.1",)), ("h.example", "AAAA", None)], ("h.example", ("AAAA",), "A"), id="RFC 4074 §4.2"),
        pytest.param([("h.example", "AAAA", None), ("x.h.example", "A", ("192.0.2.1",))], ("h.example", ("AAAA",), "x.h.example"), id="RFC 8020 §2"),
        pytest.param([("h.example", "A", ("192.0.2.1",)), ("h.example", "AAAA", ())], None, id="no data"),
        pytest.param([("h.example", "A", None), ("h.example", "AAAA", None)], None, id="not there"),
        pytest.param([("h.example", "A", None), ("hh.example", "A", ("192.0.2.1",))], None, id="another name"),
        pytest.param([("h.example", "TXT", None), ("h.example", "CNAME", ("gone.example",))], None, id="an alias into nowhere"),
    ],
)  # fmt: skip
def test_a_name_that_exists_and_was_denied(answers, denied):
    assert denied_names(heard(*answers)) == (() if denied is None else (Denied(*denied),))


def test_what_is_asked_is_remembered_whatever_its_case():
    dns = Heard(ZoneResolver({"a.example": {"A": ["192.0.2.1"]}}))
    assert dns.lookup("A.Example.", "A").strings == ("192.0.2.1",)
    assert dns.heard["a.example", "A"].strings == ("192.0.2.1",)
