"""Every command that reaches a Redis server while a block runs, as the server itself tells it (MONITOR)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from monitor.store import Store

END = "the block is over"
OF_MANY_KEYS = frozenset({"MGET"})
OF_ONE_FIELD = frozenset({"HGET", "ZSCORE"})  # one key holds many lists: what is read is one field
OF_MANY_FIELDS = frozenset({"HMGET"})


@dataclass
class Seen:
    """What was asked, in order."""

    commands: list[list[str]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """Every key that a command names, with the field where only that is read; once for each time."""
        found = []
        for name, *rest in self.commands:
            if name.upper() in OF_MANY_KEYS:
                found += rest
            elif name.upper() in OF_ONE_FIELD:
                found.append(" ".join(rest[:2]))
            elif name.upper() in OF_MANY_FIELDS:
                found += [f"{rest[0]} {each}" for each in rest[1:]]
            elif rest:
                found.append(rest[0])
        return found


@contextmanager
def commands_of(store: Store) -> Iterator[Seen]:
    """The commands of the block; what connections say of themselves is left out."""
    seen = Seen()
    with store.client.monitor() as monitor:

        def listen() -> None:
            for each in monitor.listen():
                words = [word.strip('"') for word in each["command"].split(" ")]
                if words[0].upper() == "ECHO":
                    return
                if words[0].upper() not in {"CLIENT", "HELLO", "SELECT", "PING"}:
                    seen.commands.append(words)

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        yield seen
        store.client.echo(END)
        listener.join(10)
