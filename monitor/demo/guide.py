"""What the terminal says when the demonstration has started."""

from monitor.demo.plan import Plan
from monitor.demo.stories import FIRST_TO_MEND, STORIES


def guide(plan: Plan, *, keys: bool, command: str) -> str:
    """Where to look, what to press, and how to go on to one's own list.

    `keys`: whether keys are read from the terminal. `command`: how `staysub` is typed here.
    """
    mend = (
        f"Press f here to publish the record that {FIRST_TO_MEND} lacks"
        if keys
        else f"Publish the record that {FIRST_TO_MEND} lacks by its button in the workshop"
    )
    return f"""
  Staysub, the demonstration: {len(STORIES)} lists with a story each, all of it on this machine.

    Pages      {plan.pages}
               which lists are in danger, why, and from when
    Workshop   {plan.workshop_page}
               the notices that owners got, and a button that mends each list

  1. Open the pages. Within a minute {FIRST_TO_MEND} is in danger: it got IPv6, and
     its SPF record did not. Click it: who is lost, when, and the record to
     publish.
  2. {mend},
     and watch it recover. Its owner is told both times.
  3. Your own list: {command} init asks for its address and writes staysub.toml; then {command} run.
     One look without any set-up: {command} check your-domain.example

  Logs are in {plan.data_dir}/log. Ctrl-C ends everything.
"""
