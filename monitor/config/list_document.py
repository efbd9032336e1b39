"""One list as a program gives it at run time: read by the rules, with the sentences, of a list of the file."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from monitor.config.faults import Fault, faults_of
from monitor.config.lists import ListSettings
from monitor.config.load import judged
from monitor.config.places import Places
from monitor.config.refused_targets import refused_targets_of
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.config.url import MASK
from monitor.errors import ConfigError
from monitor.model.lists import MailingList

_WHERE = "list[0]"


def parse_list(list_id: str, given: Mapping[str, Any], *, settings: Settings) -> dict[str, Any]:
    """The document to keep of a list: what was given, found good, with its id and without nulls.

    `settings` are those of the file: who has owners needs a relay in them. Raises ConfigError with every fault, each at
    its place in what was given, such as `outbound[1]`.
    """
    document = {"id": list_id, **{key: value for key, value in given.items() if value is not None}}
    faults = list(_of_programs(list_id, given))
    notices = {"from": settings.notices.sender, "relay": settings.notices.relay}
    whole = {
        "list": [document | {"id": list_id}],
        "notices": {key: value for key, value in notices.items() if value is not None},
    }
    try:
        judged(whole, Sources(references=False), name=list_id)
    except ConfigError as error:
        faults += [(_place(where), sentence) for where, sentence in error.faults]
    else:
        faults += refused_targets_of(read_list(document | {"id": list_id}), settings.notices.allow_networks)
    if faults:
        places = Places(whole)
        raise ConfigError(list_id, faults, lambda where: places(f"{_WHERE}.{where}" if where else _WHERE))
    return document


def read_list(document: Mapping[str, Any]) -> MailingList:
    """The list of a document that `parse_list` gave. Raises ConfigError where this version cannot read it."""
    try:
        return ListSettings.model_validate(
            document, context=Sources(references=False), by_alias=True, by_name=False
        ).value()
    except ValidationError as error:
        # Without pydantic's own words, which repeat what was given: passwords among it.
        raise ConfigError(str(document.get("id", "")), faults_of(error, ListSettings), Places(document)) from None


def merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The document after a merge patch (RFC 7396 section 2): null removes, tables are merged, all else is replaced."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def _of_programs(list_id: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults that a file cannot have."""
    if given.get("id", list_id) != list_id:
        yield "id", f"is {given['id']!r}, but the request is about {list_id!r}"
    for where, text in _texts("", given):
        if MASK in text:
            yield where, f"holds the {MASK} that stands for a secret in answers; give the secret, or leave the key out"


def _texts(where: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text of submission and webhooks with its place: where secrets can be."""
    match value:
        case str():
            yield where, value
        case Mapping():
            for key, inner in value.items():
                if where or key in {"submission", "webhook"}:
                    yield from _texts(f"{where}.{key}" if where else key, inner)
        case list():
            for n, inner in enumerate(value):
                yield from _texts(f"{where}[{n}]", inner)


def _place(where: str) -> str:
    return where.removeprefix(_WHERE).removeprefix(".")
