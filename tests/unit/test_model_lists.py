"""The model's list and what the configuration makes of a table: the same fields, and no secret in sight."""

from dataclasses import fields

import pytest

from monitor.config.section import SECTION_OF
from monitor.config.show import plain
from tests.builders import a_list
from tests.sample_notices import SECRET, mailing_list

SUBMISSION = "smtps://ops:sesame@mail.example.org:465"


@pytest.mark.parametrize(("value", "section"), SECTION_OF.items(), ids=lambda each: each.__name__)
def test_a_section_makes_its_value_of_every_key(value, section):
    assert tuple(section.model_fields) == tuple(each.name for each in fields(value))


def test_secrets_are_never_told_by_accident():
    """Neither a log nor a traceback shows what a list's value holds, and the file's text is used."""
    listed = mailing_list(submission=SUBMISSION)
    assert listed.submission.reveal() == SUBMISSION
    for text in (repr(listed), str(listed), str(listed.submission), f"{listed.webhooks}"):
        assert "sesame" not in text
        assert SECRET not in text


def test_traffic_that_is_not_stated_is_told_apart():
    """1 post a day may be stated; what is in effect is shown either way."""
    stated, silent = a_list(messages_per_day=1.0), a_list()
    assert (stated.messages_per_day, silent.messages_per_day) == (1.0, None)
    assert plain(stated) == plain(silent)


def test_a_value_goes_into_a_section_as_it_is():
    """What was made once is not read again."""
    hook = mailing_list().webhooks[0]
    assert a_list(webhooks=(hook,)).webhooks[0] is hook
