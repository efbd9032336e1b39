"""What `make dist` builds: the same octets from the same files, all of them and no others, described as they are."""

import subprocess
import tarfile
import zipfile
from email.parser import BytesParser
from pathlib import Path, PurePosixPath

import pytest
from markdown_it import MarkdownIt
from packaging.metadata import Metadata

from tests.harness import TOP
from tests.integration.built import Built, built_from

EPOCH = 1_790_000_000  # a second of 2026
PACKAGES = ("monitor", "tasks")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Built:
    return built_from(TOP, tmp_path_factory.mktemp("dist"), epoch=EPOCH)


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory) -> Path:
    """The sdist as somebody has it who has nothing else."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built.sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def listed(*folders: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "ls-files", "-co", "--exclude-standard", *folders]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def tracked(*folders: str) -> set[str]:
    names = listed(*folders).stdout
    return {name for name in names.splitlines() if (TOP / name).exists()}


needs_git = pytest.mark.skipif(
    not (TOP / ".git").exists() or listed().returncode != 0,
    reason="this is no checkout: what belongs to it is not known",
)


def test_the_same_files_give_the_same_octets(built, tmp_path):
    """Another day, another umask, another folder."""
    again = built_from(TOP, tmp_path, epoch=EPOCH, umask=0o077)
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_sdist_alone_builds_the_same_sdist_and_wheel(built, unpacked, tmp_path):
    """Without a repository and without a date: the sdist's own is taken."""
    again = built_from(unpacked, tmp_path)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    with tarfile.open(built.sdist) as ours, tarfile.open(again.sdist) as theirs:
        assert ours.getnames() == theirs.getnames()
    assert again.sdist.read_bytes() == built.sdist.read_bytes()


@needs_git
def test_the_wheel_holds_every_file_of_the_packages_and_no_other(built):
    """Templates, styles, rules, presets: what lies beside the code is read by it."""
    with zipfile.ZipFile(built.wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == tracked(*PACKAGES)


@needs_git
def test_the_sdist_holds_the_whole_tree(built):
    """Tests and documentation, too: who packs it for a distribution runs them."""
    with tarfile.open(built.sdist) as archive:
        held = {str(PurePosixPath(*PurePosixPath(each.name).parts[1:])) for each in archive if each.isfile()}
    made = {name for name in held if name.startswith("staysub.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    assert held - made == tracked() - {".gitattributes"}


def test_nothing_of_who_built_it_is_in_the_sdist(built):
    with tarfile.open(built.sdist) as archive:
        members = archive.getmembers()
    assert {(each.uid, each.gid, each.uname, each.gname) for each in members} == {(0, 0, "", "")}
    assert {each.mtime for each in members} == {EPOCH}
    assert {each.mode for each in members} == {0o644, 0o755}


def test_the_description_holds_by_the_standard(built):
    """Core metadata as the index demands it, with a description that renders."""
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        described = archive.read(name)
        (points,) = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
        entry_points = archive.read(points).decode()
    metadata = Metadata.from_email(described, validate=True)
    project = (TOP / "pyproject.toml").read_text()
    assert f'version = "{metadata.version}"' in project
    assert (metadata.name, metadata.license_expression) == ("staysub", "Apache-2.0")
    assert str(metadata.requires_python) == ">=3.11"
    assert metadata.description_content_type == "text/markdown"
    assert entry_points.split() == ["[console_scripts]", "staysub", "=", "monitor.cli:main"]
    assert not [each for each in metadata.classifiers or [] if each.startswith("License ::")], "the expression says it"
    body = BytesParser().parsebytes(described).get_payload()
    rendered = MarkdownIt("commonmark").enable("table").render(str(body))
    assert "<h1>Staysub</h1>" in rendered
    assert rendered.count("<table>") == str(body).count("\n| --- ") > 0
