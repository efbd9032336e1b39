"""The wheel in environments that hold nothing else: what is installed runs, far from this tree."""

import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.processes.ports import has_ipv6
from tests.harness import TOP, wait_for
from tests.integration.built import BARE, built_from, call, constraints, environment, need_index, pip
from tests.servers import needs_nsd, nsd, zone_text

VERSION = re.search(r'^version = "(.+)"', (TOP / "pyproject.toml").read_text(), re.MULTILINE)[1]
ZONES = {
    "good.example": {"TXT": ["v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"]},
    "old.example": {"TXT": ["v=spf1 ip4:192.0.2.25 -all"]},
}
pytestmark = pytest.mark.timeout(600)  # half a hundred packages come from the index


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return built_from(TOP, tmp_path_factory.mktemp("dist")).wheel


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory) -> Path:
    """A virtual environment with the locked packages and the wheel, as the runbook has it."""
    need_index()
    programs = environment(tmp_path_factory.mktemp("bare"))
    pip(programs, "--require-hashes", "-r", TOP / "requirements" / "run.txt")
    pip(programs, "--no-deps", wheel)
    return programs


@pytest.fixture(scope="module")
def pipx(wheel, tmp_path_factory) -> Iterator[Path]:
    """`staysub` as `pipx install` puts it on the PATH, with a pipx and folders of the test's own."""
    need_index()
    folder = tmp_path_factory.mktemp("pipx")
    tool = environment(folder / "tool")
    pip(tool, "pipx")
    homes = {"PIPX_HOME": "home", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}
    environ = {**BARE, **{name: str(folder / where) for name, where in homes.items()}}
    locked = f"--pip-args=--constraint={constraints(folder)}"
    ended = call(tool / "pipx", "install", locked, str(wheel), cwd=folder, environ=environ)
    assert ended.returncode == 0, ended.stderr
    return folder / "bin" / "staysub"


@pytest.fixture(params=["venv", "pipx"])
def staysub(request) -> Path:
    """The command, however it was installed."""
    if request.param == "pipx":
        return request.getfixturevalue("pipx")
    return request.getfixturevalue("programs") / "staysub"


def test_it_says_its_version(staysub, tmp_path):
    ended = call(staysub, "--version", cwd=tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, f"staysub, version {VERSION}")


def test_it_writes_the_example(staysub, tmp_path):
    ended = call(staysub, "config", "example", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, (TOP / "staysub.example.toml").read_text())


@needs_nsd
def test_it_checks_a_bare_domain(staysub, tmp_path):
    with nsd(tmp_path, {"": zone_text(ZONES)}) as port:
        asked = ["--nameserver", f"127.0.0.1:{port}", "--ip", "192.0.2.25", "--ip", "2001:db8:25::25", "--json"]
        good = call(staysub, "check", "good.example", *asked, cwd=tmp_path)
        old = call(staysub, "check", "old.example", *asked, cwd=tmp_path)
    assert {each["result"] for each in json.loads(good.stdout)["results"]} == {"pass"}
    assert old.returncode == 2
    assert "spf.ipv6-not-covered" in [each["code"] for each in json.loads(old.stdout)["findings"]]


def test_celery_finds_the_tasks(programs, tmp_path):
    (tmp_path / "staysub.toml").write_text('data_dir = "data"\n[redis]\nurl = "redis://localhost:1/0"\n')
    environ = {**BARE, "STAYSUB_CONFIG": str(tmp_path / "staysub.toml")}
    ended = call(programs / "celery", "-A", "tasks", "report", cwd=tmp_path, environ=environ)
    assert ended.returncode == 0, ended.stderr
    assert "broker_url" in ended.stdout
    listed = "from tasks import app; app.loader.import_default_modules(); print(*sorted(n for n in app.tasks if n.startswith('staysub.')))"
    named = call(programs / "python", "-c", listed, cwd=tmp_path, environ=environ)
    assert "staysub.tick" in named.stdout.split(), named.stderr


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_the_demonstration_runs_until_its_pages_tell_of_danger(programs, tmp_path):
    """Every part of it: store, workers, receiver and pages with their templates, styles and scripts."""
    log = tmp_path / "said"
    with log.open("w") as out:
        run = subprocess.Popen(
            [programs / "staysub", "run", "--demo"],
            cwd=tmp_path,
            env=BARE,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        pages = wait_for(
            lambda: re.search(r"Pages\s+(http://\S+)", log.read_text()), "pages", within_s=120, said=log.read_text
        )[1]
        wait_for(lambda: in_danger(pages), "list in danger", within_s=180, every_s=1, said=log.read_text)
        overview = fetched(pages)
        assert "ipv6-ops" in overview
        assert VERSION in overview
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', overview):
            assert fetched(pages.rstrip("/") + asset)
        assert "SPF" in fetched(f"{pages}lists/ipv6-ops")
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 0
    assert "Traceback" not in log.read_text()


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def in_danger(pages: str) -> bool:
    with suppress(OSError):
        lists = json.loads(fetched(f"{pages}api/v1/lists"))["lists"]
        return any(one["level"] == "critical" for one in lists)
    return False
