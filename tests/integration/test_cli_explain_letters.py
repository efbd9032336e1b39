"""`staysub explain --brief`: the letter to whoever can mend it, as text and as a mail to forward."""

import email
import subprocess
import sys
from email.policy import SMTP
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"


def explain(name, *options):
    path = next(GOLDEN.glob(f"*{name}*.eml"))
    command = [sys.executable, "-m", "monitor", "explain", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def refused():
    """A golden bounce that a policy made."""
    for path in sorted(GOLDEN.glob("*.eml")):
        said = explain(path.stem, "--json").stdout
        if '"bounce.policy"' in said:
            return path.stem
    pytest.fail("no golden bounce of a policy")


def test_the_letter_cites_the_standard(refused):
    said = explain(refused, "--brief").stdout
    assert said.startswith("To the postmaster of the ")
    assert "RFC 7372" in said


def test_the_mail_is_a_draft_to_address_and_send(refused):
    message = email.message_from_string(explain(refused, "--brief", "--mail").stdout, policy=SMTP)
    assert message["X-Unsent"] == "1"
    assert message["Subject"].startswith("Mailing list mail: ")
    assert "RFC 7372" in message.get_content()
