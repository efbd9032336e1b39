"""`python -m monitor.demo PLAN`: the small world as one process, beside the real parts. `staysub run` starts it."""

import asyncio
import os
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn

from monitor.demo.catch import Caught
from monitor.demo.plan import WORKSHOP_OPENS, read_plan
from monitor.demo.stories import FIRST_TO_MEND
from monitor.demo.workshop import workshop
from monitor.demo.world import World

_KEYBOARD = 0  # standard input: keys that `staysub run` passes on


class _Workshop(uvicorn.Server):
    """uvicorn that says when it takes connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        await super().startup(sockets)
        if self.started:
            print(WORKSHOP_OPENS, flush=True)


async def live(path: Path) -> None:
    """Run the small world until a signal comes."""
    plan = read_plan(path)
    world = World(plan, on_notice=_print_notice)
    await world.start()
    loop = asyncio.get_running_loop()
    server = _Workshop(
        uvicorn.Config(workshop(world), host="127.0.0.1", port=plan.workshop, log_level="error", lifespan="off")
    )
    with suppress(OSError, ValueError):  # a closed or redirected standard input: the workshop's buttons remain
        loop.add_reader(_KEYBOARD, _on_key, world, server)
    try:
        await server.serve()
    finally:
        world.stop()


def _on_key(world: World, server: uvicorn.Server) -> None:
    """The key `f` mends the first story; the end of the pipe from `staysub run` is the end of us."""
    typed = os.read(_KEYBOARD, 64)
    if not typed:
        asyncio.get_running_loop().remove_reader(_KEYBOARD)
        server.should_exit = stat.S_ISFIFO(os.fstat(_KEYBOARD).st_mode)
    if b"f" in typed.lower():
        mended = world.mend(FIRST_TO_MEND)
        if mended is not None:
            print(
                f"{mended.domain} now says: {world.spf(mended)}\nWatch {world.plan.pages}lists/{mended.id}", flush=True
            )


def _print_notice(caught: Caught) -> None:
    """One line in the terminal for each notice."""
    text = f"{caught.channel} to {caught.to}: {caught.subject}"
    if caught.verified is not None:
        text += " (signature right)" if caught.verified else " (signature WRONG)"
    print("".join(c if c.isprintable() else "?" for c in text), flush=True)


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
