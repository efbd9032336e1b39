"""docs/flow.md follows one list through files that exist, and leaves out no room that a list passes through."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
TEXT = (TOP / "docs" / "flow.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:monitor|tasks)/[a-z0-9_./]+)`", TEXT)))
# Rooms that no step of a list's way stands in: what starts the parts, what shows them, what all of them use.
BESIDE = {"cli", "config", "demo", "dkim", "dmarc", "doors", "letters", "phrase", "processes", "tongue"}


@pytest.mark.parametrize("path", NAMED)
def test_each_file_of_the_way_exists(path):
    assert (TOP / path).exists()


def test_every_room_on_the_way_is_named():
    rooms = {path.parent.name for path in (TOP / "monitor").glob("*/__init__.py")}
    assert rooms - BESIDE <= {path.split("/")[1] for path in NAMED}
