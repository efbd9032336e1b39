"""Lists as commands name them: of the file, or added at run time; with the nearest names where none fits."""

from collections.abc import Collection
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.errors import StaysubError, StoreUnavailable, UsageError

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.config.settings import Settings
    from monitor.model.lists import MailingList
    from monitor.operations.services import Services
    from monitor.store import Store

NAMED_MOST = 10  # of all lists, in a sentence


class ListName(click.ParamType[str]):
    """The id of a list: any text, completed by the shell to those that there are."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is."""
        del param, ctx
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Ids that begin so; none where the configuration cannot be read."""
        from monitor.config.load import load

        del param
        with suppress(StaysubError):
            settings = load(ctx.find_root().params.get("config_path"))
            return [CompletionItem(each.id) for each in known_lists(settings) if each.id.startswith(incomplete)]
        return []


def found_list(settings: "Settings", list_id: str) -> "MailingList":
    """The list of that id. Raises UsageError where there is none."""
    from monitor.model.lists import named

    lists = searched_lists(settings, list_id)
    found = named(lists, list_id)
    if found is None:
        raise no_list(list_id, [each.id for each in lists])
    return found


def watched_list(services: "Services", list_id: str) -> "MailingList":
    """The list of that id among all under watch. Raises UsageError where there is none, StoreUnavailable."""
    listed = services.watched(list_id)
    if listed is None:
        raise no_list(list_id, [each.id for each in services.lists()])
    return listed


def searched_lists(settings: "Settings", list_id: str) -> tuple["MailingList", ...]:
    """Where to look for that list: in the file, where it names it, which asks no Redis; else among all."""
    from monitor.model.lists import named

    return known_lists(settings) if named(settings.file_lists, list_id) is None else settings.file_lists


def known_lists(settings: "Settings") -> tuple["MailingList", ...]:
    """Every list that can be named: those of the file at least, for Redis is not waited for."""
    from monitor.store.configured import store_of, watched_lists

    with suppress(StoreUnavailable):
        return watched_lists(settings, store_of(settings, hurried=True))
    return settings.file_lists


def lists_to_fill(settings: "Settings", store: "Store | None", wanted: Collection[str]) -> tuple["MailingList", ...]:
    """All lists; a dry run has no store. Raises UsageError where one that is wanted is not among them."""
    from monitor.store.configured import watched_lists

    lists = known_lists(settings) if store is None else watched_lists(settings, store)
    known = [each.id for each in lists]
    for each in sorted(set(wanted).difference(known)):
        raise no_list(each, known)
    return lists


def no_list(list_id: str, known: Collection[str]) -> UsageError:
    """To be raised where no list has that id: with the nearest ones, or all where they are few."""
    near = get_close_matches(list_id, known, n=2)
    if near:
        return UsageError(f"There is no list {list_id!r}. Did you mean {' or '.join(map(repr, near))}?")
    if not known:
        return UsageError(f"There is no list {list_id!r}: none is watched yet.")
    few = ", ".join(sorted(known)[:NAMED_MOST]) + (" …" if len(known) > NAMED_MOST else "")
    return UsageError(f"There is no list {list_id!r}; there {'is' if len(known) == 1 else 'are'} {few}.")
