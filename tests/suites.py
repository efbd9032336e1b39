"""The published SPF test suites as scenarios: zones, what does not answer, and cases."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data" / "spf"
RRTYPES = ("A", "AAAA", "MX", "PTR", "TXT", "CNAME")

# What a case asks of pyspf's own modes, which no RFC knows; the result here is what RFC 7208 says.
NOT_OF_THE_RFC = {
    "default-modifier": (
        "neutral",
        "`default=` is obsolete and unknown to RFC 7208 section 6; pyspf honours it in its lax mode",
    ),
    "default-modifier-harsh": (
        "neutral",
        "`ambiguous` is pyspf's harsh mode for record authors, none of the seven results",
    ),
}


@dataclass(frozen=True)
class Scenario:
    """One document of a suite: the DNS that its cases see."""

    name: str
    zones: dict[str, dict[str, list[Any]]]
    silent: frozenset[tuple[str, str]]  # (name, type) that time out


@dataclass(frozen=True)
class Case:
    """One evaluation and the results that are right, the preferred one first."""

    name: str
    scenario: Scenario = field(repr=False)
    host: str = ""
    helo: str = ""
    mailfrom: str = ""
    results: tuple[str, ...] = ()
    section: str = ""


def load(file_name: str) -> list[Case]:
    """All cases of a suite."""
    cases = []
    with (DATA / file_name).open("rb") as suite:
        for number, document in enumerate(yaml.safe_load_all(suite)):
            scenario = _scenario(
                f"{number:02d}-{document.get('description', 'pyspf')}".splitlines()[0], document["zonedata"]
            )
            for name, test in document["tests"].items():
                result = test["result"]
                results = tuple(result) if isinstance(result, list) else (result,)
                cases.append(
                    Case(
                        name=name,
                        scenario=scenario,
                        host=test["host"],
                        helo=str(test["helo"]),
                        mailfrom=test["mailfrom"],
                        results=(NOT_OF_THE_RFC[name][0],) if name in NOT_OF_THE_RFC else results,
                        section=str(test.get("spec", "")),
                    )
                )
    return cases


def _scenario(name: str, zonedata: dict[str, list[Any]]) -> Scenario:
    zones: dict[str, dict[str, list[Any]]] = {}
    silent: set[tuple[str, str]] = set()
    for owner, entries in zonedata.items():
        at = str(owner).lower()
        sets: dict[str, list[Any]] = zones.setdefault(at, {})
        has_txt = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
        for entry in entries:
            if entry == "TIMEOUT":
                continue
            for rrtype, value in entry.items():
                if value == "TIMEOUT":
                    silent.add((at, rrtype))
                elif rrtype == "SPF":  # the deprecated type 99: its text stands for TXT too unless TXT is given
                    if not has_txt:
                        sets.setdefault("TXT", []).append(_txt(value))
                elif value != "NONE":
                    sets.setdefault(rrtype, []).append(_value(rrtype, value))
        if "TIMEOUT" in entries:
            silent |= {(at, rrtype) for rrtype in RRTYPES if rrtype not in sets}
    return Scenario(name, zones, frozenset(silent))


def _txt(value: Any) -> tuple[bytes, ...]:
    return tuple(part.encode() for part in ([value] if isinstance(value, str) else value))


def _value(rrtype: str, value: Any) -> Any:
    if rrtype == "TXT":
        return _txt(value)
    return tuple(value) if rrtype == "MX" else str(value)
