"""A probe that asks to be answered as a receiver rule demands: refused so often, then taken like any other."""

import logging
from typing import Final

from monitor.model.evidence import Attempt
from monitor.probe.token import ALWAYS
from monitor.receiver.backend import Backend
from monitor.receiver.kinds.kind import Mail
from monitor.receiver.kinds.probe import take_probe
from monitor.receiver.rule_reply import refusal

_log: Final = logging.getLogger(__name__)


def take_as_rule(mail: Mail, backend: Backend) -> str:
    """The rule's reply, once the attempt is noted; an arrival where it was refused often enough."""
    address, delivery = mail.addresses[0], mail.delivery
    if address.rule is not None:
        domain = delivery.reverse_path.rpartition("@")[2]
        reply = refusal(address.rule, delivery.client_ip, domain=domain, helo=delivery.helo)
        attempt = Attempt(
            at=delivery.received_at, client_ip=delivery.client_ip, reply=reply, server_ip=delivery.server_ip
        )
        limit = None if address.claims.refusals == ALWAYS else address.claims.refusals
        if backend.refuse(address.claims.probe_id, attempt, limit=limit):
            _log.info("probe_refused_as_asked", extra={"list_id": address.list_id, "rule": address.rule.id})
            return reply
    return take_probe(mail, backend)
