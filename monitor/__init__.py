"""Staysub: a mailing-list subscription health monitor. The domain; Celery lives in `tasks`."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """`__version__`, looked up when it is asked for: reading the package's metadata takes as long as many a command."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("staysub")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"
