"""The pictures in the documents: small, each shown somewhere, each with words for those who do not see it."""

import re
from pathlib import Path

import pytest

from tests.browser.pictures import BYTES_MOST, DOCS, PICTURES

TOP = Path(__file__).parents[2]
TEXTS = {path: path.read_text(encoding="utf-8") for path in (TOP / "README.md", *DOCS.glob("*.md"))}
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]+\.png)\)")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("picture", PICTURES, ids=[each.name for each in PICTURES])
def test_it_is_small_and_shown_with_words(picture):
    assert picture.file.read_bytes().startswith(PNG)
    assert picture.file.stat().st_size <= BYTES_MOST
    assert picture.outline.exists()
    words = [
        said
        for path, text in TEXTS.items()
        for said, target in SHOWN.findall(text)
        if (path.parent / target).resolve() == picture.file
    ]
    assert words
    assert all(len(said) > 20 for said in words)


def test_no_picture_is_kept_that_nobody_renews():
    assert {path.name for path in DOCS.glob("*.png")} == {each.file.name for each in PICTURES}
