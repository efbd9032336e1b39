"""Which cookies of a request reach whoever reads them."""

import time
from datetime import UTC, datetime

import pytest

from monitor.web.access.csrf import same_origin
from monitor.web.access.own_cookies import own_cookies
from monitor.web.access.policy import COOKIE, OWNER_COOKIE, new_cookie, with_key

SESSION = new_cookie("secret", now=datetime(2026, 11, 27, tzinfo=UTC))
OWNER = with_key("abcdefgh-ops", "ijklmnop-other.list_1")


@pytest.mark.parametrize(
    ("header", "passed_on"),
    [
        pytest.param("", "", id="none"),
        pytest.param(f"{COOKIE}={SESSION}", f"{COOKIE}={SESSION}", id="a session"),
        pytest.param(f"a=b;{OWNER_COOKIE}={OWNER} ; c", f"{OWNER_COOKIE}={OWNER}", id="an owner's among others"),
        pytest.param(f"{COOKIE}=a; {COOKIE}=b", f"{COOKIE}=b", id="the last of two"),
        pytest.param(f'{COOKIE}="a"', "", id="quoted, as we never set one"),
        pytest.param(f"{COOKIE}=a\\b", "", id="a backslash RFC 6265 §4.1.1"),
        pytest.param(f"x{COOKIE}=a", "", id="another's whose name ends like ours"),
        pytest.param(COOKIE, f"{COOKIE}=", id="no value"),
    ],
)
def test_only_our_cookies_as_we_set_them_are_passed_on(header, passed_on):
    assert own_cookies(header) == passed_on


@pytest.mark.parametrize("octets", ["\\", "\\0", '\\"', ";", "=", '"'])
def test_a_header_as_long_as_one_may_be_takes_no_time(octets):
    """CVE-2024-7592: Python's reader took eight seconds for 64 KiB of backslashes."""
    began = time.process_time()
    assert own_cookies(f'{COOKIE}="' + octets * (65_000 // len(octets)) + '"') == ""
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("origin", ["//[", "http://[::1", "http://a.example@[b"])
def test_half_a_bracket_is_nobodys_origin(origin):
    assert same_origin(hosts=("a.example",), origin=origin, fetch_site="") is False
