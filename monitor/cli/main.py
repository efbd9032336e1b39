"""The root of the command line: global options, lazy commands, errors as one sentence, exit codes."""

import importlib
import os
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

import click

from monitor.cli.folding import columns, fold
from monitor.errors import ConfigError, StaysubError, UsageError
from monitor.inert import inert

# sysexits.h: the command was used incorrectly, the configuration is wrong, something is unavailable, our own fault.
EX_USAGE, EX_CONFIG, EX_UNAVAILABLE, EX_SOFTWARE = 64, 78, 69, 70

# Command → (module below monitor.cli that defines a click command of that name, dashes as underscores; what it says of
# itself). The words stand here too, so that `staysub --help` imports no command; a test holds them to the command's
# own.
COMMANDS = {
    "init": (
        "init.command",
        "Write a configuration for your own list: asks for its address, looks in DNS, and proposes the rest.",
    ),
    "run": ("run", "Run everything in the foreground: store, worker, beat, receiver and pages."),
    "check": ("check.command", "Evaluate SPF and reverse DNS as receivers would, and say what to publish."),
    "probe": ("probe.command", "Send one probe through the list's own MTA now, and show how it arrived."),
    "explain": (
        "explain",
        "Read a message or a bounce: its way, who checked what where, whose fault a refusal is, and what to do.",
    ),
    "findings": (
        "findings",
        "Say what a finding means, in plain words: what to do, who can mend it, how to see that it is mended.",
    ),
    "learn": ("learn", "Learn from a post or a DMARC report how a list's mail is signed."),
    "forecast": (
        "forecast.command",
        "Say when subscribers will be disabled and removed, how sure that is, and what would change it.",
    ),
    "status": ("status", "Show which lists are in danger, the most urgent first."),
    "incidents": ("incidents", "Incidents: what is open and why, who takes it on, what is not to be told."),
    "notices": ("notices", "Notices: what was told to whom, what could not be delivered and why."),
    "import": ("importing.bounces", "Take over what others have recorded."),
    "replies": ("replies", "Show what receivers answered to lists' posts, try by try, and what waits in the queue."),
    "worker": ("services", "Evaluate, probe and notify."),
    "beat": ("services", "Find what is due, again and again: Celery's beat."),
    "receiver": ("services", "Take probes over IPv6 and note how they arrived."),
    "follow": ("follow", "Read the mail server's log as it grows: what receivers answer to every post."),
    "web": ("services", "Serve pages, API, health and metrics."),
    "doctor": (
        "doctor.command",
        "Examine configuration, Redis, resolver, receiver and mail servers; say what is wrong and what to do.",
    ),
    "config": ("config", "The configuration file: check it, show what is in effect, begin one."),
    "tokens": ("tokens", "Tokens that open the API to programs, each for reading or also for writing."),
    "backup": ("backup", "A backup of all that is kept: taken while parts run, put back into an empty store."),
    "completion": ("completion", "Print what makes a shell complete commands, options and the names of lists."),
}
WHOLE = 200  # characters of a first sentence: none is longer, so that none is cut


@dataclass(slots=True)
class Cli:
    """What the global options say; every command gets it as `click.pass_obj`."""

    config_path: Path | None
    debug: bool


class Group(click.Group):
    """A group of commands that says of each what it does, and answers a misspelt name with the nearest ones."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with the whole first sentence of each: what is cut says nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.sentence(ctx, name)) for name in self.list_commands(ctx)])

    def sentence(self, ctx: click.Context, name: str) -> str:
        """What the command of that name does, in its own first sentence."""
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit=WHOLE)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but for the misspelt name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if isinstance(error, click.NoSuchOption):
                raise
            from difflib import get_close_matches

            known = self.list_commands(ctx)
            near = get_close_matches(args[0], known, n=2)
            hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are {', '.join(known)}."
            raise click.UsageError(f"There is no command {args[0]!r}. {hint}", ctx) from error


class LazyGroup(Group):
    """The commands of the table: imported when they are named, so that `--help` and one-shot commands start quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"monitor.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command")
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name}_command is no command")
        return command

    def sentence(self, ctx: click.Context, name: str) -> str:
        """As the table has it."""
        del ctx
        return COMMANDS[name][1]


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "STAYSUB", "max_content_width": 100},
)
@click.version_option(package_name="staysub", prog_name="staysub")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="STAYSUB_CONFIG",
    help="Configuration file; otherwise $STAYSUB_CONFIG, otherwise ./staysub.toml.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks and debug messages.")
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None, *, debug: bool) -> None:
    """Mailing-list subscription health monitor.

    Staysub evaluates SPF for the addresses that a list's mail leaves from, sends probe mail to a receiver that can only
    be reached over IPv6, and says in time which subscribers the list is about to lose, when, why, and what to publish.
    """
    ctx.obj = Cli(config_path=config_path, debug=debug)
    if debug:
        import logging

        from monitor import journal

        journal.configure()
        logging.getLogger("monitor").setLevel(logging.DEBUG)


def main(args: list[str] | None = None) -> None:
    """Run the command line; never returns."""
    given = hoisted(sys.argv[1:] if args is None else args)
    debug = "--debug" in given
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # text from outside that the terminal cannot show
    try:
        code = cli.main(args=given, prog_name="staysub", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        _show_the_way_in()
        sys.exit(EX_USAGE)
    except click.ClickException as error:
        _complain(sentence_of(error))
        sys.exit(EX_USAGE if isinstance(error, click.UsageError) else error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except StaysubError as error:
        if debug:
            raise
        lines = error.lines if isinstance(error, ConfigError) else [str(error)]  # its faults, one a line
        for n, line in enumerate(lines):
            _complain(f"staysub: {line}" if n == 0 else line)
        sys.exit(exit_code(error))
    except Exception as error:
        if debug:
            raise
        what = f"{type(error).__name__}: {error}".rstrip(": ").replace("\n", " ")
        _complain(f"staysub: This went wrong by a fault of Staysub's own: {what}. --debug shows where.")
        sys.exit(EX_SOFTWARE)
    sys.exit(code if isinstance(code, int) else 0)


def _show_the_way_in() -> None:
    """How to begin, where nothing is configured yet."""
    if not os.environ.get("STAYSUB_CONFIG") and not Path("staysub.toml").exists():
        click.echo(err=True)
        _complain(
            "There is no configuration yet. `staysub init` writes one for your list; `staysub run` shows a demonstration."
        )


def _complain(sentence: str) -> None:
    """One sentence on standard error, folded where that is a terminal."""
    click.echo(fold(inert(sentence), columns(sys.stderr)), err=True)


def hoisted(args: list[str]) -> list[str]:
    """The arguments with the global options in front, wherever they stood: nobody remembers where they must."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(args)
    while waiting:
        arg = waiting.pop(0)
        if arg == "--":
            rest += [arg, *waiting]
            break
        if arg == "--debug" or arg.startswith("--config="):
            front.append(arg)
        elif arg == "--config" and waiting:
            front += [arg, waiting.pop(0)]
        else:
            rest.append(arg)
    return front + rest


def sentence_of(error: click.ClickException) -> str:
    """A wrong call in one sentence that says which command it was, what would be right, and where to read on."""
    said = " ".join(error.format_message().split())
    ctx = getattr(error, "ctx", None)
    if ctx is None:
        return f"staysub: {said}"
    end = "" if said.endswith((".", "?", "!")) else "."
    return f"{ctx.command_path}: {said}{end} See {ctx.command_path} --help."


def exit_code(error: StaysubError) -> int:
    """The sysexits.h code for an error."""
    if isinstance(error, UsageError):
        return EX_USAGE
    if isinstance(error, ConfigError):
        return EX_CONFIG
    return EX_UNAVAILABLE
