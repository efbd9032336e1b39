"""Staysub: a mailing-list subscription health monitor. The domain; Celery lives in `tasks`."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("staysub")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
