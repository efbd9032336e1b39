"""Staysub by its configuration: the parts of the file that many tests write, and a command called with one."""

from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result

from monitor.cli.main import Cli

STORE = """
data_dir = "{folder}"
[redis]
url = "{redis}"
"""
LIST = """
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "2001:db8:25::25"]
"""


def invoke(command: click.Command, config: Path | None, *words: object, **options: Any) -> Result:
    """The command with that configuration, as `staysub --config` calls it."""
    cli = Cli(config_path=config, debug=False)
    return CliRunner().invoke(command, [*map(str, words)], obj=cli, **options)
