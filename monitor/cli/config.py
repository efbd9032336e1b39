"""`staysub config`: check, show and begin the configuration file."""

from dataclasses import asdict

import click

from monitor.cli.main import Cli, Group
from monitor.cli.options import json_option
from monitor.cli.output import emit_json, say
from monitor.inert import inert


@click.group("config", cls=Group)
def config_command() -> None:
    """The configuration file: check it, show what is in effect, begin one."""


@config_command.command("check")
@json_option
@click.pass_obj
def config_check(root: Cli, *, as_json: bool) -> int:
    """Read the file and name every fault in it; exit with 78 if there is one."""
    from monitor.cli.main import EX_CONFIG
    from monitor.config.advice import advice_on, unroutable
    from monitor.config.exposed import exposed
    from monitor.config.load import find, read
    from monitor.config.refused_targets import see_targets
    from monitor.errors import ConfigError

    path = find(root.config_path)
    try:
        loaded = read(path)
        settings = loaded.settings
        see_targets(loaded, name=str(path))
    except ConfigError as error:
        if not as_json:
            raise
        faults = [
            {"place": where, "where": told, "message": sentence}
            for (where, sentence), (told, _) in zip(error.faults, error.told, strict=True)
        ]
        emit_json("config-check", {"path": str(path), "ok": False, "faults": faults, "notes": []})
        return EX_CONFIG
    found = (*advice_on(settings), *unroutable(settings), *exposed(loaded))
    if as_json:
        notes = [{**asdict(note), "where": loaded.places(note.place)} for note in found]
        emit_json("config-check", {"path": str(path), "ok": True, "faults": [], "notes": notes})
        return 0
    count = len(settings.file_lists)
    say(f"{path}: good. {count} list{'' if count == 1 else 's'} under watch.")
    for note in found:
        say(f"Note: {loaded.places(note.place)}: {note.message}.")
    return 0


@config_command.command("show")
@json_option
@click.pass_obj
def config_show(root: Cli, *, as_json: bool) -> None:
    """Print the configuration in effect, defaults included, secrets masked."""
    from monitor.config.load import find, load
    from monitor.config.show import plain, show

    path = find(root.config_path)
    settings = load(path)
    if as_json:
        emit_json("config", {"path": str(path), "settings": plain(settings)})
    else:
        click.echo(f"# {inert(path)}, with defaults; secrets are masked\n{show(settings)}", nl=False)


@config_command.command("example")
@click.option("--short", is_flag=True, help="Only what a first configuration needs, on one screen.")
@json_option
def config_example(*, short: bool, as_json: bool) -> None:
    """Print a documented configuration to begin with. `staysub init` writes one for your own list."""
    from monitor.config.example import example
    from monitor.proposal.file import short_example

    text = short_example() if short else example()
    if as_json:
        emit_json("config-example", {"toml": text})
        return
    click.echo(text, nl=False)
