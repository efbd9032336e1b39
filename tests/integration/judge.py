"""An independent judge: Postfix with Debian's OpenDKIM and OpenDMARC before it, which says what they found.

Neither shares a line with what they judge. What they say stands in Authentication-Results fields (RFC 8601).
"""

import email
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Final

from tests.harness import started
from tests.integration.netns import Netns
from tests.integration.opendkim import verifier
from tests.integration.postfix import postfix

AUTHSERV_ID: Final = "judge.example.net"
OPENDMARC: Final = f"""
AuthservID {AUTHSERV_ID}
TrustedAuthservIDs {AUTHSERV_ID}
IgnoreHosts {{folder}}/ignored
Socket local:{{folder}}/milter
UMask 000
PidFile {{folder}}/pid
RejectFailures false
SPFIgnoreResults true
SPFSelfValidate true
Syslog false
"""
_RESULT: Final = re.compile(r"\b(spf|dmarc)=([a-z]+)")
_AUTHOR: Final = re.compile(r"\bheader\.from=([^\s;]+)")
_SIGNATURE: Final = re.compile(r"\bdkim=([a-z]+)(?:(?!\bdkim=).)*?\bheader\.d=([^\s;]+)")


@dataclass(frozen=True)
class Verdict:
    """What was found of one message, by the words of RFC 8601."""

    spf: str
    dmarc: str
    author_domain: str  # that DMARC was asked about
    dkim: frozenset[tuple[str, str]]  # (signing domain, result)


@dataclass(frozen=True)
class Judge:
    """What it has taken."""

    mailbox: Path

    def verdicts(self) -> Mapping[str, Verdict]:
        """By Message-ID, the latest message's where several have it."""
        paths = sorted((self.mailbox / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        messages = [email.message_from_bytes(path.read_bytes()) for path in paths]
        return {str(each["message-id"]): verdict_of(each) for each in messages}


def verdict_of(message: Message) -> Verdict:
    """What the judge's own fields say."""
    fields = [" ".join(str(each).split()) for each in message.get_all("authentication-results", [])]
    said = "; ".join(each for each in fields if each.startswith(f"{AUTHSERV_ID};"))
    results = dict(_RESULT.findall(said))
    signatures = frozenset((domain, result) for result, domain in _SIGNATURE.findall(said))
    author = _AUTHOR.search(said)
    return Verdict(
        spf=results.get("spf", ""),
        dmarc=results.get("dmarc", ""),
        author_domain="" if author is None else author[1],
        dkim=signatures,
    )


@contextmanager
def judge(host: Netns, folder: Path, *, domain: str, nameserver: str) -> Iterator[Judge]:
    """It takes mail to every address of the domain on port 25 of `host`."""
    folder.mkdir()
    folder.chmod(0o755)
    mailbox = folder / "mail" / "all"
    with ExitStack() as stack:
        verifying = stack.enter_context(
            verifier(host, folder / "opendkim", nameserver=nameserver, AuthservID=AUTHSERV_ID)
        )
        deciding = stack.enter_context(_opendmarc(host, folder / "opendmarc"))
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "nobody", "nogroup")
        stack.enter_context(
            postfix(
                host,
                hostname=AUTHSERV_ID,
                mynetworks="[::1]/128",
                smtpd_milters=f"{verifying}, {deciding}",
                virtual_mailbox_domains=domain,
                virtual_mailbox_base=str(folder / "mail"),
                virtual_mailbox_maps="static:all/",
                virtual_uid_maps="static:65534",
                virtual_gid_maps="static:65534",
            )
        )
        yield Judge(mailbox)


@contextmanager
def _opendmarc(host: Netns, folder: Path) -> Iterator[str]:
    folder.mkdir()
    (folder / "ignored").write_text("::1\n")
    (folder / "opendmarc.conf").write_text(OPENDMARC.format(folder=folder).lstrip())
    command = host.command("opendmarc", "-f", "-c", folder / "opendmarc.conf")
    with started(command, log=folder / "log", ready=(folder / "milter").exists):
        yield f"unix:{folder / 'milter'}"
