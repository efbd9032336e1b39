"""`staysub run`: everything in one foreground process group; without a configuration the demonstration."""

import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.listening import see_pages, see_receiver, see_world
from monitor.cli.main import Cli
from monitor.cli.services import DEMO_URL_VARIABLE
from monitor.cli.typed import typed
from monitor.inert import inert

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.config.settings import Settings
    from monitor.model.mta_log import MtaLog
    from monitor.model.vantage import Vantage

DEMO_DATA_DIR = Path("staysub-data/demo")
_TERMINAL = 0  # standard input
_TRIES = 3  # of the demonstration to get the ports that it has found free
_READY_S = 30.0  # how long the pages may take to open before we say that they have not


@click.command("run")
@click.option("--demo", is_flag=True, help="The demonstration, even where there is a configuration.")
@click.pass_obj
def run_command(root: Cli, *, demo: bool) -> None:
    """Run everything in the foreground: store, worker, beat, receiver and pages. Ctrl-C ends it.

    A port of the configuration that is taken, or not allowed, ends it with one sentence before anything is started.
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
    with _everything(settings.data_dir, lambda: _see_places(settings)) as crew:
        crew.say("Starting …")
        for note in exposed(loaded):
            crew.say(inert(f"Note: {note.place} {note.message}."))
        crew.start(path)
        if crew.opened("web"):
            lists = f"{len(settings.file_lists)} list{'' if len(settings.file_lists) == 1 else 's'}"
            crew.say(inert(f"Staysub watches {lists} of {path}. Its pages: {_url(settings.web.listen)}"))
            crew.say(f"Logs are in {crew.log_dir}. Ctrl-C ends it.")
        crew.supervisor.watch()


def _run_demo(data_dir: Path) -> None:
    """The demonstration on ports that are free; on others where one was taken while it started."""
    from monitor.errors import Unavailable

    for left in reversed(range(_TRIES)):
        try:
            _demonstrate(data_dir)
        except Unavailable as error:
            if error.reason != "in-use" or not left:
                raise
            click.echo("A port was taken meanwhile; others are tried.")
        else:
            return


def _demonstrate(data_dir: Path) -> None:
    """The demonstration: its own world beside the same parts. Raises Unavailable where a port is taken by now."""
    from monitor.demo.guide import guide
    from monitor.demo.plan import WORKSHOP_OPENS, make_plan
    from monitor.processes.part import Part

    with _everything(data_dir) as crew, _keys(_TERMINAL) as keys_come:
        plan = make_plan(data_dir)
        crew.say("Starting the demonstration …")
        world = [sys.executable, "-m", "monitor.demo", str(plan.path)]
        part = Part(
            name="demo", argv=world, listens=True, speaks=True, opens_with=WORKSHOP_OPENS, see=partial(see_world, plan)
        )
        crew.supervisor.add(part)
        if keys_come:
            crew.supervisor.forward_keys(_TERMINAL)
        crew.start(plan.configuration, **{DEMO_URL_VARIABLE: plan.workshop_page})
        if crew.opened("web", "demo"):
            crew.say(guide(plan, keys=keys_come, command=typed()))
        crew.supervisor.watch()


def _see_places(settings: "Settings") -> None:
    """Nothing, if all that is to listen here can. Raises Unavailable. What this machine has no address for waits."""
    see_pages(settings)
    for each in _here(settings.receivers):
        see_receiver(each)


class _Crew:
    """The supervisor with what its parts need, and how to speak to the person in front."""

    def __init__(self, data_dir: Path) -> None:
        from monitor.processes.supervisor import Supervisor
        from monitor.store.embedded import EmbeddedServer

        self.log_dir = data_dir / "log"
        self.server = EmbeddedServer(data_dir)
        self.supervisor = Supervisor(log_dir=self.log_dir, say=self.say)

    def say(self, sentence: str) -> None:
        """Print a sentence; a terminal that has gone is no reason to stop.

        Nothing is folded: there are addresses in it to be clicked, and paths to be copied.
        """
        with suppress(OSError):
            click.echo(inert(sentence, keep="\n"))

    def start(self, path: Path, **environ: str) -> None:
        """Start the store, if it is ours to run, and the parts of this configuration."""
        from monitor.config.load import VARIABLE, load

        settings = load(path)
        self._environ = {VARIABLE: str(path), **environ}
        if settings.redis.url is None:
            self.server.start()
            self.supervisor.look_after(self.server)
        workers = str(max(2, min(8, os.cpu_count() or 2)))
        self._add("web", ["web"], opens_with="web_listens", see=lambda: see_pages(settings))
        self._add("worker", ["worker", "--concurrency", workers])
        self._add("beat", ["beat"])
        self._start_receivers(settings.receivers)
        self._follow(settings.mta_logs)

    def opened(self, *parts: str) -> bool:
        """Wait until the servers of these parts take connections; False where a signal asked for the end before."""

        def all_open() -> bool:
            return self.supervisor.has_opened(*parts)

        if not self.supervisor.watch(all_open, limit_s=_READY_S) and not self.supervisor.ending:
            self.say(f"The pages do not answer yet; see {self.log_dir / 'web.log'}.")
        return self.supervisor.watch(all_open)

    def _start_receivers(self, receivers: Sequence["Vantage"]) -> None:
        """Start those that can listen here, and say of the others why not; one that stands alone waits until it can."""
        from monitor.incident.signs_of_life import command_of
        from monitor.processes.ports import has_ipv6, is_here

        here = _here(receivers)
        for each in receivers:
            alone = len(receivers) == 1
            if each not in here and not alone:
                start = f"Start it where it can: {command_of(each.part)}"
                self.say(f"The receiver {each.id} cannot listen on {each.listen} here. {start}")
                continue
            command = ["receiver", *([] if alone else ["--id", each.id])]
            may_start, see = partial(is_here, each.listen), partial(see_receiver, each)
            self._add(each.part.replace(":", "-"), command, opens_with="receiver_listens", may_start=may_start, see=see)
        if not receivers:
            self.say("There is no [receiver] in the configuration: lists are checked, but not probed.")
        elif not has_ipv6():
            self.say("This machine has no IPv6: lists are checked, but not probed. The receiver waits for it.")
        elif not here and len(receivers) == 1:
            place = receivers[0].listen
            self.say(f"{place} is no address of this machine: lists are not probed. The receiver waits for it.")

    def _follow(self, logs: Sequence["MtaLog"]) -> None:
        """Follow each log; what comes on standard input nobody sends to a part."""
        from monitor.model.mta_log import parts_of

        for part in parts_of(logs):
            command, _, log_id = part.partition(":")
            self._add(part.replace(":", "-"), [command, "--id", log_id])

    def _add(self, name: str, command: list[str], **facts: Any) -> None:
        from monitor.processes.part import Part

        argv = [sys.executable, "-m", "monitor", *command]
        self.supervisor.add(Part(name=name, argv=argv, environ=self._environ, **facts))


@contextmanager
def _everything(data_dir: Path, see: Callable[[], None] = lambda: None) -> Iterator[_Crew]:
    """A crew on a claimed directory; whatever happens inside, all of it has ended afterwards.

    `see` raises where nothing is to be started at all.
    """
    from monitor.store.embedded import claimed

    with claimed(data_dir):
        see()
        crew = _Crew(data_dir)
        with crew.supervisor.signals_caught():
            try:
                yield crew
            finally:
                crew.say("Stopping …")
                crew.supervisor.end()
                crew.server.stop()
        crew.say("Stopped. Nothing is lost: the next run goes on from here.")


def _here(receivers: Sequence["Vantage"]) -> list["Vantage"]:
    """Those whose address this machine has; of several at one address the first."""
    from monitor.processes.ports import is_here

    firsts = {each.listen: each for each in reversed(receivers)}
    return [each for each in receivers if firsts[each.listen] is each and is_here(each.listen)]


def _url(listen: str) -> str:
    """How a browser on this machine reaches what listens there."""
    from monitor.config.endpoints import split_endpoint

    host, port = split_endpoint(listen)
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
