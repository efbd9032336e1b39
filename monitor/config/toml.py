"""Values as TOML 1.0 writes them. The standard library only reads it."""

import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_key(key: str) -> str:
    """A key, bare where TOML allows it."""
    return key if _BARE.fullmatch(key) else _string(key)


def write_value(value: object) -> str:
    """A value on one line: string, boolean, number, array, or inline table."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _string(value)
        case Mapping():
            pairs = ", ".join(f"{write_key(str(key))} = {write_value(inner)}" for key, inner in value.items())
            return f"{{{pairs}}}"
        case list() | tuple():
            return f"[{', '.join(write_value(inner) for inner in value)}]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def write_document(document: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """A document: plain keys first, then tables, then arrays of tables. None is left out."""
    tables = {key: value for key, value in document.items() if _is_table(value)}
    arrays = {key: value for key, value in document.items() if _is_array_of_tables(value)}
    lines = [
        f"{write_key(key)} = {write_value(value)}\n"
        for key, value in document.items()
        if value is not None and key not in tables and key not in arrays
    ]
    for key, value in tables.items():
        here = (*path, key)
        lines.append(f"\n[{'.'.join(map(write_key, here))}]\n" + write_document(value, here))
    for key, several in arrays.items():
        here = (*path, key)
        lines.extend(f"\n[[{'.'.join(map(write_key, here))}]]\n" + write_document(one, here) for one in several)
    return "".join(lines)


def _is_table(value: object) -> bool:
    """Tables one level down; deeper mappings, such as counts by domain, are written inline."""
    return isinstance(value, Table)


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Table) for one in value)


class Table(dict[str, Any]):
    """A mapping that is to be written as a table with a header of its own."""


def _string(text: str) -> str:
    """A basic string (TOML 1.0, "String"): control characters, quote and backslash escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() or c == " " else _escape(c) for c in escaped) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
