"""Whatever the bytes of the file, there are settings or a ConfigError; what is written is read back."""

import tomllib
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.config.duration import parse_duration, write_duration
from monitor.config.endpoints import parse_address, parse_domain, parse_mail_address, parse_network, split_endpoint
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.config.toml import Table, write_document, write_value
from monitor.config.url import mask_url, parse_http_url, parse_redis_url, parse_smtp_url
from monitor.errors import ConfigError
from tests.harness import nothing_raised

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
KEYS = st.sampled_from(
    ["data_dir", "redis", "dns", "web", "receiver", "notices", "list", "incidents", "id", "url", "listen"]
)
PARSERS = [
    parse_duration,
    parse_address,
    parse_domain,
    parse_mail_address,
    parse_network,
    parse_http_url,
    parse_redis_url,
    parse_smtp_url,
    split_endpoint,
]


def written(value):
    """As TOML can say it: without null, not-a-number and lone surrogates."""
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - not-a-number is unlike itself
        return 0
    return value


@given(st.binary(max_size=200))
def test_any_bytes_give_settings_or_a_config_error(raw):
    with nothing_raised(but=ConfigError):
        assert isinstance(parse(raw, Sources(), name="x"), Settings)


TABLES = st.dictionaries(KEYS, VALUES, max_size=3)


@given(st.dictionaries(KEYS, VALUES | TABLES | st.lists(TABLES, max_size=2), max_size=3))
def test_any_document_gives_settings_or_a_config_error(document):
    with nothing_raised(but=ConfigError):
        assert isinstance(parse(write_document(written(document)).encode(), Sources(), name="x"), Settings)


@given(st.sampled_from(PARSERS), VALUES)
def test_a_parser_returns_or_raises_a_sentence(parser, value):
    with nothing_raised(but=ValueError):
        assert parser(value) is not None


@given(st.integers(min_value=0, max_value=10**8))
def test_a_duration_is_read_back(seconds):
    duration = timedelta(seconds=seconds)
    assert parse_duration(write_duration(duration)) == duration


@given(
    st.dictionaries(st.text(min_size=1), VALUES, max_size=4), st.dictionaries(st.text(min_size=1), SCALARS, max_size=3)
)
def test_toml_is_read_back(values, table):
    document = {"values": written(values), "table": Table(written(table)), "array": [Table(written(table))]}
    assert tomllib.loads(write_document(document)) == document
    assert tomllib.loads(f"x = {write_value(written(values))}") == {"x": written(values)}


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8))
def test_a_masked_url_shows_no_password(password):
    assert f":{password}@" not in mask_url(f"smtp://user:{password}@host.example")
