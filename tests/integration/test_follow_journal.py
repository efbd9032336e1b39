"""A real journal is read by unit, and from its cursor on: each entry once."""

import json
import re
import subprocess
import sys

import pytest

from tests.harness import TOP

pytestmark = pytest.mark.integration

STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"


def test_a_units_entries_are_read_once_each_from_the_cursor_on():
    """Other units' are not, octets that are no text are kept, and an entry of two lines is one."""
    command = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", sys.executable, "-m"]
    ended = subprocess.run(
        [*command, "tests.integration.journal_world"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    lines = json.loads(ended.stdout)
    said = [re.fullmatch(rf"{STAMP} \S+ postfix/smtp\[7\]: (.*)", each)[1] for each in lines]
    assert said == ["4F: one", "4F: t\xffwo", "4F: three Nov 28 forged", "4F: four"]
