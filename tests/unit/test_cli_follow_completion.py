"""What the shell is offered behind `staysub follow --id`."""

import click
import pytest

from monitor.cli.follow import follow_command

CONFIGURATION = """
[[mta_log]]
kind = "postfix"
path = "/var/log/mail.log"
[[mta_log]]
kind = "exim"
id = "outbound"
path = "/var/log/exim4/mainlog"
"""


@pytest.mark.parametrize(
    ("written", "begun", "offered"),
    [
        pytest.param(CONFIGURATION, "", ["postfix", "outbound"], id="all"),
        pytest.param(CONFIGURATION, "o", ["outbound"], id="those that begin so"),
        pytest.param("[[mta_log]]", "", [], id="a configuration with faults"),
    ],
)
def test_a_shell_completes_the_ids_of_logs(tmp_path, written, begun, offered):
    """As the configuration has them."""
    path = tmp_path / "staysub.toml"
    path.write_text(written)
    root = click.Context(follow_command)
    root.params["config_path"] = path
    (option,) = (each for each in follow_command.params if each.name == "log_id")
    assert [each.value for each in option.shell_complete(root, begun)] == offered
