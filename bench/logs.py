"""A Postfix log read: lines a second and memory, beside Debian's `pflogsumm` on the same file in the same run.

`python -m bench logs [LINES] [RUNS]`; a million lines and three runs unless told otherwise. Both count who got what;
pflogsumm keeps its counts by message and person in memory, and tells nothing of replies' meaning. The file is made
here: a list host's day, each post to forty recipients at eight receivers over both families, a few refused and put off.
Then a file ten times as long is read, to see whether memory grows with it; and receivers' reports, a thousand at once.
"""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

LINES: Final = 1_000_000
TIMES_AS_LONG: Final = 10
REPORTS: Final = 1_000
BEGINS: Final = datetime(2026, 11, 1, tzinfo=UTC)
RECIPIENTS: Final = 40  # of one post's copies, by one delivery each (VERP) or together
LETTERS: Final = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
RECEIVERS: Final = (  # domain, host, IPv4, IPv6
    ("gmail.com", "gmail-smtp-in.l.google.com", "192.0.2.27", "2001:db8:27::27"),
    ("outlook.com", "outlook-com.olc.protection.outlook.com", "192.0.2.52", None),
    ("example.edu", "example-edu.mail.protection.outlook.com", "192.0.2.53", "2001:db8:53::53"),
    ("yahoo.com", "mta5.am0.yahoodns.net", "192.0.2.98", None),
    ("gmx.net", "mx00.emig.gmx.net", "192.0.2.65", None),
    ("icloud.com", "mx01.mail.icloud.com", "192.0.2.17", None),
    ("club.example", "mx.club.example", "192.0.2.10", "2001:db8:10::25"),
    ("web.de", "mx-ha02.web.de", "192.0.2.66", None),
)
REFUSED: Final = (
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to "
    "authenticate with either SPF or DKIM. 550 5.7.26 https://support.google.com/mail/answer/81126 {id} - gsmtp"
)
PUT_OFF: Final = (
    "450 4.7.26 Service does not accept messages sent over IPv6 [2001:db8:25::25] unless they pass either SPF or DKIM"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One program over one file."""

    seconds: float  # of processor, user and system
    megabytes: float  # resident at most
    output: bytes


def log_lines(number: int, seed: int = 7) -> Iterator[str]:
    """So many lines, or a few more."""
    draw = random.Random(seed)
    made, at = 0, BEGINS
    while made < number:
        for line in _post(draw, at):
            yield line
            made += 1
        at += timedelta(seconds=draw.expovariate(1 / 4))


def _post(draw: random.Random, at: datetime) -> Iterator[str]:
    """One post in copies, as Mailman hands it over with VERP."""
    message_id = f"{draw.getrandbits(64):016x}@club.example"
    for _ in range(RECIPIENTS // 4):
        queue_id = "4" + "".join(draw.choices(LETTERS, k=9)) + "z" + "".join(draw.choices(LETTERS, k=4))
        domain, host, four, six = draw.choice(RECEIVERS)
        person = f"member{draw.randrange(40_000)}"
        head = f"{at:%b} {at.day:2d} {at:%H:%M:%S} lists"
        yield f"{head} postfix/smtpd[{draw.randrange(900, 999)}]: connect from localhost[127.0.0.1]"
        yield f"{head} postfix/smtpd[911]: {queue_id}: client=localhost[127.0.0.1]"
        yield f"{head} postfix/cleanup[912]: {queue_id}: message-id=<{message_id}>"
        reverse_path = f"dev-bounces+{person}={domain}@lists.example.org"
        yield f"{head} postfix/qmgr[913]: {queue_id}: from=<{reverse_path}>, size={draw.randrange(2000, 90000)}, nrcpt=1 (queue active)"
        yield f"{head} postfix/smtpd[911]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
        address = six if six is not None and draw.random() < 0.5 else four
        pid, to = draw.randrange(2000, 2100), f"to=<{person}@{domain}>, relay={host}[{address}]:25"
        delay = f"delay={draw.uniform(0.3, 4):.2g}, delays=0.02/0.01/0.4/0.6"
        if address == six and draw.random() < 0.05:
            put_off = f"host {host}[{six}] said: {PUT_OFF} (in reply to end of DATA command)"
            yield f"{head} postfix/smtp[{pid}]: {queue_id}: {put_off}"
            to = f"to=<{person}@{domain}>, relay={host}[{four}]:25"
        if draw.random() < 0.02:
            said = f"host {host}[{address}] said: {REFUSED.format(id=draw.getrandbits(60))} (in reply to end of DATA command)"
            yield f"{head} postfix/smtp[{pid}]: {queue_id}: {to}, {delay}, dsn=5.7.26, status=bounced ({said})"
            yield f"{head} postfix/bounce[914]: {queue_id}: sender non-delivery notification: {queue_id[::-1]}"
        else:
            said = f"250 2.0.0 OK  {draw.getrandbits(40)} {draw.getrandbits(50):x}.{draw.randrange(900)} - gsmtp"
            yield f"{head} postfix/smtp[{pid}]: {queue_id}: {to}, {delay}, dsn=2.0.0, status=sent ({said})"
        yield f"{head} postfix/qmgr[913]: {queue_id}: removed"


def measured(command: list[str], stdin: Path | None = None) -> Run:
    """The program run once."""
    with (
        (stdin or Path(os.devnull)).open("rb") as given,
        subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
    ):
        output = process.stdout.read() if process.stdout else b""
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return Run(seconds=used.ru_utime + used.ru_stime, megabytes=used.ru_maxrss / 1024, output=output)


def main(arguments: list[str]) -> None:
    """Print a table: program, lines, lines a second of processor, megabytes."""
    lines = int(arguments[0]) if arguments else LINES
    runs = int(arguments[1]) if len(arguments) > 1 else 3
    peer = shutil.which("pflogsumm")
    ours = [sys.executable, "-m", "monitor", "import", "log", "--kind", "postfix", "-", "--dry-run", "--json"]
    with TemporaryDirectory() as folder:
        log, long = Path(folder) / "mail.log", Path(folder) / "long.log"
        count = _write(log, lines)
        programs = {"staysub import log": (ours, log)}
        if peer is None:
            sys.stdout.write("pflogsumm is not installed here (Debian: apt install pflogsumm): no peer in this run.\n")
        else:
            programs["pflogsumm"] = ([peer, str(log)], None)
        sys.stdout.write(f"{count} lines, {log.stat().st_size >> 20} MiB; medians of {runs} runs\n")
        sys.stdout.write(f"{'':22}{'lines/s':>10}{'MB':>8}\n")
        found: dict[str, list[Run]] = {name: [] for name in programs}
        for _ in range(runs):  # by turns, so that what else the machine does meets both
            for name, (command, stdin) in programs.items():
                found[name].append(measured(command, stdin))
        for name, several in found.items():
            rate = median(count / each.seconds for each in several)
            sys.stdout.write(f"{name:22}{rate:>10.0f}{median(each.megabytes for each in several):>8.0f}\n")
        told = json.loads(found["staysub import log"][0].output)
        sys.stdout.write(f"{told['attempts']} attempts, {told['unread']} lines unread\n")
        if peer is not None:
            ratio = median(
                theirs.seconds / own.seconds
                for own, theirs in zip(found["staysub import log"], found["pflogsumm"], strict=True)
            )
            sys.stdout.write(f"{ratio:.2f} times as fast as pflogsumm\n")
        _write(long, lines * TIMES_AS_LONG)
        once = measured(ours, long)
        sys.stdout.write(
            f"{lines * TIMES_AS_LONG} lines: {lines * TIMES_AS_LONG / once.seconds:.0f} lines/s, {once.megabytes:.0f} MB\n"
        )
        _reports(Path(folder) / "reports")


def _write(path: Path, number: int) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for line in log_lines(number):
            out.write(line + "\n")
            count += 1
    return count


def _reports(folder: Path) -> None:
    """A thousand aggregate reports of fifty rows, packed as receivers pack them."""
    folder.mkdir()
    for n in range(REPORTS):
        (folder / f"report-{n}.xml.gz").write_bytes(gzip.compress(_report(n).encode()))
    command = [sys.executable, "-m", "monitor", "import", "reports", str(folder), "--dry-run", "--json"]
    run = measured(command)
    read = len(json.loads(run.output)["reports"]) if run.output else 0
    sys.stdout.write(f"{read} reports of 50 rows: {60 * read / run.seconds:.0f} a minute, {run.megabytes:.0f} MB\n")


def _report(number: int) -> str:
    rows = "".join(
        f"<record><row><source_ip>2001:db8:25::{n:x}</source_ip><count>{n + 1}</count><policy_evaluated><disposition>none"
        "</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>lists.example.org"
        "</header_from></identifiers><auth_results><dkim><domain>lists.example.org</domain><selector>s1</selector><result>pass"
        "</result></dkim><spf><domain>lists.example.org</domain><scope>mfrom</scope><result>pass</result></spf></auth_results>"
        "</record>"
        for n in range(50)
    )
    begin = int(BEGINS.timestamp()) + 86_400 * (number % 28)
    return (
        f"<feedback><version>1.0</version><report_metadata><org_name>receiver{number % 40}.example</org_name><email>dmarc@"
        f"receiver{number % 40}.example</email><report_id>{number}</report_id><date_range><begin>{begin}</begin><end>{begin + 86_399}"
        "</end></date_range></report_metadata><policy_published><domain>lists.example.org</domain><p>none</p></policy_published>"
        f"{rows}</feedback>"
    )
