"""The command `staysub`: one file per group of commands."""

from monitor.cli.main import main

__all__ = ["main"]
