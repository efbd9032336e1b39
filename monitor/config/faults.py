"""From pydantic's errors to (place, sentence): `list[0].outbound[1]` and what would be right."""

import typing
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from monitor.config.section import ReadBy

Fault = tuple[str, str]
Location = Sequence[int | str]


def faults_of(error: ValidationError, root: type[BaseModel]) -> list[Fault]:
    """Each error of a validation as a place and a sentence, in the order of the file's keys."""
    found: dict[Fault, None] = {}
    for one in error.errors(include_url=False, include_input=False):
        where = [part for part in one["loc"] if part != "[key]"]
        found[place(where), _sentence(one["type"], one.get("ctx", {}), one["msg"], where, root)] = None
    return list(found)


def place(where: Location) -> str:
    """`("list", 0, "outbound", 1)` as `list[0].outbound[1]`; keys that are not bare are quoted as TOML quotes them."""
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.replace("-", "").replace("_", "").isalnum() and part.isascii()
            text += ("." if text else "") + (part if bare else f'"{part}"')
    return text


def _sentence(kind: str, context: dict[str, Any], message: str, where: Location, root: type[BaseModel]) -> str:
    match kind:
        case "value_error":
            return str(context["error"])
        case "extra_forbidden":
            return _unknown(str(where[-1]), _section(root, where[:-1]))
        case "missing":
            return f"is missing. {_description(root, where)}".rstrip()
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            return f"must be a table: [{place(where)}]" if len(where) == 1 else "must be a table: {key = value, …}"
        case "tuple_type" if where and _is_section(_field(root, where)):
            return f"must be an array of tables: write [[{'.'.join(str(p) for p in where if isinstance(p, str))}]]"
        case "tuple_type":
            return f"must be an array. {_description(root, where)}".rstrip()
        case _:
            return message


def _unknown(key: str, section: type[BaseModel] | None) -> str:
    """The sentence for a key that is not known here."""
    known = [] if section is None else [field.alias or name for name, field in section.model_fields.items()]
    near = get_close_matches(key, known, n=1)
    if near:
        return f"is not a key here; did you mean {near[0]}?"
    return f"is not a key here; the keys are {', '.join(known)}"


def _description(root: type[BaseModel], where: Location) -> str:
    field = _field(root, where)
    return (field.description or "") if field is not None else ""


def _field(root: type[BaseModel], where: Location) -> FieldInfo | None:
    """The field at a place, or None."""
    section = _section(root, where[:-1])
    if section is None or not where:
        return None
    return {field.alias or name: field for name, field in section.model_fields.items()}.get(str(where[-1]))


def _section(root: type[BaseModel], where: Location) -> type[BaseModel] | None:
    """The table at a place, or None where there is none."""
    section: type[BaseModel] | None = root
    for part in where:
        if isinstance(part, int):
            continue
        if section is None:
            return None
        fields = {field.alias or name: field for name, field in section.model_fields.items()}
        section = _table(fields[part].annotation) if part in fields else None
    return section


def _is_section(field: FieldInfo | None) -> bool:
    return field is not None and _table(field.annotation) is not None


def _table(annotation: Any) -> type[BaseModel] | None:
    """The section in an annotation such as `X`, `X | None` or `tuple[Annotated[…, ReadBy(X)], ...]`."""
    if isinstance(annotation, ReadBy):
        return annotation.section
    if isinstance(annotation, type) and typing.get_origin(annotation) is None and issubclass(annotation, BaseModel):
        return annotation
    for inner in typing.get_args(annotation):
        if (model := _table(inner)) is not None:
            return model
    return None
