"""`staysub completion`: what makes a shell complete commands, options and the names of lists."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_STAYSUB_COMPLETE"  # the one that click itself reads


HELP = """Print what makes a shell complete commands, options and the names of lists.

Save it where your shell looks for such scripts, then open a new shell.

\b
bash, with the package bash-completion:
staysub completion bash > ~/.local/share/bash-completion/completions/staysub

\b
zsh, with fpath=(~/.zfunc $fpath) before compinit in ~/.zshrc:
staysub completion zsh > ~/.zfunc/_staysub

\b
fish:
staysub completion fish > ~/.config/fish/completions/staysub.fish

\b
Or, for the shell alone that is open (bash; zsh; fish):
eval "$(staysub completion bash)"
eval "$(staysub completion zsh)"
staysub completion fish | source
"""


@click.command("completion", help=HELP)
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """Print the script."""
    from monitor.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError("click completes in these shells")
    click.echo(kind(cli, {}, "staysub", VARIABLE).source())
