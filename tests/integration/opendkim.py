"""Debian's OpenDKIM as a milter: it signs what a list's MTA is given from its own host, or verifies what comes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.harness import started
from tests.integration.netns import Netns

SELECTOR: Final = "list"
SIGNING: Final = """
Mode s
InternalHosts {folder}/internal
KeyTable {folder}/keys
SigningTable refile:{folder}/signing
"""


@contextmanager
def signer(host: Netns, folder: Path, *, domain: str, key: Path, **settings: str) -> Iterator[str]:
    """One that signs all mail of its own host in the domain's name, whoever its author is; gives its milter's address.

    So do the hosts of lists: their mail is the list's, and its author's key is not theirs.
    """
    folder.mkdir()
    (folder / "internal").write_text("127.0.0.1\n::1\n")
    (folder / "keys").write_text(f"list {domain}:{SELECTOR}:{key}\n")
    (folder / "signing").write_text("* list\n")
    with _running(host, folder, SIGNING.format(folder=folder), settings) as address:
        yield address


@contextmanager
def verifier(host: Netns, folder: Path, *, nameserver: str, **settings: str) -> Iterator[str]:
    """One that says in an Authentication-Results field what it found; gives its milter's address.

    Debian's has a resolver of its own inside, which does not read resolv.conf.
    """
    folder.mkdir()
    with _running(host, folder, f"Mode v\nNameservers {nameserver}\n", settings) as address:
        yield address


@contextmanager
def _running(host: Netns, folder: Path, text: str, settings: Mapping[str, str]) -> Iterator[str]:
    folder.chmod(0o755)  # Postfix' unprivileged processes come through to the socket
    socket = folder / "milter"
    own = {"Socket": f"local:{socket}", "UMask": "000", "Canonicalization": "relaxed/relaxed", "Syslog": "no"}
    safe = {"RequireSafeKeys": "no", "PidFile": str(folder / "pid")}  # the folder above is in /tmp, where all may write
    lines = [f"{name} {value}" for name, value in {**own, **safe, **settings}.items()]
    (folder / "opendkim.conf").write_text(text.lstrip() + "\n".join(lines) + "\n")
    command = host.command("opendkim", "-f", "-x", folder / "opendkim.conf")
    with started(command, log=folder / "log", ready=socket.exists):
        yield f"unix:{socket}"
