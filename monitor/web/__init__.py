"""Pages, API and metrics: what is in danger, why, until when, and what to publish."""

from monitor.web.app import create_app
from monitor.web.server import serve

__all__ = ["create_app", "serve"]
