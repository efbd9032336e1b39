"""Tracebacks in the parts' logs are found, each chain once, but for those that tell of a Redis that is away."""

import pytest

from tests.torment.witness import tracebacks

TRACE = '  Traceback (most recent call last):\n    File "x.py", line 1, in y\n      z()\n'
HANDLING = "  \n  During handling of the above exception, another exception occurred:\n  \n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("an INFO line\n", {}, id="none"),
        pytest.param(f"ERROR x\n{TRACE}  KeyError: 'a'\nINFO\n", {"KeyError: 'a'": 1}, id="one"),
        pytest.param(f"{TRACE}  KeyError: 'a'\n", {"KeyError: 'a'": 1}, id="at the end"),
        pytest.param(f"{TRACE}  KeyError: 'a'\n{TRACE}  KeyError: 'a'\n", {"KeyError: 'a'": 2}, id="twice"),
        pytest.param(
            f"{TRACE}  IndexError: pop\n{HANDLING}{TRACE}  dns.exception.Timeout: x\nINFO\n",
            {"dns.exception.Timeout: x": 1},
            id="a chain",
        ),
        pytest.param(
            f"{TRACE}  IndexError: pop\n{HANDLING}{TRACE}  redis.exceptions.ConnectionError: refused\nINFO\n",
            {},
            id="Redis is away",
        ),
        pytest.param(
            f"{TRACE}  AttributeError: 'NoneType' object has no attribute 'hostname'\nINFO\n",
            {"AttributeError: 'NoneType' object has no attribute 'hostname'": 1},
            id="a connection that was given up, used again",
        ),
        pytest.param(
            f"{TRACE}  redis.exceptions.ConnectionError: refused\n{HANDLING}{TRACE}  TypeError: x\nINFO\n",
            {"TypeError: x": 1},
            id="our own mistake while Redis is away",
        ),
    ],
)
def test_what_a_log_holds(tmp_path, text, found):
    log = tmp_path / "worker.log"
    log.write_text(text)
    assert tracebacks(log) == found
