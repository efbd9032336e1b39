"""Bounces of a list's posts, copied to us or from a mailbox: evidence of refusals, and the end of probes."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from monitor.errors import InvalidToken
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.bounces.read import of_probes, reports_of
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.genuine import is_of, networks
from monitor.model.dns import SpfResult
from monitor.model.evidence import Arrival, AuthResult, BounceReport
from monitor.model.vantage import Vantage
from monitor.operations.reassess import reassess
from monitor.operations.services import Services
from monitor.probe import life
from monitor.probe.token import TokenClaims, verify
from monitor.receiver.backend import Copy
from monitor.receiver.replies import quotes_us
from monitor.store import Store
from monitor.trace.bounce import read_bounce
from monitor.trace.diagnosis import Diagnosis, diagnoses_of, is_lack_of_ipv6

log = logging.getLogger(__name__)

BEGINNING: Final = datetime.fromtimestamp(0, UTC)  # DSNs come days late: a token's date does not matter to them
NO_SUCH_DOMAIN: Final = frozenset({"4.4", "1.2"})  # RFC 3463 sections 3.2 and 3.5: no route, no such system


def take_copy(services: Services, arrival: Arrival, content: bytes) -> Copy:
    """Keep what a copied bounce tells of its list, if it came from the list's own hosts.

    May be repeated: it counts once.

    Refusals that are about how the mail was sent weigh in the list's next assessment. Raises StoreUnavailable.
    """
    listed, settings = services.watched(arrival.list_id), services.settings()
    if listed is None or not settings.receivers:
        return Copy.FOREIGN
    store, now = services.store, services.now()
    known = networks(store.evidence.read(ARRIVALS, listed.id, ARRIVALS.read), listed)
    if not is_of(arrival, listed, known):
        return Copy.UNPROVEN if _in_doubt(arrival) else Copy.FOREIGN
    bounce = read_bounce(content)
    diagnoses, domains = diagnoses_of(bounce, services.rules, now=now), [each.domain for each in settings.receivers]
    reports = reports_of(bounce, diagnoses, list_id=listed.id, key=store.signing_key(), now=now, probe_domains=domains)
    new = keep_refusals(store, reports)
    probes = note_probes(store, diagnoses, settings.receivers, now=now)
    log.info("bounce_taken", extra={"list": listed.id, "refusals": new, "probes": probes})
    return Copy.KEPT


def keep_refusals(store: Store, reports: Iterable[BounceReport]) -> int:
    """Keep those reports that are evidence: refusals of how the mail was sent; how many were new.

    Raises StoreUnavailable.
    """
    return sum(store.evidence.record(BOUNCES, each) for each in reports if each.kind == "policy")


def weigh_anew(services: Services, list_ids: Iterable[str], *, cause: str) -> None:
    """Assess those lists by what was kept of them just now, so that all who ask hear the same. May be repeated."""
    for list_id in list_ids:
        listed = services.watched(list_id)
        if listed is not None:
            reassess(services, listed, cause=cause)


def note_probes(store: Store, diagnoses: Sequence[Diagnosis], vantages: Iterable[Vantage], *, now: datetime) -> int:
    """Note a bounce in the probes that it is about; how many. May be repeated. Raises StoreUnavailable."""
    signing_keys, noted, hostnames = store.signing_keys.all(), 0, {each.domain: each.hostname for each in vantages}
    for each in of_probes(diagnoses, probe_domains=hostnames):
        claims = _claims(signing_keys, each.failure.final_recipient.rpartition("@")[0])
        if claims is None:
            continue
        ours = is_ours(each, hostnames[each.failure.recipient_domain])
        noting = partial(life.returned, action=each.failure.action, summary=_line(each), now=now, ours=ours)
        noted += store.probes.change(claims.probe_id, noting) is not None
    return noted


def is_ours(diagnosis: Diagnosis, hostname: str) -> bool:
    """Whether a probe came back by a fault of ours: our receiver said so, or the probe domain was not found in DNS.

    A mail server that uses no IPv6 says that it found no address either: that one is the list's.
    """
    failure = diagnosis.failure
    if is_lack_of_ipv6(failure.diagnostic_code or ""):
        return False
    not_found = (failure.status_code or "")[2:] in NO_SUCH_DOMAIN
    by_us = (failure.remote_mta or "").lower() == hostname or quotes_us(failure.diagnostic_code or "")
    return not_found or by_us


def _claims(signing_keys: Iterable[bytes], local_part: str) -> TokenClaims | None:
    """What a probe's token says, under whichever of our keys; None where it is none of ours."""
    for key in signing_keys:
        with suppress(InvalidToken):
            return verify(key, local_part, now=BEGINNING)
    return None


def _line(diagnosis: Diagnosis) -> str:
    failure = diagnosis.failure
    return f"{failure.action} {failure.status_code or ''}: {diagnosis.reply or 'no diagnostic'}".replace(" :", ":")


def _in_doubt(arrival: Arrival) -> bool:
    spf = any(each.result is SpfResult.TEMPERROR for each in arrival.spf)
    return spf or any(each.result is AuthResult.TEMPERROR for each in arrival.dkim)
