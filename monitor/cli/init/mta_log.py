"""The log of the mail server of this machine, for the configuration that `staysub init` proposes."""

from pathlib import Path
from typing import Final

_SYSLOG: Final = ("var/log/mail.log", "var/log/maillog")  # Debian's and BSD's; Red Hat's
_PLACES: Final = (  # kind, what is there where it is installed, its logs
    ("postfix", "etc/postfix/main.cf", _SYSLOG),
    ("exim", "etc/exim4", ("var/log/exim4/mainlog",)),
    ("exim", "etc/exim", ("var/log/exim/main.log", "var/log/exim/mainlog")),
    ("sendmail", "etc/mail/sendmail.cf", _SYSLOG),
    ("opensmtpd", "etc/smtpd.conf", _SYSLOG),
)


def mta_log_here(root: Path = Path("/")) -> tuple[str, Path] | None:
    """Kind and log of the first mail server that is installed and has one; None where there is none. Opens no file."""
    for kind, configuration, logs in _PLACES:
        if _is_there(root / configuration):
            found = next((root / each for each in logs if _is_there(root / each)), None)
            if found is not None:
                return kind, found
    return None


def _is_there(path: Path) -> bool:
    """Whether it is; no where that may not be seen."""
    try:
        return path.exists()
    except OSError:
        return False
