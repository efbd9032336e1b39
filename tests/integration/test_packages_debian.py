"""The Debian package on a Debian machine: installed, run, upgraded, removed and purged, and nothing is left of it."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import TOP, free_port, wait_for
from tests.integration.built import BARE, need_index
from tests.integration.debian_machine import Machine, debian_machine

pytestmark = [
    pytest.mark.timeout(900),  # half a hundred packages come from the index, and lintian looks at each of their files
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed (apt install dpkg-dev)"),
    pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="there is no Python of the system's own"),
]
QUICKLY = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
VERSION = re.search(r'^version = "(.+)"', (TOP / "pyproject.toml").read_text(), re.MULTILINE)[1]
CONFIGURATION = "/etc/staysub/staysub.toml"


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    need_index()
    command = [sys.executable, "deploy/packages/deb.py", str(tmp_path_factory.mktemp("deb"))]
    ended = subprocess.run(command, cwd=TOP, env={**BARE, **QUICKLY}, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return Path(ended.stdout.strip())


@pytest.fixture(scope="module")
def older(package, tmp_path_factory) -> Path:
    """The package as an older version would be, with another configuration to begin with."""
    folder = tmp_path_factory.mktemp("older")
    root = folder / "root"
    subprocess.run(["dpkg-deb", "-R", package, root], check=True)
    control = root / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {VERSION}", "Version: 0.1.0"))
    (root / "etc/staysub/staysub.toml").write_text('data_dir = "/var/lib/staysub"\n')
    built = folder / "older.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", root, built],
        env={**os.environ, **QUICKLY},
        check=True,
        capture_output=True,
    )
    shutil.rmtree(root)
    return built


@pytest.fixture
def machine(tmp_path):
    with debian_machine(tmp_path / "machine") as made:
        yield made


def field(package: Path, name: str) -> str:
    return subprocess.check_output(["dpkg-deb", "-f", package, name], text=True).strip()


def test_it_says_what_it_is_and_which_python_it_is_for(package):
    assert package.name == f"staysub_{VERSION}_{field(package, 'Architecture')}.deb"
    running = subprocess.check_output(["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"], text=True)
    major, minor = map(int, running.split())
    assert f"python3 (>= {major}.{minor}~), python3 (<< {major}.{minor + 1})" in field(package, "Depends")
    files = subprocess.check_output(["dpkg-deb", "--contents", package], text=True)
    assert "__pycache__" not in files
    assert "/opt/" not in files
    owners = {line.split()[1] for line in files.splitlines()}
    assert owners == {"root/root"}
    for unit in (TOP / "deploy/systemd").iterdir():
        assert f"./lib/systemd/system/{unit.name}\n" in files


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed (apt install lintian)")
def test_debians_own_examination_finds_no_error(package):
    command = ["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0", str(package)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_it_installs_and_runs_as_its_own_user(package, machine):
    machine.run("dpkg", "-i", machine.bring(package))
    said = machine.run("staysub", "--version").stdout
    assert said.strip() == f"staysub, version {VERSION}"
    home, configured = machine.root / "var/lib/staysub", machine.root / "etc/staysub/staysub.toml"
    uid = int(machine.run("id", "-u", "staysub").stdout)
    assert (home.stat().st_uid, stat.S_IMODE(home.stat().st_mode)) == (uid, 0o700)
    assert (configured.stat().st_uid, stat.S_IMODE(configured.stat().st_mode)) == (0, 0o640)
    assert configured.stat().st_gid == home.stat().st_gid
    assert machine.run("staysub", "config", "check").returncode == 0
    assert machine.as_staysub("staysub", "config", "check").returncode == 0
    stranger = machine.run("runuser", "-u", "nobody", "--", "staysub", "config", "example", check=False)
    assert stranger.returncode == 0, "who may not read the configuration calls what needs none"
    assert machine.run("sh", "-c", "cd /lib/systemd/system && systemd-analyze verify --man=no staysub*").stderr == ""
    assert "daemon-reload" in (machine.root / "tmp/systemctl").read_text()
    before = machine.changed()
    machine.run("/var/lib/dpkg/info/staysub.postinst", "configure")
    machine.run("/var/lib/dpkg/info/staysub.postinst", "configure", VERSION)
    assert machine.changed() == before, "it may be configured any number of times"
    all_of_it_runs(machine)


def all_of_it_runs(machine: Machine) -> None:
    """`staysub run` with the store that comes with it, as the package's user, until its page answers."""
    port = free_port()
    (machine.root / "etc/staysub/staysub.toml").write_text(
        f'data_dir = "/var/lib/staysub"\n[web]\nlisten = "127.0.0.1:{port}"\n'
    )
    script = "cd /var/lib/staysub; staysub run >/tmp/said 2>&1 & echo $!; exec >&- 2>&-"
    pid = int(machine.run("runuser", "-u", "staysub", "--", "sh", "-c", script).stdout)
    said = machine.root / "tmp/said"
    page = "import urllib.request as u, sys; sys.stdout.write(u.urlopen(sys.argv[1], timeout=5).read().decode())"
    asked = ("/usr/lib/staysub/bin/python3", "-c", page, f"http://127.0.0.1:{port}/")
    try:
        wait_for(
            lambda: machine.run(*asked, check=False).returncode == 0,
            "page",
            within_s=120,
            every_s=1,
            said=said.read_text,
        )
        shown = machine.run(*asked).stdout
        assert "Staysub" in shown
        assert machine.as_staysub("staysub", "status").returncode == 0
        machine.as_staysub("staysub", "backup", "write", "saved")
        assert stat.S_IMODE((machine.root / "var/lib/staysub/saved").stat().st_mode) == 0o600
    finally:
        machine.run("kill", str(pid))
        wait_for(lambda: "Stopped." in said.read_text(), "end", within_s=60, said=said.read_text)
    assert "Traceback" not in said.read_text()


def test_an_upgrade_keeps_what_is_the_administrators_and_stops_old_parts_first(older, package, machine):
    machine.run("dpkg", "-i", machine.bring(older))
    own = "# mine\n" + '[redis]\nurl = "redis://localhost:6379/3"\n'
    (machine.root / CONFIGURATION[1:]).write_text(own)
    (machine.root / CONFIGURATION[1:]).chmod(0o600)
    (machine.root / "var/lib/staysub/kept").write_text("data")
    (machine.root / "tmp/active").touch()
    (machine.root / "tmp/systemctl").write_text("")
    machine.run("dpkg", "--force-confold", "-i", machine.bring(package))
    assert machine.run("staysub", "--version").stdout.strip() == f"staysub, version {VERSION}"
    configured = machine.root / CONFIGURATION[1:]
    assert (configured.read_text(), stat.S_IMODE(configured.stat().st_mode)) == (own, 0o600)
    assert (machine.root / "var/lib/staysub/kept").read_text() == "data"
    told = (machine.root / "tmp/systemctl").read_text()
    stopped, started = told.index("stop staysub.target"), told.index("start staysub.target")
    assert stopped < told.index("daemon-reload") < started
    (machine.root / "tmp/active").unlink()
    (machine.root / "tmp/systemctl").write_text("")
    machine.run("dpkg", "--force-confold", "-i", machine.bring(package))
    assert "start" not in (machine.root / "tmp/systemctl").read_text(), "what did not run is not started"


def test_removed_it_keeps_configuration_and_data_and_purged_it_leaves_nothing_but_what_was_never_its_own(
    package, machine
):
    before = machine.changed()
    users = [machine.run("getent", "passwd").stdout, machine.run("getent", "group").stdout]
    machine.run("dpkg", "-i", machine.bring(package))
    (machine.root / "etc/staysub/redis-url").write_text("redis://:secret@localhost:6379/0\n")
    (machine.root / "var/lib/staysub/kept").write_text("data")
    wants = machine.root / "etc/systemd/system/staysub.target.wants"
    wants.mkdir()
    (wants / "staysub-worker@2.service").symlink_to("/lib/systemd/system/staysub-worker@.service")
    machine.run("dpkg", "-r", "staysub")
    assert "stop staysub.target" in (machine.root / "tmp/systemctl").read_text()
    assert not (machine.root / "usr/lib/staysub").exists(), "what was compiled is gone, too"
    assert (machine.root / CONFIGURATION[1:]).exists()
    assert (machine.root / "var/lib/staysub/kept").exists()
    machine.run("dpkg", "-i", machine.bring(package))
    assert machine.run("staysub", "config", "check").returncode == 0
    machine.run("dpkg", "-P", "staysub")
    assert machine.changed() - before == {"etc/staysub/redis-url"}, "an administrator's own file"
    assert not (machine.root / "var/lib/staysub").exists()
    assert not wants.exists()
    assert [machine.run("getent", "passwd").stdout, machine.run("getent", "group").stdout] == users
    machine.run("dpkg", "-P", "staysub")
