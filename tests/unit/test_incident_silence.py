"""Silences: what one covers, and when it hides an incident."""

import pytest

from monitor.incident.silence import is_silenced, make
from tests.sample_notices import NOW, raised
from tests.stories import DAY, HOUR


@pytest.mark.parametrize(
    ("silence", "hidden"),
    [
        ({}, True),
        ({"list_id": "ipv6-ops"}, True),
        ({"list_id": "other"}, False),
        ({"finding": "spf.ipv6-not-covered"}, False),
        ({"receiver": "microsoft-365"}, True),
        ({"receiver": "gmail"}, False),
        ({"receiver": "microsoft-365", "finding": "ptr.missing"}, False),
    ],
)
def test_a_silence_hides_an_incident_only_where_it_covers_all_of_it(silence, hidden):
    """The incident has two reasons and one receiver in danger."""
    facts = {"list_id": None, "receiver": None, "finding": None, **silence}
    one = make(by="", reason="", now=NOW, until=NOW + DAY, **facts)
    incident, _ = raised()
    assert incident.reasons == ("ptr.missing", "spf.ipv6-not-covered")
    assert is_silenced([one], incident, ["microsoft-365"], now=NOW + HOUR) is hidden
    assert not is_silenced([one], incident, ["microsoft-365"], now=NOW + DAY), "a silence outlived its end"


def test_two_silences_cover_two_reasons_together():
    incident, _ = raised()
    both = [
        make(list_id=None, receiver=None, finding=code, by="", reason="", now=NOW, until=NOW + DAY)
        for code in incident.reasons
    ]
    assert is_silenced(both, incident, ["microsoft-365"], now=NOW)
    assert not is_silenced(both[:1], incident, ["microsoft-365"], now=NOW)


def test_a_silence_needs_an_end_ahead():
    with pytest.raises(ValueError, match="ahead"):
        make(list_id=None, receiver=None, finding=None, by="", reason="", now=NOW, until=NOW)
