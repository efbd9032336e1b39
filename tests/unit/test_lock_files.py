"""The lock files: hashes for everything, no hosts, and complete on each Python that we promise."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[2]
FILES = ("run.txt", "dev.txt")
PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0")  # 3.11.2 is Debian 12's


def locked(name):
    return re.findall(r"^([a-z0-9-]+)==", (TOP / "requirements" / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", [*FILES, "mailman.txt"])
def test_each_version_has_hashes_and_no_host_is_named(name):
    text = (TOP / "requirements" / name).read_text()
    blocks = re.split(r"\n(?=[a-z0-9-]+==)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--(index|extra-index|find|trusted)", text)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", FILES)
def test_what_a_package_needs_on_any_python_is_locked(name, python):
    """pip-compile leaves out what its own Python does not need; on another one pip then refuses the whole file."""
    environment = {"python_full_version": python, "python_version": python.rpartition(".")[0], "extra": ""}
    known, missing = set(locked(name)), []
    for package in known:
        try:
            requirements = distribution(package).requires or []
        except PackageNotFoundError:
            continue  # of another platform
        for requirement in map(Requirement, requirements):
            applies = requirement.marker is None or requirement.marker.evaluate(environment)
            if applies and canonicalize_name(requirement.name) not in known:
                missing.append(f"{package} needs {requirement}")
    assert missing == []
