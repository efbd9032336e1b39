"""A fault is told by the name of the list, the line of the file and the key: nobody counts tables."""

import tomllib

import pytest

from monitor.config.load import parse
from monitor.config.places import Places
from monitor.config.secret import Sources
from monitor.config.toml_lines import lines_of
from monitor.errors import ConfigError
from tests.configured import LIST

DOCUMENT = """\
a = 1
b.c = "x # no comment"  # one [b]
"d e".f = [1,
  2.5, # [
  [3, {g = 1, h = "]"}],
  2026-11-28 07:00:00,
]
[t."u.v"]
s = \"\"\"
[x]
k = 1 \\"\"\"
\"\"\"
z = '''a
b''''
[[l]]
id = 'one'
  [[l.w]]
  url = "u"
  [[l.w]]
  url = "u2"
  [l.m]
  q = 1
[[l]]
"i\\u0064" = "two"
m = {"a b" = 1, c.d = {e = 2}}
"""


def paths(value, above=()):
    """Every table, key and element of a document as the standard library reads it."""
    each = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in each:
        yield (*above, key)
        yield from paths(inner, (*above, key))


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_every_key_has_its_line_and_nothing_else_has(ends):
    text = DOCUMENT.replace("\n", ends)
    found = lines_of(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    lines = text.split("\n")
    assert "2.5" in lines[found["d e", "f", 1] - 1]
    assert "h =" in lines[found["d e", "f", 2, 1, "h"] - 1]
    assert lines[found["t", "u.v", "s"] - 1].startswith("s = ")
    assert "'''a" in lines[found["t", "u.v", "z"] - 1]
    assert "u2" in lines[found["l", 0, "w", 1, "url"] - 1]
    assert "two" in lines[found["l", 1, "id"] - 1]
    assert "e = 2" in lines[found["l", 1, "m", "c", "d", "e"] - 1]
    assert [found["l", 0], found["l", 1]] == [number for number, line in enumerate(lines, 1) if line.strip() == "[[l]]"]


WEBHOOK = """
[[list.webhook]]
url = "https://hooks.slack.com/services/T0/B0/sesame"
format = "slack"
colour = 1
"""


def told(text):
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), Sources(), name="staysub.toml")
    return caught.value.lines


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        pytest.param(
            LIST + LIST.replace("ipv6-ops", "choir").replace('"192.0.2.25"', '"x"'),
            "staysub.toml: list \"choir\", line 14, outbound[0]: 'x' is no IP address",
            id="a list by its id",
        ),
        pytest.param(
            LIST + LIST,
            "staysub.toml: list \"ipv6-ops\", line 10, id: 'ipv6-ops' is already the id of list 1 of the file",
            id="two of one id by the line",
        ),
        pytest.param(
            LIST.replace('helo = "mail.lists.example.org"\n', ""),
            'staysub.toml: list "ipv6-ops", line 2, helo: is missing.',
            id="what is missing by the line of its table",
        ),
        pytest.param(
            LIST.replace('id = "ipv6-ops"\n', ""),
            "staysub.toml: list 1, line 2, id: is missing.",
            id="a list without id",
        ),
        pytest.param(
            LIST + WEBHOOK,
            'staysub.toml: list "ipv6-ops", webhook "hooks.slack.com", line 12, colour: is not a key here',
            id="a webhook by its host, without what is secret",
        ),
        pytest.param(
            '[[receiver]]\nid = "ams1"\ndomain = "a.example.org"\n',
            'staysub.toml: receiver "ams1", line 1, hostname: is missing.',
            id="a receiver by its id",
        ),
        pytest.param(
            '[[owner]]\naddress = "o@example.org"\ndigest = "never again"\n',
            'staysub.toml: owner "o@example.org", line 3, digest: ',
            id="an owner by the address",
        ),
        pytest.param(
            '[[maintenance]]\nduring = "never"\n',
            "staysub.toml: maintenance 1, line 2, during: ",
            id="what has no name",
        ),
        pytest.param("[web]\nlisten = 5\n", "staysub.toml: line 2, web.listen: must be ", id="a key of a single table"),
        pytest.param(
            LIST + 'owners = ["o@example.org"]',
            "staysub.toml: notices.from: is missing",
            id="a table that is not there",
        ),
        pytest.param("a = 1\nb = = 2", "staysub.toml: line 2: is no TOML", id="syntax"),
        pytest.param("list = [5]", "staysub.toml: line 1, list[0]: must be a table", id="a list that is none"),
    ],
)
def test_a_fault_is_told_by_name_line_and_key(text, begins):
    assert told(text)[0].startswith(begins)
    assert "list[0]." not in told(text)[0]
    assert "sesame" not in told(text)[0]


def test_nobody_counts_to_the_137th_table():
    lists = [LIST.replace("ipv6-ops", f"list-{n}") for n in range(200)]
    lists[137] = lists[137].replace("outbound = [", 'outbound = ["nowhere", ')
    assert told("".join(lists))[0].startswith('staysub.toml: list "list-137", line 966, outbound[0]: ')


def test_a_name_that_is_wrong_itself_is_not_repeated_without_end():
    assert Places({"list": [{"id": "x" * 5000}]})("list[0].id") == "list 1, id"
    assert Places({"list": [{"id": ["x"]}]})("list[0].id") == "list 1, id"
    assert Places({"list": 5})("list[0].id") == "list[0].id"
