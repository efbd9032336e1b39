"""Which log `staysub init` proposes."""

import pytest

from monitor.cli.init.mta_log import mta_log_here


@pytest.mark.parametrize(
    ("there", "kind", "log"),
    [
        pytest.param(("etc/postfix/main.cf", "var/log/mail.log"), "postfix", "var/log/mail.log", id="Postfix, Debian"),
        pytest.param(("etc/postfix/main.cf", "var/log/maillog"), "postfix", "var/log/maillog", id="Postfix, Red Hat"),
        pytest.param(("etc/exim4/exim4.conf", "var/log/exim4/mainlog"), "exim", "var/log/exim4/mainlog", id="Exim"),
        pytest.param(
            ("etc/postfix/main.cf", "etc/exim4/x", "var/log/exim4/mainlog"), "exim", "var/log/exim4/mainlog", id="rests"
        ),
        pytest.param(("etc/mail/sendmail.cf", "var/log/mail.log"), "sendmail", "var/log/mail.log", id="Sendmail"),
        pytest.param(("etc/smtpd.conf", "var/log/maillog"), "opensmtpd", "var/log/maillog", id="OpenSMTPD"),
    ],
)
def test_the_log_of_the_mail_server_that_is_installed_is_proposed(tmp_path, there, kind, log):
    """Where it is one that writes it."""
    for each in there:
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).touch()
    assert mta_log_here(tmp_path) == (kind, tmp_path / log)


@pytest.mark.parametrize("there", [(), ("var/log/mail.log",), ("etc/postfix/main.cf",)])
def test_without_mail_server_or_log_none_is_proposed(tmp_path, there):
    """A log that nobody is known to write, or a server that writes to the journal alone."""
    for each in there:
        (tmp_path / each).parent.mkdir(parents=True)
        (tmp_path / each).touch()
    assert mta_log_here(tmp_path) is None
