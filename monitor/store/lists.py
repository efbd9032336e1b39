"""Lists added at run time, beside those of the configuration file: one hash of their documents, and its version."""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from monitor.config.list_document import read_list
from monitor.errors import ConfigError
from monitor.model.lists import Lists, MailingList, settings_unreadable
from monitor.store import keys, scripts
from monitor.store.client import Redis, text, translated
from monitor.store.unreadable import GARBAGE, readable

log = logging.getLogger(__name__)


class Written(StrEnum):
    """What became of a write."""

    CREATED = "created"
    REPLACED = "replaced"
    SAME = "same"  # the document was there already
    DELETED = "deleted"
    ABSENT = "absent"  # there was nothing to delete
    CHANGED = "changed"  # another document was there than the writer had seen: nothing is written
    FULL = "full"  # there are LISTS_ADDED_MOST lists


class AddedLists:
    """Read whole and kept in memory, as long as the version is the same. Safe to use from several threads."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._write = client.register_script(scripts.WRITE_NAMED)
        self._seen: tuple[bytes | None, Lists, Lists] = (None, (), ())  # version, lists of the file, all lists
        self._read: dict[str, tuple[bytes, MailingList | str]] = {}  # of a list that cannot be used the reason
        self.unreadable: Mapping[
            str, str
        ] = {}  # lists that are there and cannot be used, by id, with what is told of each

    def merged_with(self, of_file: Lists) -> Lists:
        """Every list under watch: those of the file, then the added ones by id. The same tuple while nothing changes.

        The file's list holds where both have one of that id.
        """
        with translated("asked for lists that were added"):
            version = self._redis.get(keys.LISTS_VERSION)
        if version is None:
            return of_file
        seen_version, seen_file, seen_all = self._seen
        if seen_version == version and seen_file is of_file:
            return seen_all
        taken = {each.id for each in of_file}
        every = of_file + tuple(each for each in self._all() if each.id not in taken)
        self._seen = (version, of_file, every)
        return every

    def document(self, list_id: str) -> dict[str, Any] | None:
        """The document of the added list of that id, secrets and all; of garbage its id alone, None of nothing."""
        with translated("read a list that was added"):
            found = self._redis.hget(keys.LISTS, list_id)
        if found is None:
            return None
        document = readable(f"{keys.LISTS} {list_id}", lambda: dict(json.loads(found)))
        return {"id": list_id} if document is None else document  # to be written anew, or deleted

    def put(self, document: Mapping[str, Any], *, seen: Mapping[str, Any] | None, unseen: bool = False) -> Written:
        """Keep a list's document under its id. May be repeated.

        Where `seen` is the document that the writer changed, or `unseen` says that there was none, nothing is written
        over what somebody else wrote meanwhile.
        """
        return self._written(str(document["id"]), _octets(document), seen=seen, unseen=unseen)

    def delete(self, list_id: str, *, seen: Mapping[str, Any] | None) -> Written:
        """Watch that list no longer. May be repeated."""
        return self._written(list_id, b"", seen=seen, unseen=False)

    def _written(self, list_id: str, octets: bytes, *, seen: Mapping[str, Any] | None, unseen: bool) -> Written:
        expects = unseen or seen is not None
        with translated("wrote a list"):
            answer = self._write(
                keys=[keys.LISTS, keys.LISTS_VERSION],
                args=[
                    list_id,
                    octets,
                    secrets.token_hex(8),
                    "1" if expects else "0",
                    b"" if seen is None else _octets(seen),
                    keys.LISTS_ADDED_MOST,
                ],
            )
        return Written(text(answer))

    def _all(self) -> Sequence[MailingList]:
        with translated("read the lists that were added"):
            found = {text(list_id): octets for list_id, octets in self._redis.hgetall(keys.LISTS).items()}
        before, now = self._read, {}
        for list_id in sorted(found):
            known = before.get(list_id)
            now[list_id] = known if known and known[0] == found[list_id] else (found[list_id], _made(found[list_id]))
        self._read = now
        made = [(list_id, each) for list_id, (_, each) in now.items()]
        self.unreadable = {list_id: settings_unreadable(why) for list_id, why in made if isinstance(why, str)}
        return [each for _, each in made if isinstance(each, MailingList)]


def _octets(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _made(octets: bytes) -> MailingList | str:
    """The list; where this version cannot use what another one wrote, a line in the log, and why in words."""
    try:
        return read_list(json.loads(octets))
    except ConfigError as error:
        log.error("added_list_unreadable", extra={"faults": error.faults})  # noqa: TRY400 - the faults say all
        where, sentence = error.told[0]
        return f"{where}: {sentence}".removesuffix(".")
    except GARBAGE as error:
        log.error("added_list_unreadable", extra={"faults": repr(error)})  # noqa: TRY400 - likewise
    return ""
