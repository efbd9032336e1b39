"""Facts and replies as the ledger names them: one letter a result, so that a day of a list takes some sixty octets."""

from functools import lru_cache
from typing import Final

from monitor.evidence.entry import Facts
from monitor.evidence.ledger import CellKey
from monitor.model.dns import PtrResult, SpfResult
from monitor.model.evidence import AdmissionAction, AuthResult

# A letter keeps its meaning for ever.
_SPF: Final = {
    None: "-",
    SpfResult.NONE: "n",
    SpfResult.NEUTRAL: "e",
    SpfResult.PASS: "p",
    SpfResult.FAIL: "f",
    SpfResult.SOFTFAIL: "s",
    SpfResult.TEMPERROR: "t",
    SpfResult.PERMERROR: "r",
}
_PTR: Final = {
    None: "-",
    PtrResult.PASS: "p",
    PtrResult.MISSING: "m",
    PtrResult.MISMATCH: "x",
    PtrResult.TEMPERROR: "t",
}
_DKIM: Final = {
    None: "-",
    AuthResult.NONE: "n",
    AuthResult.PASS: "p",
    AuthResult.FAIL: "f",
    AuthResult.NEUTRAL: "e",
    AuthResult.TEMPERROR: "t",
    AuthResult.PERMERROR: "r",
}
_TLS: Final = {None: "-", True: "y", False: "n"}
_ACTIONS: Final = {
    AdmissionAction.ACCEPT: "a",
    AdmissionAction.DEFER: "d",
    AdmissionAction.REJECT: "r",
    AdmissionAction.UNKNOWN: "u",
}
_FROM_SPF: Final = {letter: value for value, letter in _SPF.items()}
_FROM_PTR: Final = {letter: value for value, letter in _PTR.items()}
_FROM_DKIM: Final = {letter: value for value, letter in _DKIM.items()}
_FROM_TLS: Final = {letter: value for value, letter in _TLS.items()}
_FROM_ACTION: Final = {letter: value for value, letter in _ACTIONS.items()}


def facts_order(facts: Facts) -> str:
    """Facts as text, and so in an order."""
    return f"{facts.family}{_SPF[facts.spf]}{_PTR[facts.ptr]}{_DKIM[facts.dkim]}{_TLS[facts.tls]}"


def look_text(source: str, facts: Facts) -> str:
    """What one source saw, as it is counted in a day."""
    return f"{source} {facts_order(facts)}"


@lru_cache(maxsize=1024)
def read_look(text: str) -> tuple[str, Facts] | None:
    """The source, and what it saw; None where this version cannot read it."""
    source, _, facts = text.partition(" ")
    try:
        return source, read_facts(facts)
    except (ValueError, KeyError):
        return None


def read_facts(text: str) -> Facts:
    """The facts of `facts_order`. Raises ValueError or KeyError where this version cannot read them."""
    family, spf, ptr, dkim, tls = list(text)
    return Facts(family=int(family), spf=_FROM_SPF[spf], ptr=_FROM_PTR[ptr], dkim=_FROM_DKIM[dkim], tls=_FROM_TLS[tls])


def read_source(text: str) -> tuple[str, int]:
    """Source and family."""
    source, _, family = text.partition(" ")
    return source, int(family)


def written_key(key: CellKey) -> str:
    """Whose replies these are, as one word after the other."""
    return f"{key.receiver} {key.family} {key.source} {_ACTIONS[key.action]} {key.rule}"


def read_key(text: str) -> CellKey:
    """The key of `written_key`. Raises ValueError or KeyError where this version cannot read it."""
    receiver, family, source, action, rule = text.split(" ", 4)
    return CellKey(receiver=receiver, family=int(family), source=source, action=_FROM_ACTION[action], rule=rule)
