"""Messages stand in the source as catalogues need them: literals, with a part for each place."""

import ast
import re
from pathlib import Path

import pytest

import monitor
from monitor.tongue import messages

HOUSE = Path(monitor.__file__).parent
SPOKEN = "monitor.phrase.phrase"
# Which of a function's arguments are messages.
MESSAGES = {"say": slice(0, 1), "plural": slice(0, 2), "word": slice(1, 2)}
READ_FROM_DATA = {"admission/data.py", "wording/plain.py"}  # texts of the files that messages.TEXTS names
PLACE = re.compile(r"\{(\w+)\}")


def said(path):
    """The calls that make phrases, each with the name of its function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom) and each.module == SPOKEN
        for alias in each.names
    }
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in imported & set(MESSAGES):
            yield each.func.id, each


SOURCES = [each for each in sorted(HOUSE.rglob("*.py")) if SPOKEN in each.read_text(encoding="utf-8")]


def name_of(path):
    return path.relative_to(HOUSE).as_posix()


def test_the_functions_are_those_whose_messages_are_extracted():
    assert set(MESSAGES) == set(messages.KEYWORDS)
    assert len(READ_FROM_DATA) == len(messages.TEXTS)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_message_is_a_literal_or_a_text_of_a_data_file(path):
    wrong = [
        ast.unparse(call)
        for name, call in said(path)
        for message in call.args[MESSAGES[name]]
        if not (isinstance(message, ast.Constant) and isinstance(message.value, str))
    ]
    assert not wrong or name_of(path) in READ_FROM_DATA


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_each_place_has_a_part_and_each_part_a_place(path):
    for name, call in said(path):
        forms = [each.value for each in call.args[MESSAGES[name]] if isinstance(each, ast.Constant)]
        if any(each.arg is None for each in call.keywords) or not forms:
            continue  # parts that several messages share
        parts = {each.arg for each in call.keywords}
        places = set(PLACE.findall("".join(forms).replace("{{", "").replace("}}", "")))
        assert places - ({"n"} if name == "plural" else set()) == parts, ast.unparse(call)


@pytest.mark.parametrize("extracted", [messages._words, messages._pages])
def test_no_two_plurals_begin_alike(extracted):
    """A catalogue knows a plural by its singular: the second one would be the first one's."""
    told = {}
    for _, message, _, context in extracted():
        if isinstance(message, tuple):
            assert told.setdefault((message[0], context), message) == message
    assert told
