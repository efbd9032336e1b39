"""A list's findings, each thing of them said once: what was seen stands for what was feared, a fix once. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.model.findings import Evidence, Finding

# What was seen to happen stands for what is to be feared of the same domain.
SEEN_FOR_FEARED: Final[Mapping[str, tuple[str, ...]]] = {
    "dmarc.author-reject": ("dmarc.post-reject",),
    "dmarc.author-quarantine": ("dmarc.post-quarantine", "dmarc.post-reject"),
}
LONG: Final = 24  # characters from which on a value that stands elsewhere already is not repeated as evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding, with what is left to say of it."""

    finding: Finding
    evidence: Evidence
    mended_by: str = ""  # code of the finding above whose fix ends this one too; "" where its own is shown


def told_once(findings: Sequence[Finding], elsewhere: Iterable[str] = ()) -> tuple[Told, ...]:
    """These findings in their order. `elsewhere` are texts of the same page, of which no evidence is a copy."""
    standing = [each for each in findings if not _is_said_by(each, findings)]
    said, fixes, told = list(elsewhere), dict[tuple[str, str], str](), []
    for finding in standing:
        said.append(finding.message)
        fix = finding.fix
        first = "" if fix is None else fixes.setdefault((fix.name, fix.value), finding.code)
        if fix is not None:
            said.append(fix.value)
        evidence = {name: value for name, value in finding.evidence.items() if not _stands(value, said)}
        said.extend(_texts(evidence.values()))
        told.append(
            Told(finding=finding, evidence=evidence, mended_by="" if fix is None or first == finding.code else first)
        )
    return tuple(told)


def _is_said_by(feared: Finding, findings: Sequence[Finding]) -> bool:
    codes, domain = SEEN_FOR_FEARED.get(feared.code, ()), feared.evidence.get("author_domain")
    return any(each.code in codes and domain in _domains(each) for each in findings)


def _domains(seen: Finding) -> Sequence[object]:
    found = seen.evidence.get("author_domains")
    return found if isinstance(found, list | tuple) else ()


def _stands(value: object, said: Sequence[str]) -> bool:
    """Whether all of a value that is long enough to be noticed can be read already; nothing at all needs no line."""
    if value is None or value in ("", [], ()):
        return True
    texts = list(_texts([value]))
    return bool(texts) and all(len(text) >= LONG and any(text in each for each in said) for text in texts)


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from map(str, value)
