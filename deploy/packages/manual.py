"""The manual page staysub(1), from the commands of what is installed: `python manual.py VERSION DATE`."""

import sys

from monitor.cli.main import COMMANDS, cli

HEAD = """\
.TH STAYSUB 1 {date} "Staysub {version}" "User commands"
.SH NAME
staysub \\- mailing-list subscription health monitor
.SH SYNOPSIS
.B staysub
.RB [ \\-\\-config
.IR FILE ]
.I COMMAND
.RI [ ARGUMENTS ]...
.SH DESCRIPTION
{description}
.PP
Every command takes
.BR \\-\\-help ,
which says what it does and takes. Those that tell something take
.BR \\-\\-json .
.SH COMMANDS
"""
TAIL = """\
.SH FILES
.TP
.I /etc/staysub/staysub.toml
The configuration, unless one is named or lies in the current directory.
.TP
.I /var/lib/staysub
Data of the parts.
.SH ENVIRONMENT
.TP
.B STAYSUB_CONFIG
The configuration file.
.SH SEE ALSO
.I /usr/share/doc/staysub/README.Debian
and the runbook and the reference of all commands beside it.
"""


def roff(text: str) -> str:
    """Text as roff has it: nothing in it is a request or an escape."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped


def manual(version: str, date: str) -> str:
    """The whole page."""
    description = roff(" ".join((cli.help or "").split()))
    commands = "".join(f".TP\n.B {roff(name)}\n{roff(said)}\n" for name, (_, said) in COMMANDS.items())
    return HEAD.format(date=date, version=version, description=description) + commands + TAIL


if __name__ == "__main__":
    sys.stdout.write(manual(*sys.argv[1:]))
