"""How a message's way is drawn: domains, the border, and each result once."""

from datetime import UTC, datetime
from pathlib import Path

from monitor.admission.data import load_rules
from monitor.trace.explain import explain
from monitor.web.views.hops import journey

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"


def drawn(name):
    found = explain((GOLDEN / f"{name}.eml").read_bytes(), load_rules(), now=datetime(2026, 11, 24, tzinfo=UTC))
    return journey(found.path, found.authentication), found


def test_hops_are_drawn_by_domain_and_the_border_between():
    made, _ = drawn("01-checked-again-inside")
    assert [(realm.name, realm.entered, len(realm.stops)) for realm in made.realms] == [
        ("example.org", False, 1),
        ("Microsoft 365", True, 4),
    ]


def test_what_several_fields_tell_is_shown_once_with_all_of_them():
    made, found = drawn("01-checked-again-inside")
    at_the_border = made.realms[1].stops[0].checked
    assert [one.result.method for one in at_the_border][:3] == ["spf", "dkim", "dmarc"]
    assert at_the_border[0].told_by == ("Authentication-Results", "Received-SPF by protection.outlook.com")
    shown = [one for realm in made.realms for stop in realm.stops for one in stop.checked]
    assert {(r.method, r.result, r.hop) for r in found.authentication} == {
        (one.result.method, one.result.result, one.result.hop) for one in (*shown, *made.elsewhere)
    }


def test_every_golden_message_is_drawn_whole():
    for eml in GOLDEN.glob("*.eml"):
        made, found = drawn(eml.stem)
        assert sum(len(realm.stops) for realm in made.realms) == len(found.path.hops)
        assert sum(realm.entered for realm in made.realms) == sum(hop.boundary for hop in found.path.hops)
