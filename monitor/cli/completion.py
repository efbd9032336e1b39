"""`staysub completion`: what makes a shell complete commands, options and the names of lists."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_STAYSUB_COMPLETE"  # the one that click itself reads


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash: staysub completion bash > ~/.local/share/bash-completion/completions/staysub
    zsh:  staysub completion zsh > ~/.zfunc/_staysub   (with ~/.zfunc in $fpath)
    fish: staysub completion fish > ~/.config/fish/completions/staysub.fish
    """
    from monitor.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError("click completes in these shells")
    click.echo(kind(cli, {}, "staysub", VARIABLE).source())
