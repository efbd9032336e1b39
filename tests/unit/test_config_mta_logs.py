"""What `[[mta_log]]` makes of its keys."""

from datetime import timedelta
from pathlib import Path

from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.config.show import show
from monitor.model.mta_log import STANDARD_INPUT, MtaLog, log_named, parts_of

TEXT = b"""
[[mta_log]]
kind = "postfix"
path = "mail.log"
[[mta_log]]
id = "units"
kind = "postfix"
journal = ["postfix@-.service"]
past = "0s"
timezone = "Europe/Berlin"
[[mta_log]]
kind = "exim"
path = "-"
"""


def test_a_log_is_a_file_a_journal_or_standard_input():
    """A relative path starts from the directory of the configuration; the id is the kind where none is given."""
    file, units, piped = parse(TEXT, Sources(base=Path("/etc/staysub")), name="test").mta_logs
    assert file == MtaLog(id="postfix", kind="postfix", path=Path("/etc/staysub/mail.log"))
    assert (file.past, file.source) == (timedelta(days=7), "/etc/staysub/mail.log")
    assert units.source == "the journal of postfix@-.service"
    assert (units.past, units.timezone) == (timedelta(0), "Europe/Berlin")
    assert (piped.path, piped.source) == (STANDARD_INPUT, "standard input")
    assert parts_of((file, units, piped)) == ("follow:postfix", "follow:units")
    assert log_named((file, units), "units") is units


def test_what_is_shown_can_be_read_back():
    """Also "-", which is no path."""
    settings = parse(TEXT, Sources(base=Path("/etc/staysub")), name="test")
    assert parse(show(settings).encode(), Sources(), name="shown").mta_logs == settings.mta_logs
