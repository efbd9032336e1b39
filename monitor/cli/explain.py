"""`staysub explain`: a message or bounce from a file or standard input, read hop by hop."""

import sys
from collections.abc import Sequence
from typing import BinaryIO

import click
from rich.console import Console
from rich.text import Text

from monitor.cli.layout import Facts, Rows
from monitor.cli.opening import receiver_rules
from monitor.cli.options import alone, json_option, nagios_option
from monitor.cli.output import NAGIOS_CODES, console, emit_json, inert, nagios_line, print_finding, say, table, warn
from monitor.errors import Unparsable, UsageError
from monitor.letters.letter import Letter, letters_on
from monitor.letters.letter import as_mail as as_message
from monitor.letters.topics import Reader
from monitor.trace.boundary import PlacedHop
from monitor.trace.diagnosis import Diagnosis
from monitor.trace.explain import Explanation, as_document, explain
from monitor.trace.mailbox import MESSAGE_OCTETS_MAX
from monitor.trace.stage import Stage

READERS = {
    Reader.SENDER: "host that the list's mail leaves from",
    Reader.RECEIVER: "provider that refuses it",
    Reader.AUTHOR: "author's domain",
}
STAGES: dict[Stage, str] = {
    "greeting": "the greeting",
    "helo": "HELO or EHLO",
    "session": "STARTTLS or AUTH",
    "mail": "MAIL FROM",
    "rcpt": "RCPT TO",
    "data": "the message",
}
WHERE = {"boundary": "at the border", "inside": "inside", "unknown": ""}


@click.command("explain")
@click.argument("message", metavar="FILE|-", type=click.File("rb"))
@json_option
@nagios_option
@click.option(
    "--brief",
    is_flag=True,
    callback=alone,
    help="The letter to the postmaster who can mend it, with the sections to cite.",
)
@click.option(
    "--mail",
    "as_mail",
    is_flag=True,
    callback=alone,
    help="With --brief: the letters as messages to open, address and send.",
)
def explain_command(*, message: BinaryIO, as_json: bool, nagios: bool, brief: bool, as_mail: bool) -> int:
    """Read a message or a bounce: its way, who checked what where, whose fault a refusal is, and what to do.

    Save it with all its header fields ("show original", "view source") and name the file, or give it on standard input
    as "-". Of a mailbox file the first message is read; `staysub import mbox` reads all. Nothing is kept, and nothing
    is sent anywhere.

    Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown (also: this is no message), 64 wrong usage.
    """
    from monitor.clock import now

    octets = message.read(MESSAGE_OCTETS_MAX)
    if not octets.strip():
        raise UsageError("There is nothing to explain: the message is empty.")
    try:
        rules = receiver_rules()
        explanation = explain(octets, rules, now=now())
    except Unparsable as error:
        warn(error)
        return NAGIOS_CODES["unknown"]
    if as_json:
        emit_json("explain", as_document(explanation))
    elif nagios:
        sys.stdout.write(plugin_line(explanation) + "\n")
    elif brief or as_mail:
        write_letters(letters_on(explanation.findings, rules), explanation.kind, as_mail=as_mail)
    else:
        show(console(), explanation)
    return NAGIOS_CODES[explanation.status]


def plugin_line(explanation: Explanation) -> str:
    """`STAYSUB CRITICAL - bounce: … | hops=3 findings=1 inside=0`."""
    found = explanation.findings
    words = found[0].message if found else "Nothing is wrong with its way."
    inside = sum(each.where == "inside" for each in explanation.authentication)
    data = f"hops={len(explanation.path.hops)} findings={len(found)} inside={inside}"
    return nagios_line(explanation.status, f"{explanation.kind}: {words}", data)


def write_letters(letters: Sequence[Letter], kind: str, *, as_mail: bool) -> None:
    """The letters as text, or as messages one behind the other; one line where there is nobody to write to."""
    from monitor.clock import now

    if not letters:
        say(f"Nobody needs to be written to about this {kind}.", err=as_mail)
    for letter in letters:
        if as_mail:
            sys.stdout.buffer.write(as_message(letter, now=now()))
        else:
            sys.stdout.write(
                f"To the postmaster of the {READERS[letter.reader]}\nSubject: {letter.subject}\n\n{letter.text}\n"
            )


def show(out: Console, explanation: Explanation) -> None:
    """The explanation for a person: what it means first, then the evidence."""
    out.print(Text.assemble(("A bounce" if explanation.bounces else "A message", "bold")))
    out.print()
    if not explanation.findings:
        out.print(Text("Nothing is wrong with the way of this message.", "green"))
    for finding in explanation.findings:
        print_finding(out, finding, None)  # what to do is in the message
    for diagnosis in explanation.bounces:
        _show_bounce(out, diagnosis)
    if explanation.path.hops:
        out.print(_hops(explanation))
    if explanation.authentication:
        out.print()
        out.print(_authentication(explanation))


def _show_bounce(out: Console, diagnosis: Diagnosis) -> None:
    failure = diagnosis.failure
    rows = {
        "recipient": failure.final_recipient,
        "class": diagnosis.kind,
        "action": failure.action,
        "status": failure.status_code,
        "reply": diagnosis.reply,
        "from": " ".join(str(each) for each in (failure.remote_mta, failure.remote_address) if each is not None),
        "over": f"IPv{diagnosis.family}" if diagnosis.family is not None else None,
        "stage": STAGES[failure.stage] if failure.stage is not None else None,
        "receiver": diagnosis.receiver,
        "rule": _rule(diagnosis),
    }
    out.print(Facts(((name, value) for name, value in rows.items() if value), title="Bounce"))
    out.print()


def _rule(diagnosis: Diagnosis) -> str | None:
    rule = diagnosis.rule
    if rule is None:
        return None
    since = f", since {rule.span.first}" if rule.span.first else ""
    until = f" until {rule.span.last}" if rule.span.last else ""
    return f"{rule.id}{since}{until}"


def _hops(explanation: Explanation) -> Rows:
    rows = table("hop", "from", "address", "by", "with", "delay", "domain", title="The way, oldest hop first")
    for placed in explanation.path.hops:
        hop = placed.hop
        rows.add_row(
            str(hop.n),
            inert(hop.from_host),
            str(hop.client_ip or ""),
            inert(hop.by_host),
            inert(hop.with_protocol + ("" if hop.tls is None or hop.with_protocol.endswith("S") else " TLS" * hop.tls)),
            "" if hop.delay is None else f"{hop.delay.total_seconds():.0f} s",
            inert(placed.admd).append(_arrival(placed)),
        )
    return rows


def _arrival(placed: PlacedHop) -> str:
    if placed.between_customers:
        return " ← from another customer"
    if placed.boundary:
        return " ← entered here" + (", behind a gateway" if placed.hidden_client else "")
    return ""


def _authentication(explanation: Explanation) -> Rows:
    rows = table("hop", "method", "result", "address", "by", "where", "", title="Who checked what")
    for each in explanation.authentication:
        rows.add_row(
            str(each.hop or ""),
            inert(each.method),
            Text(each.result, "green" if each.result == "pass" else "yellow"),
            str(each.client_ip or ""),
            inert(each.authserv_id or ""),
            Text(WHERE[each.where], "yellow" if each.where == "inside" else ""),
            Text("" if each.trusted else "unproven" if each.unproven else "not believed", "dim"),
        )
    return rows
