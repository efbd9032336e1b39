"""The tests themselves: each asserts something, is named by its room, and names nothing that is not there."""

import ast
import re

import pytest

from tests.harness import TOP

FILES = sorted((TOP / "tests").rglob("test_*.py"))
TREES = {path: ast.parse(path.read_text()) for path in FILES}
IDS = [str(path.relative_to(TOP)) for path in FILES]
EXPECTING = frozenset({"expect", "nothing_raised", "wait_for", "raises", "fail", "warns"})
# Of a unit test's name what is no room of monitor/: these hold what stands beside the code.
BESIDE = frozenset({"deploy", "docs", "histories", "lock", "readme", "tasks", "tests", "torment"})
PATH = re.compile(r"(?:monitor|tasks|tests|bench|docs|deploy|requirements)/[\w./-]*\.[a-z]+")
DOTTED = re.compile(r"(?:monitor|tasks|tests|bench)(?:\.\w+)+")


def cases_in(tree):
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node for node in functions if node.name.startswith("test_")]


def called(node):
    """The last name of each call: `fail` of `pytest.fail()`."""
    calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {getattr(func, "attr", getattr(func, "id", "")) for func in calls}


def asserts(node, helpers=frozenset()):
    """Whether it holds anything to be true, or calls what does."""
    return any(isinstance(each, ast.Assert) for each in ast.walk(node)) or bool(called(node) & (EXPECTING | helpers))


def is_helper(node):
    """A function of the test's own module that asserts; what sets things up does not count."""
    return isinstance(node, ast.FunctionDef) and not node.decorator_list and asserts(node)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_each_test_asserts_something(path):
    helpers = frozenset(node.name for node in TREES[path].body if is_helper(node))
    assert [node.name for node in cases_in(TREES[path]) if not asserts(node, helpers)] == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_what_strings_name_exists(path):
    """A path or a dotted name in a string, which no tool renames along with the code."""
    strings = [node.value for node in ast.walk(TREES[path]) if isinstance(node, ast.Constant)]
    words = {word.rstrip(".") for text in strings if isinstance(text, str) for word in re.findall(r"[\w./-]+", text)}
    assert {word for word in words if PATH.fullmatch(word) and not (TOP / word).exists()} == set()
    assert {word for word in words if DOTTED.fullmatch(word) and not is_named(word)} == set()


def is_named(dotted):
    """Whether it is a module, or a name that stands in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        module = TOP.joinpath(*parts[:length])
        found = [each for each in (module.with_suffix(".py"), module / "__init__.py") if each.exists()]
        if found or module.is_dir():
            text = found[0].read_text() if found else ""
            return all(re.search(rf"\b{name}\b", text) for name in parts[length : length + 1])
    return False


@pytest.mark.parametrize("path", sorted((TOP / "tests/unit").glob("test_*.py")), ids=lambda path: path.name)
def test_a_unit_test_is_named_by_its_room(path):
    rooms = {each.stem for each in (TOP / "monitor").iterdir()}
    assert path.stem.split("_")[1] in rooms | BESIDE


def test_the_rule_sees_a_test_that_asserts_nothing():
    """The rule itself: a call alone is none, and a helper counts where it asserts."""
    tree = ast.parse("def helper():\n    assert 1\ndef test_a():\n    run()\ndef test_b():\n    helper()\n")
    first, second = cases_in(tree)
    assert not asserts(first, frozenset({"helper"}))
    assert asserts(second, frozenset({"helper"}))
