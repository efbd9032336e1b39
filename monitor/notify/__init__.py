"""Telling owners: mail and webhooks."""

from monitor.notify.delivery import deliver
from monitor.notify.list_incident import News, news
from monitor.notify.outbox import notices_for
from monitor.notify.payload import encode, payload

__all__ = ["News", "deliver", "encode", "news", "notices_for", "payload"]
