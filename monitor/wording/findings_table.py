"""`docs/findings.md`, made from the words of each finding: `python -m monitor.wording.findings_table`. Pure."""

import sys
from typing import Final

from monitor.wording.plain import Explanation, Subject, subjects

HEAD: Final = """\
# Findings

A finding is one thing that is wrong, or that could not be found out. Its code is stable: filters, silences and webhook
consumers may rely on it. The sentence, the evidence and the exact fix come with each one.

Here every code stands with one plain sentence for owners, and what it means exactly for whoever mends it. Its whole page (what
happens if nothing is done, who can mend it, what to do, how to see that it is mended) is served at `/findings/CODE` by the web
part, to everybody, and told by `staysub findings CODE`. "My list is told critical: what now?" is answered
[here](my-list-is-critical.md). This file is made by `python -m monitor.wording.findings_table > docs/findings.md`.

A record is proposed only if it can be published as it stands: it can be read, names somebody, names public addresses alone,
keeps within the limits of RFC 7208 section 4.6.4, and was evaluated to pass for every address that sends in the domain's name, of
this list and of all others here. Otherwise `fix.type` is empty and `fix.value` says in words what to find out, from whom.

How soon a finding is to be mended is its severity. JSON has the word in the table; people read another one, which is never a list's level:
*critical*, **mend now**: mail is refused, or will be. *warning*, **mend soon**: nobody is known to be dropped for it alone. *info*, **note**:
worth knowing. *unknown*, **not found out**: DNS or the other side did not answer; nothing is said about the list.

*In bulk*: the list is known to send so many messages to a receiver that its demands on [senders of bulk](receivers.md#bulk) hold.
"""
TABLE: Final = "| code | severity | what it means | what to do | standard |\n| --- | --- | --- | --- | --- |\n"


def findings_table() -> str:
    """The whole document."""
    return HEAD + "".join(map(_section, subjects()))


def _section(subject: Subject) -> str:
    rows = "".join(map(_row, subject.findings))
    return f"\n## {subject.name} ({subject.about})\n\n{TABLE}{rows}"


def _row(one: Explanation) -> str:
    cells = (f"`{one.code}`", one.severity, f"**{one.sentence}** {one.exact}", one.remedy, one.standard)
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(findings_table())
