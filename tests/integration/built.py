"""The packages as `make dist` builds them, and environments that hold nothing but them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.harness import TOP

# A command must find what is installed, not this tree, nor its configuration.
BARE: dict[str, str] = {
    name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "STAYSUB_CONFIG", "VIRTUAL_ENV"}
}


@dataclass(frozen=True)
class Built:
    """An sdist and a wheel."""

    sdist: Path
    wheel: Path


def built_from(tree: Path, folder: Path, *, epoch: int | None = None, umask: int = 0o022) -> Built:
    """The packages of a tree, built into that folder by the tree's own program."""
    environ = BARE if epoch is None else {**BARE, "SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "deploy/packages/dist.py", str(folder)]
    ended = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False, umask=umask)
    assert ended.returncode == 0, ended.stderr
    sdist, wheel = map(Path, ended.stdout.split())
    return Built(sdist, wheel)


def environment(folder: Path) -> Path:
    """A new virtual environment with pip and nothing else; its programs' folder."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], env=BARE, check=True, capture_output=True)
    return folder / "bin"


def pip(programs: Path, *arguments: str | Path) -> None:
    """Have that environment's pip install something."""
    command = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    ended = subprocess.run(command, env=BARE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@cache
def _index_answers() -> bool:
    command = [sys.executable, "-m", "pip", "index", "versions", "six"]
    return subprocess.run(command, env=BARE, capture_output=True, check=False, timeout=60).returncode == 0


def need_index() -> None:
    """Skip where no package index answers: what is installed then is not known."""
    if not _index_answers():
        pytest.skip("no package index answers")


def constraints(folder: Path) -> Path:
    """The locked versions without their hashes, for programs that install the wheel beside them by themselves."""
    lines = (TOP / "requirements" / "run.txt").read_text().splitlines()
    path = folder / "constraints.txt"
    path.write_text("\n".join(line.split()[0] for line in lines if "==" in line and not line.startswith(" ")) + "\n")
    return path


def call(
    program: Path, *arguments: str, cwd: Path, environ: Mapping[str, str] = BARE
) -> subprocess.CompletedProcess[str]:
    """A command of what is installed, in a folder where nothing of this tree is."""
    return subprocess.run(
        [program, *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
