"""Published bounces with published reasons: what we make of each, beside what sisimai's own tests say of it.

Neither is part of this project. `python -m bench bounces SET SISIMAI [COLUMN]` takes a checkout of
github.com/sisimai/set-of-emails and one of github.com/sisimai/go-sisimai, whose tests name a reason for each message.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from monitor.admission.data import load_rules
from monitor.trace.bounce import read_bounce
from monitor.trace.bounce_class import BounceClass
from monitor.trace.diagnosis import diagnoses_of

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
# In sisimai's words on the left. Where two classes stand, its reason says less than ours, and either is right.
CLASSES: Final[dict[str, frozenset[BounceClass]]] = {
    reason: frozenset(classes)
    for classes, reasons in (
        (
            ("policy",),
            "authfailure badreputation blocked norelaying notcompliantrfc policyviolation rejected requireptr",
        ),
        (("policy",), "securityerror spamdetected virusdetected contenterror failedstarttls"),
        (("policy", "transient"), "speeding toomanyconn"),
        (("address",), "userunknown hostunknown hasmoved"),
        (("address", "mailbox"), "filtered"),
        (("address",), "notaccept"),
        (("mailbox",), "mailboxfull suspend"),
        (("mailbox", "policy", "other"), "mesgtoobig exceedlimit emailtoolarge"),
        (("transient", "other"), "expired networkerror systemerror systemfull"),
        (("other", "policy"), "mailererror syntaxerror suppressed"),
        (("other", "transient"), "onhold undefined"),
    )
    for reasons in [reasons]
    for reason in reasons.split()
}
NO_BOUNCE: Final = frozenset({"feedback", "vacation", "delivered"})
ROW: Final = re.compile(
    r'\{"(?P<label>\d\d)",\s*(?P<index>\d+),\s*"(?P<status>[^"]*)",\s*"(?P<code>[^"]*)",\s*"(?P<reason>\w+)"'
)
ENGINE: Final = re.compile(r"\d\d-(?P<name>[\w-]+)_test\.go")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One message with what its publisher says of it."""

    path: Path
    reasons: tuple[str, ...]  # one a recipient, in its order


def published(emails: Path, sisimai: Path) -> Iterator[Published]:
    """The messages that both checkouts know."""
    for source in sorted((sisimai / "fact").glob("*_test.go")):
        engine = ENGINE.fullmatch(source.name)
        text = source.read_text(encoding="utf-8").partition("secretlist")[0]
        reasons: dict[str, list[str]] = {}
        for row in ROW.finditer(text):
            reasons.setdefault(row["label"], []).append(row["reason"])
        for label, said in reasons.items():
            path = emails / "maildir" / "bsd" / f"{engine['name'] if engine else ''}-{label}.eml"
            if path.exists():
                yield Published(path=path, reasons=tuple(said))


def main(arguments: list[str]) -> None:
    """Print a table of classes by published reason, then each message on which we differ."""
    if len(arguments) < 2:
        sys.stdout.write(f"Skipped: {__doc__}")
        return
    rules = load_rules()
    table: dict[str, Counter[str]] = {}
    differing: list[str] = []
    messages = list(published(Path(arguments[0]), Path(arguments[1])))
    slowest = (0.0, "")
    for each in messages:
        octets = each.path.read_bytes()
        began = time.process_time()
        diagnoses = diagnoses_of(read_bounce(octets), rules, now=NOW)
        slowest = max(slowest, (time.process_time() - began, each.path.name))
        failed = [one for one in diagnoses if one.kind != "other" or one.failure.action in {"failed", "delayed"}]
        classes = [one.kind for one in failed] or ["no bounce"]
        if len(failed) == len(each.reasons):
            pairs = list(zip(_matched(each.reasons, classes), each.reasons, strict=True))
        else:
            pairs = [(classes[min(at, len(classes) - 1)], reason) for at, reason in enumerate(each.reasons)]
        for kind, reason in pairs:
            table.setdefault(reason, Counter())[kind] += 1
        wrong = [f"{reason} as {kind}" for kind, reason in pairs if not agree(kind, reason)]
        if len(failed) != len(each.reasons) and not set(each.reasons) & NO_BOUNCE:
            wrong.append(f"{len(failed)} recipients, not {len(each.reasons)}")
        if wrong:
            said = " | ".join(one.reply or "" for one in failed)[:160]
            differing.append(f"{each.path.stem:28} {', '.join(wrong):44} {said}")
    columns = ["policy", "address", "mailbox", "transient", "other", "no bounce"]
    sys.stdout.write(f"{'published reason':18}" + "".join(f"{name:>11}" for name in columns) + "\n")
    for reason in sorted(table):
        sys.stdout.write(f"{reason:18}" + "".join(f"{table[reason][name] or '':>11}" for name in columns) + "\n")
    total = sum(sum(row.values()) for row in table.values())
    agreed = sum(count for reason, row in table.items() for kind, count in row.items() if agree(kind, reason))
    sys.stdout.write(f"\n{len(messages)} messages, {total} recipients, {agreed} as published; ")
    sys.stdout.write(f"the slowest took {1e3 * slowest[0]:.0f} ms ({slowest[1]})\n\n")
    sys.stdout.write("".join(f"{line}\n" for line in differing))


def agree(kind: str, reason: str) -> bool:
    """Whether our class and the published reason can both be true."""
    return kind == "no bounce" if reason in NO_BOUNCE else kind in CLASSES[reason]


def _matched(reasons: tuple[str, ...], classes: list[str]) -> list[str]:
    """Our classes in the order of the published reasons: recipients are in no fixed order."""
    left = list(classes)
    found: list[str] = []
    for reason in reasons:
        one = next((kind for kind in left if agree(kind, reason)), left[0])
        left.remove(one)
        found.append(one)
    return found
