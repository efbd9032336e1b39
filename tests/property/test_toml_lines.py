"""Whatever a document says, each of its keys has a line, and the line is in the order of the document."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from monitor.config.toml import Table, write_document
from monitor.config.toml_lines import lines_of

KEYS = st.one_of(st.sampled_from(["a", "a.b", "[x]", "'", '"', "#", "list", ""]), st.text(max_size=5))
TEXTS = st.one_of(st.sampled_from(["", "]", "}", "# no comment", "[a]\nb = 1", '"""', "\\"]), st.text(max_size=8))
VALUES = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4).map(Table)
DOCUMENTS = st.dictionaries(KEYS, st.one_of(VALUES, TABLES, st.lists(TABLES, min_size=1, max_size=3)), max_size=5)


def paths(value, above=()):
    each = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in each:
        yield (*above, key)
        yield from paths(inner, (*above, key))


@given(DOCUMENTS, st.sampled_from(["\n", "\r\n", "\n\n# between\n"]))
def test_each_key_of_any_document_has_a_line(document, ends):
    text = write_document(document).replace("\n", ends)
    read = tomllib.loads(text)
    found = lines_of(text)
    assert set(found) == set(paths(read))
    lines = text.split("\n")
    for path, line in found.items():
        assert 1 <= line <= len(lines)
        if isinstance(path[-1], str) and path[-1].isalpha() and path[-1].isascii():
            assert path[-1] in lines[line - 1]
