"""The configuration that `staysub init` leaves behind: whole or not at all, and what to do next."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from shlex import quote
from tempfile import mkstemp
from textwrap import wrap
from typing import TYPE_CHECKING

from monitor.cli.init.mta_log import mta_log_here
from monitor.cli.typed import typed
from monitor.clock import now
from monitor.config.load import DEFAULT
from monitor.config.url import MASK, mask_url
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.proposal.found import Found
    from monitor.proposal.propose import Proposal

_MINE_ALONE = 0o600  # a password stands in it
_USUAL = 0o644


def kept(path: Path) -> str:
    """Why nothing was written."""
    return f"{path} is there already and was kept. --force writes over it; --config names another file."


def write(path: Path, proposal: "Proposal", found: "Found", *, force: bool) -> bool:
    """Write the file in one step, so that nobody ever reads half of it; False where one is there by now.

    For its owner's eyes alone where the relay's password stands in it. Raises ConfigError where it cannot be written.
    """
    from monitor.proposal.file import written

    text = written(proposal, found, on=now().astimezone().date(), mta_log=mta_log_here())
    mode = _MINE_ALONE if MASK in mask_url(proposal.relay) else _USUAL & ~_umask()
    whole = path.resolve()  # a link stays one
    try:
        handle, name = mkstemp(dir=whole.parent, prefix=".staysub.", suffix=".toml")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            return _put(Path(name), whole, force=force)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise ConfigError(str(path), [("", f"cannot be written: {error.strerror}.")]) from error


def next_steps(path: Path, proposal: "Proposal") -> str:
    """Where the file is, and the three commands that come next, as they are typed here."""
    command = typed() if path == DEFAULT else f"{typed()} --config {quote(str(path))}"
    steps = {
        f"{command} config check": "names every mistake at once",
        f"{command} check {proposal.list_id}": "what receivers see of it now",
        f"{command} run": "watches it, and serves its pages",
    }
    width = max(map(len, steps))
    then = "Next:" if proposal.complete else f"Fill in {' and '.join(proposal.open_keys)} there, then:"
    return "\n".join([f"\nWrote {path}. {then}", *(f"  {step:{width}}   {why}" for step, why in steps.items())])


def folded(line: str, *, indent: str, begins: str = "  ") -> str:
    """The line no wider than the terminal, folded between words."""
    width = shutil.get_terminal_size().columns
    return "\n".join(
        wrap(
            line,
            max(width, 20),
            initial_indent=begins,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _put(written: Path, path: Path, *, force: bool) -> bool:
    """Give the file its name; without `force` only where nobody else has it: also somebody who came first just now."""
    if force:
        written.replace(path)
        return True
    try:
        path.hardlink_to(written)
    except FileExistsError:
        return False
    except OSError:  # a file system without such links: the moment between is short, and nobody else writes here
        if path.exists():
            return False
        written.replace(path)
    return True


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
