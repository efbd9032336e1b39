"""`make dist`: the sdist, and the wheel built from that, in dist/ or the folder that is named.

The same files give the same octets on any day. What is packed is what version control knows or would take (in an
unpacked sdist: what is in there), copied to a folder of its own first, so that nothing that an earlier build left
behind gets in. Times are SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/): as given, else
of the newest commit, else of the sdist.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[2]
FILE_MODE, PROGRAM_MODE = 0o644, 0o755  # whatever the umask of whoever builds
# As .gitignore has it, and what the build backend puts into an sdist: at the top alone, and anywhere.
LEFT_AT_TOP = frozenset({".venv", "PKG-INFO", "setup.cfg", "build", "dist", "staysub-data", "staysub.toml"})
LEFT_BEHIND = shutil.ignore_patterns(
    ".*_cache", ".hypothesis", "__pycache__", "*.py[cod]", "*.egg-info", "node_modules", "private"
)


def main(target: Path) -> None:
    """Build both into that folder; print their paths."""
    target.mkdir(parents=True, exist_ok=True)
    epoch = source_date_epoch()
    with tempfile.TemporaryDirectory(prefix="staysub-dist-") as folder:
        work = Path(folder)
        tree = copied(work / "tree")
        sdist = built("sdist", tree, work, epoch)
        same_octets(sdist, target / sdist.name, epoch)
        with tarfile.open(target / sdist.name) as archive:
            archive.extractall(work / "unpacked", filter="tar")
        (unpacked,) = (work / "unpacked").iterdir()
        wheel = built("wheel", unpacked, work, epoch)
        shutil.copyfile(wheel, target / wheel.name)
    for made in (sdist, wheel):
        sys.stdout.write(f"{target / made.name}\n")


def source_date_epoch() -> int:
    """Seconds since 1970 that every file of the packages is dated to."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    if (newest := git("log", "-1", "--format=%ct")) is not None:
        return int(newest)
    return int((TOP / "pyproject.toml").stat().st_mtime)


def git(*arguments: str) -> str | None:
    """What git says of this tree; None where it is no checkout, or none that git will read."""
    if not (TOP / ".git").exists() or shutil.which("git") is None:
        return None
    ended = subprocess.run(["git", *arguments], cwd=TOP, capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else None


def copied(tree: Path) -> Path:
    """The files to pack, in a folder of their own, readable for everybody."""
    if (names := git("ls-files", "-z", "-co", "--exclude-standard")) is not None:
        for name in filter(None, names.split("\0")):
            if (source := TOP / name).is_file() and not source.is_symlink():  # one that was deleted is still listed
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, tree / name)
                (tree / name).chmod(mode_of(source))
    else:
        shutil.copytree(TOP, tree, ignore=left_behind)
    return tree


def left_behind(folder: str, names: list[str]) -> set[str]:
    """What of that folder belongs to whoever works there, or is made anew."""
    return LEFT_BEHIND(folder, names) | (LEFT_AT_TOP.intersection(names) if Path(folder) == TOP else set())


def mode_of(path: Path) -> int:
    """A program's mode or a file's."""
    return PROGRAM_MODE if path.stat().st_mode & 0o100 else FILE_MODE


def built(kind: str, tree: Path, work: Path, epoch: int) -> Path:
    """The one package of that kind, by the project's own build backend in this very environment."""
    out = work / kind
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(out), str(tree)]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, umask=0o022)
    if ended.returncode:
        sys.exit(f"The {kind} could not be built:\n{ended.stdout}{ended.stderr}")
    (package,) = out.iterdir()
    return package


def same_octets(sdist: Path, target: Path, epoch: int) -> None:
    """Write the sdist anew: files in order, dated alike, nobody's. The backend's own tells who built it and when."""
    with (
        tarfile.open(sdist) as given,
        target.open("wb") as plain,
        gzip.GzipFile("", "wb", 9, plain, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for entry in sorted(plain_entries(given), key=lambda each: each.name):
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = epoch, 0, 0, "", ""
            entry.pax_headers = {}
            entry.mode = PROGRAM_MODE if entry.isdir() or entry.mode & 0o100 else FILE_MODE
            archive.addfile(entry, given.extractfile(entry) if entry.isfile() else None)


def plain_entries(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Its files and folders; there is nothing else in one of ours."""
    for entry in archive.getmembers():
        if not (entry.isfile() or entry.isdir()):
            sys.exit(f"{entry.name} is neither a file nor a folder.")
        yield entry


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or ["dist"]))
