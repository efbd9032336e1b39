"""What paragraphs of a bounce say in words: the reason, without rules, labels and the message's own fields."""

import re
from functools import lru_cache
from typing import Final

from monitor.trace.addresses import FAULT, LINE_CHARS_MAX
from monitor.trace.wording.sentences import said_in

REASON_CHARS_MAX: Final = 300  # of the words about a recipient
PARAGRAPHS_MAX: Final = 5
TEXT_CHARS_MAX: Final = 8192  # of what is looked at


_WORD: Final = re.compile(r"[^\W\d_]{3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2}")
_REASON: Final = re.compile(
    r"^[^\w\n]*(?:reject )?(?:reason|error(?: message)?|diagnostic(?:[ -]code)?|cause|explanation|grund|fehler(?:meldung)?|raison|motif|motivo|"
    r"causa|oorzaak|reden|причина|原因|理由)\b[ \w()]{0,20}:[ \t]*(?P<said>\S.*)",
    re.IGNORECASE | re.MULTILINE,
)
_SAYS_NOTHING: Final = re.compile(  # rules between parts, labels, marginal notes, fields of the message
    r"\W*$|[-=*_#|~+<>]{2}.{0,100}[-=*_#|~+<>]{2}$|\W*\((?:ultimately )?generated (?:from|by)\b|\W*\(expanded from|\s*>>> |"
    r"\W*(?:to|from|subject|sent|date|cc|size|received|return-path|number of lines|message-id)\b[^:]{0,15}:|"
    r"\W*(?:reporting|received-from|remote)-mta:|\W*(?:final|original)-recipient:|\W*(?:action|status|arrival-date|last-attempt-date|"
    r"will-retry-until|diagnostic-code|x-[\w-]+):",
    re.IGNORECASE,
)
_NAMED_FILE: Final = re.compile(r"\W*message:\s*[\w.-]+$", re.IGNORECASE)  # where a gateway keeps it
_LABEL: Final = re.compile(r"[^:]{0,80}:\s*$")
_COURTESY: Final = re.compile(
    r"\W*(?:thank you|thanks|many thanks|(?:kind |best )?regards|sincerely|yours (?:sincerely|faithfully)|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|"
    r"(?:viele|freundliche) gr(?:ü|ue)(?:ß|ss)e|vielen dank|danke|cordialement|merci|met vriendelijke groet(?:en)?|saludos(?: cordiales)?|"
    r"atentamente|gracias|atenciosamente|obrigado|cordiali saluti|distinti saluti|grazie|med v(?:ä|e)nliga? h(?:ä|i)lsning(?:ar)?|"
    r"z powa(?:ż|z)aniem|с уважением|спасибо|以上|敬具|此致|谢谢)\W*$",
    re.IGNORECASE,
)
_VAGUE: Final = frozenset({"failing", "rejected", "unavailable", "named"})  # what every bounce says
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n|\n[ \t]*-{3}")
_INTRODUCED: Final = re.compile(r"^.{0,300}\b(?:following|below)\b.{0,300}:[ \t]*\n", re.IGNORECASE | re.MULTILINE)


def paragraphs_of(text: str) -> list[str]:
    """The text parted at empty lines and rules, as it is written."""
    return _PARAGRAPH.split(text)


def has_words(text: str) -> bool:
    """Whether anything is said in the text."""
    return reason_in(text, last=False) is not None


@lru_cache(maxsize=8)  # what a list of recipients shares is read once for all of them
def reason_in(text: str, *, last: bool) -> str | None:
    """The line that is called the reason, else the first paragraph that says something, or the last with a fault."""
    text = text[-TEXT_CHARS_MAX:] if last else text[:TEXT_CHARS_MAX]
    if named := _REASON.search(text):
        return " ".join(named["said"].split())[:REASON_CHARS_MAX]
    paragraphs = [_spoken(each) for each in paragraphs_of(text)]
    speaking = [each for each in paragraphs if _WORD.search(each)]
    if last:
        speaking = [each for each in reversed(speaking) if FAULT.search(each)] or speaking[-1:]
    return speaking[0][:REASON_CHARS_MAX] if speaking else None


def _spoken(paragraph: str) -> str:
    stripped = (line.strip()[:LINE_CHARS_MAX] for line in paragraph.lstrip(" \t>:;.,\"')]").splitlines())
    return " ".join(" ".join(line for line in stripped if not _says_nothing(line)).split())


def _says_nothing(line: str) -> bool:
    if _LABEL.match(line):  # "The following addresses failed:", but "mailbox full:"
        return not tells_why(line)
    return bool(_SAYS_NOTHING.match(line) or _COURTESY.match(line) or _NAMED_FILE.match(line))


def tells_why(text: str) -> bool:
    """Whether the words give a reason, more than that the post was not delivered."""
    return any(
        each.subject is not None and (each.complaint not in _VAGUE or each.subject == "proof") for each in said_in(text)
    )


def reason_in_general(text: str) -> str | None:
    """What is said behind "the following …:", else what tells of a fault, else most, near the beginning."""
    begun = _INTRODUCED.search(text)
    if begun and (said := reason_in(text[begun.end() :], last=False)):
        return said
    if named := _REASON.search(text):
        return " ".join(named["said"].split())[:REASON_CHARS_MAX]
    paragraphs = [_spoken(each) for each in paragraphs_of(text[:TEXT_CHARS_MAX])[:PARAGRAPHS_MAX]]
    found = next(filter(FAULT.search, paragraphs), "") or max(paragraphs, key=len, default="")
    return found[:REASON_CHARS_MAX] or None
