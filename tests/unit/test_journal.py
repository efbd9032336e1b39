"""Log lines: an event, its fields, nothing that outside text could forge."""

import logging

from monitor.journal import EventFormatter


def line(message, **fields):
    record = logging.makeLogRecord(
        {"name": "monitor.web", "levelname": "INFO", "msg": message, "created": 0.0, **fields}
    )
    return EventFormatter().format(record)


def test_an_event_carries_its_fields():
    assert line("incident_changed", list="ops", level="watch") == (
        "1970-01-01T00:00:00Z INFO monitor.web incident_changed list=ops level=watch"
    )


def test_outside_text_cannot_forge_a_line():
    assert line("refused", reply="550 no\n1970 INFO forged") == (
        "1970-01-01T00:00:00Z INFO monitor.web refused reply='550 no\\n1970 INFO forged'"
    )
