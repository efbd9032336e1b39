"""Options that several commands have alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def alone(ctx: click.Context, param: click.Parameter, given: bool) -> bool:  # noqa: FBT001 - click calls it so
    """Callback of a switch that gives the answer another form: two of them contradict each other."""
    forms = {name for name in FORMS if ctx.params.get(name)} | ({param.name} if given else set())
    if given and len(forms) > 1 and forms != LETTERS:
        one, other = [FORMS[name] for name in FORMS if name in forms][:2]
        raise click.UsageError(f"{one} and {other} are two forms of one answer: give one", ctx)
    return given


# The forms of an answer besides that for people, by the names of their parameters; of letters there are two.
FORMS = {"as_json": "--json", "nagios": "--nagios", "brief": "--brief", "as_mail": "--mail"}
LETTERS = {"brief", "as_mail"}
json_option = click.option("--json", "as_json", is_flag=True, callback=alone, help="One JSON document.")
nagios_option = click.option("--nagios", is_flag=True, callback=alone, help="One plugin line with performance data.")


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
