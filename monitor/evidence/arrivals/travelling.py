"""Mail that came to us and shows how the list's mail travels, and who signs it. Pure."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

from monitor.model.evidence import AuthResult, CanaryKind, DkimSignature, Seen

S = TypeVar("S", bound=Seen)


def travelling(mail: Iterable[S]) -> tuple[S, ...]:
    """Those that show how the list's mail travels, newest first: posts, and probes by its MTA; nothing else."""
    kinds = {CanaryKind.POST}
    found = [each for each in mail if not each.direct and (each.canary is None or each.canary.kind in kinds)]
    return tuple(sorted(found, key=attrgetter("received_at"), reverse=True))


def best_dkim(signatures: Sequence[DkimSignature]) -> AuthResult:
    """One passing signature is enough (RFC 6376 section 6.1); DNS trouble with the only one is no failure."""
    results = {signature.result for signature in signatures}
    for best in (AuthResult.PASS, AuthResult.TEMPERROR):
        if best in results:
            return best
    return AuthResult.FAIL if results else AuthResult.NONE
