"""Where the parts of one configuration listen: whether each can, in the words and by the key of that part."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.config.settings import Settings
    from monitor.demo.plan import Plan
    from monitor.model.vantage import Vantage


def see_pages(settings: "Settings") -> None:
    """Nothing, if the pages can listen where they are to. Raises Unavailable."""
    from monitor.processes.ports import see_that_it_is_free

    see_that_it_is_free(settings.web.listen, part="the pages", key="web.listen")


def see_receiver(vantage: "Vantage") -> None:
    """Nothing, if that receiver can listen where it is to. Raises Unavailable."""
    from monitor.model.vantage import ONLY
    from monitor.processes.ports import see_that_it_is_free

    part, key = ("the receiver", "receiver.listen")
    if vantage.id != ONLY:
        part, key = (f"the receiver {vantage.id}", f"listen of the receiver {vantage.id}")
    see_that_it_is_free(vantage.listen, part=part, key=key)


def see_world(plan: "Plan") -> None:
    """Nothing, if the demonstration's own servers can listen where they are to. Raises Unavailable."""
    from monitor.processes.ports import see_that_it_is_free

    for port in (plan.workshop, plan.dns, plan.mail, *plan.mtas.values()):
        see_that_it_is_free(f"127.0.0.1:{port}", part="the demonstration", key="it")
