"""`docs/commands.md`, made from the commands themselves: `python -m monitor.cli.reference`."""

from collections.abc import Iterator

import click

from monitor.cli.main import cli

WIDTH = 100
HEAD = """\
# Commands

What `--help` says of every command; made by `python -m monitor.cli.reference > docs/commands.md`.

`--config` and `--debug` may stand anywhere. `--json` gives one document with `"schema": "staysub.<command>/1"`, which grows only
by addition. People get tables, in colour on a terminal and plain where they are piped; `NO_COLOR` is heeded.

| exit code | meaning |
| --- | --- |
| 0 | done; of `check`, `status`, `explain` and `doctor`: all is well |
| 1, 2, 3 | of these four: warning, critical, unknown (the codes of Nagios plugins); 1 of others: it did not succeed |
| 64 | the command was called wrongly |
| 69 | something that is needed did not answer; trying again may help |
| 70 | a fault of Staysub's own; `--debug` shows it |
| 78 | the configuration is wrong |
| 130 | ended by Ctrl-C |

`staysub completion bash`, `zsh` or `fish` prints what completes commands, options and the names of lists.
"""


def reference() -> str:
    """The whole document."""
    return HEAD + "".join(_section(path, command) for path, command in _walk("staysub", cli))


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command, info_name=path) as ctx:
            for name in command.list_commands(ctx):
                inner = command.get_command(ctx, name)
                if inner is not None and not inner.hidden:
                    yield from _walk(f"{path} {name}", inner)


def _section(path: str, command: click.Command) -> str:
    settings = {**cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    with click.Context(command, info_name=path, **settings) as ctx:
        said = command.get_help(ctx)
    return f"\n## {path}\n\n```text\n" + "\n".join(line.rstrip() for line in said.splitlines()) + "\n```\n"


if __name__ == "__main__":
    click.echo(reference(), nl=False)
