"""The root of the command line: global options, lazy commands, errors as one sentence, exit codes."""

import importlib
import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import click

from monitor import __version__
from monitor.errors import ConfigError, StaysubError, UsageError

# sysexits.h: the command was used incorrectly, the configuration is wrong, something is unavailable, our own fault.
EX_USAGE, EX_CONFIG, EX_UNAVAILABLE, EX_SOFTWARE = 64, 78, 69, 70

# Command → module below monitor.cli that defines a click command of the same name (dashes as underscores).
COMMANDS = {
    "run": "run",
    "check": "check",
    "probe": "probe",
    "explain": "explain",
    "forecast": "forecast",
    "status": "status",
    "incidents": "incidents",
    "notices": "notices",
    "import": "imports",
    "worker": "parts",
    "beat": "parts",
    "receiver": "parts",
    "web": "parts",
    "doctor": "doctor",
    "config": "config",
}


@dataclass(slots=True)
class Cli:
    """What the global options say; every command gets it as `click.pass_obj`."""

    config_path: Path | None
    debug: bool


class LazyGroup(click.Group):
    """Commands are imported when they are named, so that `staysub --help` and one-shot commands start quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that are built, in the order of the table above."""
        del ctx
        here = Path(__file__).parent
        return [name for name, module in COMMANDS.items() if (here / f"{module}.py").exists()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"monitor.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_command")
        if not isinstance(command, click.Command):
            raise TypeError(f"monitor.cli.{COMMANDS[cmd_name]}.{cmd_name}_command is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a misspelt name is answered with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx), n=2)
            hint = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "STAYSUB", "max_content_width": 100},
)
@click.version_option(__version__, prog_name="staysub")
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


def main(args: list[str] | None = None) -> None:
    """Run the command line; never returns."""
    debug = "--debug" in (sys.argv[1:] if args is None else args)
    try:
        code = cli.main(args=args, prog_name="staysub", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(EX_USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except StaysubError as error:
        if debug:
            raise
        click.echo(f"staysub: {error}", err=True)
        sys.exit(exit_code(error))
    sys.exit(code if isinstance(code, int) else 0)


def exit_code(error: StaysubError) -> int:
    """The sysexits.h code for an error."""
    if isinstance(error, UsageError):
        return EX_USAGE
    if isinstance(error, ConfigError):
        return EX_CONFIG
    return EX_UNAVAILABLE
