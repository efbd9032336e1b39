"""Every finding code that the product can emit, read from its source: what each `Finding(code=…)` is given."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

from monitor.trace.bounce_class import BounceClass

MONITOR = Path(__file__).parents[1] / "monitor"
CODE = re.compile(r"[a-z][a-z0-9]*\.[a-z0-9]+(?:-[a-z0-9]+)*")

# Codes that are made from parts, as the source has them, and all that they come to.
MADE_FROM_PARTS = {
    "bounce.{first.kind}": {f"bounce.{kind}" for kind in get_args(BounceClass)},
    "hop.{each.method}-{'temperror' if unknown else 'fail'}": {
        f"hop.{method}-{end}" for method in ("dkim", "dmarc", "iprev") for end in ("temperror", "fail")
    },
}


NO_CODES = {"bounce.enabled", "probe.command"}  # a setting of listmonk's, a module


class CannotTell(Exception):
    """A finding is given a code that cannot be read from the source: give it one that can, or teach this file."""


@cache
def emitted_codes() -> frozenset[str]:
    """All of them. Raises CannotTell."""
    return frozenset(code for path in sorted(MONITOR.rglob("*.py")) for code in _in_file(path))


@cache
def like_codes() -> frozenset[str]:
    """Texts in the source that look like codes of a known kind, whatever they are given to."""
    kinds = {code.partition(".")[0] for code in emitted_codes()}
    texts = {
        node.value
        for path in MONITOR.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(each for each in texts if CODE.fullmatch(each) and each.partition(".")[0] in kinds) - NO_CODES


@cache
def emitted_severities() -> dict[str, frozenset[str]]:
    """The severities that a code is given in the source, where both are written out there."""
    found: dict[str, set[str]] = {}
    for path in MONITOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = {each.arg: each.value for each in node.keywords} if isinstance(node, ast.Call) else {}
            code = given.get("code")
            if isinstance(code, ast.Constant) and code.value in emitted_codes() and "severity" in given:
                found.setdefault(code.value, set()).update(
                    each.attr.lower()
                    for each in ast.walk(given["severity"])
                    if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "Severity"
                )
    return {code: frozenset(severities) for code, severities in found.items()}


def _in_file(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(node.value)
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for name, value in zip(target.elts, node.value.elts, strict=True):
                        if isinstance(name, ast.Name):
                            assigned.setdefault(name.id, []).append(value)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        of_a_finding = isinstance(node.func, ast.Name) and node.func.id == "Finding"
        given = [each.value for each in node.keywords if each.arg == "code"]
        if of_a_finding and not given and not any(each.arg is None for each in node.keywords):
            raise CannotTell(f"{path}:{node.lineno}: a finding without code=")
        for value in given:
            try:
                yield from _codes(value, assigned, source)
            except CannotTell as unknown:
                if of_a_finding:
                    raise CannotTell(f"{path}:{value.lineno}: {unknown}") from unknown


def _codes(value: ast.expr, assigned: dict[str, list[ast.expr]], source: str) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(code)) if CODE.fullmatch(code):
            yield code
        case ast.IfExp():
            yield from _codes(value.body, assigned, source)
            yield from _codes(value.orelse, assigned, source)
        case ast.Name(id=name) if name in assigned:
            for each in assigned[name]:
                yield from _codes(each, assigned, source)
        case ast.Subscript(value=ast.Name(id=name)) if name in assigned:
            for each in assigned[name]:
                if isinstance(each, ast.Dict):
                    for one in each.values:
                        yield from _codes(one, assigned, source)
        case ast.Attribute(attr="code"):
            return  # of a value that was itself made with code=, which is read where it is made
        case ast.JoinedStr():
            made = (ast.get_source_segment(source, value) or "")[2:-1]  # without f"…"
            if made not in MADE_FROM_PARTS:
                raise CannotTell(f"made from parts: {made}")
            yield from MADE_FROM_PARTS[made]
        case _:
            raise CannotTell(ast.unparse(value))
