"""Telling owners: mail and webhooks."""

from monitor.notify.delivery import deliver
from monitor.notify.outbox import notices_for
from monitor.notify.payload import encode, payload

__all__ = ["deliver", "encode", "notices_for", "payload"]
