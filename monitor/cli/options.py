"""Options that several commands have alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
nagios_option = click.option("--nagios", is_flag=True, help="One plugin line with performance data.")


class Duration(click.ParamType[timedelta]):
    """A duration above zero: "6h", "2d"."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The duration. Fails with a sentence where it is none."""
        from monitor.config.duration import parse_duration

        try:
            found = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found <= timedelta(0):
            self.fail("must be longer than nothing", param, ctx)
        return found


def duration_option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """A click option that is a duration."""
    return click.option(*names, type=Duration(), **attributes)
