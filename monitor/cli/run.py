"""`staysub run`: everything in one foreground process group; without a configuration the demonstration."""

import os
import shutil
import socket
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.main import Cli
from monitor.cli.services import DEMO_URL_VARIABLE
from monitor.inert import inert

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.model.vantage import Vantage

DEMO_DATA_DIR = Path("staysub-data/demo")
_TERMINAL = 0  # standard input
_READY_S = 30.0  # how long the pages may take to answer before we say where they will be


@click.command("run")
@click.option("--demo", is_flag=True, help="The demonstration, even where there is a configuration.")
@click.pass_obj
def run_command(root: Cli, *, demo: bool) -> None:
    """Run everything in the foreground: store, worker, beat, receiver and pages. Ctrl-C ends it.

    Without a configuration it runs the demonstration: eight small lists with a story each, on this machine alone.
    """
    from monitor.config.exposed import exposed
    from monitor.config.load import DEFAULT, VARIABLE, find, read

    named = root.config_path is not None or os.environ.get(VARIABLE) or DEFAULT.exists()
    if demo or not named:
        _run_demo(DEMO_DATA_DIR.absolute())
        return
    path = find(root.config_path).absolute()
    loaded = read(path)
    settings = loaded.settings
    with _everything(settings.data_dir) as crew:
        for note in exposed(loaded):
            crew.say(inert(f"Note: {note.place} {note.message}."))
        crew.start(path)
        lists = f"{len(settings.file_lists)} list{'' if len(settings.file_lists) == 1 else 's'}"
        crew.say(inert(f"Staysub watches {lists} of {path}. Its pages: {crew.pages}"))
        crew.say(f"Logs are in {crew.log_dir}. Ctrl-C ends it.")
        crew.supervisor.watch()


def _run_demo(data_dir: Path) -> None:
    """The demonstration: its own world beside the same parts."""
    from monitor.demo.guide import guide
    from monitor.demo.plan import make_plan
    from monitor.processes.part import Part

    with _everything(data_dir) as crew, _keys(_TERMINAL) as keys_come:
        plan = make_plan(data_dir)
        crew.say("Starting the demonstration …")
        world = [sys.executable, "-m", "monitor.demo", str(plan.path)]
        crew.supervisor.add(Part(name="demo", argv=world, listens=True, speaks=True))
        if keys_come:
            crew.supervisor.forward_keys(_TERMINAL)
        crew.start(plan.configuration, **{DEMO_URL_VARIABLE: plan.workshop_page})
        crew.say(guide(plan, keys=keys_come, command=_typed()))
        crew.supervisor.watch()


class _Crew:
    """The supervisor with what its parts need, and how to speak to the person in front."""

    def __init__(self, data_dir: Path) -> None:
        from monitor.processes.supervisor import Supervisor
        from monitor.store.embedded import EmbeddedServer

        self.log_dir = data_dir / "log"
        self.pages = ""
        self.server = EmbeddedServer(data_dir)
        self.supervisor = Supervisor(log_dir=self.log_dir, say=self.say)

    def say(self, sentence: str) -> None:
        """Print a sentence; a terminal that has gone is no reason to stop."""
        with suppress(OSError):
            click.echo(inert(sentence, keep="\n"))

    def start(self, path: Path, **environ: str) -> None:
        """Start the store, if it is ours to run, and the parts of this configuration; wait for the pages."""
        from monitor.config.endpoints import split_endpoint
        from monitor.config.load import VARIABLE, load
        from monitor.processes.part import Part
        from monitor.processes.ports import has_ipv6

        settings = load(path)
        environ = {VARIABLE: str(path), **environ}
        if settings.redis.url is None:
            self.server.start()
            self.supervisor.look_after(self.server)
        for name, command in _parts(settings.receivers, self.say).items():
            argv = [sys.executable, "-m", "monitor", *command]
            self.supervisor.add(Part(name=name, argv=argv, environ=environ))
        if not settings.receivers:
            self.say("There is no [receiver] in the configuration: lists are checked, but not probed.")
        elif not has_ipv6():
            self.say("This machine has no IPv6: lists are checked, but not probed. The receiver waits for it.")
        host, port = split_endpoint(settings.web.listen)
        self.pages = _url(host, port)
        if not self.supervisor.watch(lambda: _answers(host, port), limit_s=_READY_S) and not self.supervisor.ending:
            self.say(f"The pages do not answer yet; see {self.log_dir / 'web.log'}.")


@contextmanager
def _everything(data_dir: Path) -> Iterator[_Crew]:
    """A crew on a claimed directory; whatever happens inside, all of it has ended afterwards."""
    from monitor.store.embedded import claimed

    with claimed(data_dir):
        crew = _Crew(data_dir)
        with crew.supervisor.signals_caught():
            try:
                yield crew
            finally:
                crew.say("Stopping …")
                crew.supervisor.end()
                crew.server.stop()
        crew.say("Stopped. Nothing is lost: the next run goes on from here.")


def _parts(receivers: Sequence["Vantage"], say: Callable[[str], None]) -> Mapping[str, list[str]]:
    """The parts and their commands, in the order of their start; of several receivers those that can listen here."""
    from monitor.incident.signs_of_life import command_of
    from monitor.processes.ports import is_here

    workers = str(max(2, min(8, os.cpu_count() or 2)))
    parts = {"web": ["web"], "worker": ["worker", "--concurrency", workers], "beat": ["beat"]}
    taken = set()
    for each in receivers:
        command = ["receiver", *(["--id", each.id] if len(receivers) > 1 else [])]
        if len(receivers) > 1 and (each.listen in taken or not is_here(each.listen)):
            say(
                f"The receiver {each.id} cannot listen on {each.listen} here. Start it where it can: {command_of(each.part)}"
            )
            continue
        taken.add(each.listen)
        parts[each.part.replace(":", "-")] = command
    return parts


def _typed() -> str:
    """How our command is typed here: by its name where the shell finds it, else by the path beside our interpreter."""
    beside = Path(sys.executable).with_name("staysub")
    if shutil.which("staysub") or not beside.exists():
        return "staysub"
    return min(os.path.relpath(beside), str(beside), key=len)


def _answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection((_nearest(host), port), timeout=0.5):
        return True
    return False


def _url(host: str, port: int) -> str:
    near = _nearest(host)
    return f"http://[{near}]:{port}/" if ":" in near else f"http://{near}:{port}/"


def _nearest(host: str) -> str:
    """Where to reach from this machine what listens on that address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


@contextmanager
def _keys(terminal: int) -> Iterator[bool]:
    """Single keys instead of lines, if we are in the foreground of a terminal; as it was, afterwards."""
    if not os.isatty(terminal) or os.tcgetpgrp(terminal) != os.getpgrp():
        yield False
        return
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield True
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
