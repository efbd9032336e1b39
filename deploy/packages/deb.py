"""`make deb`: a Debian package with the wheel, its locked libraries and the units, for the Python of this very Debian.

Built with plain dpkg-deb: a virtual environment in /usr/lib/staysub on the system's own Python, which the package
depends on as it was built. Takes the folder to write to; `--wheel` a wheel that was built already; DEBFULLNAME and
DEBEMAIL name its maintainer, as everywhere on Debian. Nothing of the machine it is built on is changed.
"""

import argparse
import base64
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).parents[2]
DEBIAN: Final = Path(__file__).with_name("debian")
PYTHON: Final = Path("/usr/bin/python3")  # of the system: the one that packages may depend on
HOME: Final = Path("usr/lib/staysub")
PROGRAMS: Final = ("python3", "staysub", "celery")  # those of the libraries are nobody's to call
SCRIPTS: Final = ("preinst", "postinst", "prerm", "postrm")
DOCS: Final = ("deploy/runbook.md", "docs/upgrading.md", "docs/commands.md")
EXAMPLES: Final = ("deploy/redis.conf", "deploy/alerts.yml", "deploy/grafana.json", "deploy/postfix")
LIBC_LEAST: Final = (2, 17)  # of the oldest tag of wheels with machine code, PEP 599


def main(target: Path, wheel: Path | None) -> None:
    """Build the package into that folder; print its path."""
    for needed in ("dpkg-deb", "dpkg", PYTHON):
        if shutil.which(needed) is None:
            sys.exit(f"{needed} is missing: a Debian package is built on Debian (apt install dpkg-dev python3).")
    target.mkdir(parents=True, exist_ok=True)
    os.umask(0o022)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # what is compiled is compiled where it is installed
    with tempfile.TemporaryDirectory(prefix="staysub-deb-") as folder:
        root = Path(folder) / "root"
        wheel = wheel or built_wheel(Path(folder) / "dist")
        version = wheel.name.split("-")[1]
        epoch = date_of(wheel)
        install(root, wheel)
        files(root, version, epoch)
        package = target / f"staysub_{version}_{architecture()}.deb"
        control(root, version)
        environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
        run("dpkg-deb", "--root-owner-group", "--build", root, package, environ=environ)
    sys.stdout.write(f"{package}\n")


def run(*command: str | Path, environ: dict[str, str] | None = None) -> str:
    """What a program says; ends with what it says is wrong."""
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def architecture() -> str:
    """Debian's name of this machine's: some of the libraries are machine code."""
    return run("dpkg", "--print-architecture").strip()


def built_wheel(folder: Path) -> Path:
    """The wheel of this tree."""
    return Path(run(sys.executable, TOP / "deploy" / "packages" / "dist.py", folder).split()[-1])


def date_of(wheel: Path) -> int:
    """Seconds since 1970 that a wheel's files are dated to: the package's are, too."""
    with zipfile.ZipFile(wheel) as archive:
        newest = max(each.date_time for each in archive.infolist())
    return int(datetime(*newest, tzinfo=UTC).timestamp())


def install(root: Path, wheel: Path) -> None:
    """The environment with what is locked and the wheel, as it will stand in /usr/lib/staysub."""
    python = run(PYTHON, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])").strip()
    home = root / HOME
    (home / "bin").mkdir(parents=True)
    (home / "lib" / python / "site-packages").mkdir(parents=True)
    (home / "bin" / "python3").symlink_to(PYTHON.with_name(python))
    (home / "pyvenv.cfg").write_text(f"home = {PYTHON.parent}\ninclude-system-site-packages = false\n")
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python3", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--no-compile", "--no-warn-script-location"]
    run(*pip, "--require-hashes", "-r", TOP / "requirements" / "run.txt")
    run(*pip, "--no-deps", wheel)
    for script in (home / "bin").iterdir():
        if script.name not in PROGRAMS:
            script.unlink()
        elif not script.is_symlink():
            script.write_bytes(script.read_bytes().replace(str(root).encode(), b""))
    shutil.rmtree(home / "share", ignore_errors=True)  # manual pages of programs of the libraries
    for noted in home.glob("lib/*/site-packages/staysub-*.dist-info/direct_url.json"):
        noted.unlink()  # the wheel's place on the machine that this was built on, which its record names
    for record in home.glob("lib/*/site-packages/*.dist-info/RECORD"):
        record.write_text("".join(recorded(line, record.parents[1]) for line in record.read_text().splitlines()))


def recorded(line: str, packages: Path) -> str:
    """A line of a distribution's record of its files as it is now: without what was left out, with what was changed."""
    name = line.split(",", maxsplit=1)[0]
    path = packages / name
    if not path.exists():
        return ""
    if not name.startswith("../"):
        return f"{line}\n"
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{path.stat().st_size}\n"


def files(root: Path, version: str, epoch: int) -> None:
    """Command, configuration, units, manual page and documents."""
    put(root / "usr/bin/staysub", (DEBIAN / "command").read_text(), mode=0o755)
    short = run(root / HOME / "bin/python3", "-m", "monitor", "config", "example", "--short")
    commented = "".join(f"#{line}\n" if line else "\n" for line in short.splitlines())
    put(root / "etc/staysub/staysub.toml", (DEBIAN / "staysub.toml").read_text() + commented)
    for unit in (TOP / "deploy/systemd").iterdir():
        put(root / "lib/systemd/system" / unit.name, unit.read_text().replace("/opt/staysub", f"/{HOME}"))
    manual = run(root / HOME / "bin/python3", DEBIAN.with_name("manual.py"), version, f"{day(epoch):%Y-%m-%d}")
    squeezed(root / "usr/share/man/man1/staysub.1.gz", manual)
    about = root / "usr/share/doc/staysub"
    put(about / "copyright", (DEBIAN / "copyright").read_text())
    put(about / "README.Debian", (DEBIAN / "README.Debian").read_text())
    entry = f"staysub ({version}) unstable; urgency=medium\n\n  * See the changelog of Staysub itself.\n\n"
    squeezed(about / "changelog.gz", f"{entry} -- {maintainer()}  {format_datetime(day(epoch))}\n")
    squeezed(about / "CHANGELOG.md.gz", (TOP / "CHANGELOG.md").read_text())
    for name in DOCS:
        squeezed(about / f"{Path(name).name}.gz", (TOP / name).read_text())
    for name in EXAMPLES:
        source, there = TOP / name, about / "examples" / Path(name).name
        for path in source.rglob("*") if source.is_dir() else [source]:
            put(there / path.relative_to(source), path.read_text())
    put(root / "usr/share/lintian/overrides/staysub", (DEBIAN / "lintian-overrides").read_text())


def control(root: Path, version: str) -> None:
    """What dpkg knows of the package, and what it runs."""
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    sums = "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in paths)  # noqa: S324 - dpkg's own
    about = {
        "version": version,
        "architecture": architecture(),
        "maintainer": maintainer(),
        "size": sum(-(-path.stat().st_size // 1024) for path in paths),
        "python": depends_on_python(),
        "libc": ".".join(map(str, libc_of(root))),
    }
    put(root / "DEBIAN/control", (DEBIAN / "control").read_text().format(**about))
    put(root / "DEBIAN/conffiles", "/etc/staysub/staysub.toml\n")
    put(root / "DEBIAN/md5sums", sums)
    for script in SCRIPTS:
        put(root / "DEBIAN" / script, (DEBIAN / script).read_text(), mode=0o755)


def depends_on_python() -> str:
    """The Python that the environment is made of, and no other: libraries with machine code are for one."""
    major, minor = map(int, run(PYTHON, "-c", "import sys; print(*sys.version_info[:2])").split())
    return f"python3 (>= {major}.{minor}~), python3 (<< {major}.{minor + 1})"


def libc_of(root: Path) -> tuple[int, ...]:
    """The C library that the libraries with machine code ask for, by the tags of their wheels (PEP 600)."""
    texts = (path.read_text() for path in root.glob(f"{HOME}/lib/*/site-packages/*.dist-info/WHEEL"))
    # A wheel with several tags runs with the oldest of them.
    asked = (re.findall(r"manylinux_(\d+)_(\d+)_", text) for text in texts)
    return max((min(tuple(map(int, each)) for each in found) for found in asked if found), default=LIBC_LEAST)


def maintainer() -> str:
    """Whoever builds it."""
    return f"{os.environ.get('DEBFULLNAME', 'Staysub')} <{os.environ.get('DEBEMAIL', 'staysub@staysub.invalid')}>"


def day(epoch: int) -> datetime:
    """That second as a moment."""
    return datetime.fromtimestamp(epoch, UTC)


def put(path: Path, text: str, *, mode: int = 0o644) -> None:
    """A file of the package."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def squeezed(path: Path, text: str) -> None:
    """A compressed file of the package, without the date of its making."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    path.chmod(0o644)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build a Debian package.")
    parser.add_argument("target", nargs="?", type=Path, default=Path("dist"))
    parser.add_argument("--wheel", type=Path)
    given = parser.parse_args()
    main(given.target, given.wheel)
