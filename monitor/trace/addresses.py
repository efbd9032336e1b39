"""Where a bounce's text for people names recipients: each line that begins to speak of one, by the form of the line."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

ANYWHERE_MAX: Final = 10_000  # mentions amid the text; a report of a thousand recipients names each once or twice
LINE_CHARS_MAX: Final = 1000  # of a line that is looked at (RFC 5322 section 2.1.1: 998)
ADDRESS: Final = (  # it ends where its last label does, whatever is looked for behind it
    r"(?<![\w.+=@/-])(?:\"[^\"\s]{1,64}\"|[\w.!#$%&'*+/=?^`{|}~-]{1,128})@[^\W_](?:[\w.-]{0,251}[^\W_])?(?![^\W_])"
)

_FIELD: Final = re.compile(  # of the refused message
    r"\s*from\s|\W*(?:from|to|cc|sender|reply-to|subject|received|return-path|message-id|references|in-reply-to|date|x-[\w-]+|"
    r"original sender|sender-mta|mail from|envelope-from|orig(?:inal)? address|von|an|de|para|betreff|objet|asunto)\s*:",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(r"\s*(?:>>> |<<< |In:|Out:|sent <<<|received >>>)", re.IGNORECASE)  # of an SMTP session
_CONTACT: Final = re.compile(
    r"contact|assistance|questions?\b|\bhelp|support|kontakt|wenden sie|ayuda|assistenza|问题|連絡|問い合わせ|(?:send|write)\b.{0,30}\bto\W*$|"
    r"written by|sent by|the address\s*$|from\s*$|unsubscribe",
    re.IGNORECASE,
)
_FAULTS: Final = (
    r"(?<![\w.-])[45]\d\d(?:[ -]|$)|unknown|undeliver|not (?:be )?(?:deliver|exist|found|listed|reach|a valid|(?:a )?member)|no such|"
    r"rejected|failed|failure|invalid|does(?:n't| not)|unable|could(?:n't| not)|cannot|full\b|quota|disabled|inactive|"
    r"unbekannt|nicht|inconnu|n'existe|no existe|desconocid|sconosciut|non esiste|inesistente|desconhecid|onbekend|bestaat niet|"
    r"неизвест|не существует|не найден|存在|不明|届け|见つ|失敗|失败|拒否|拒绝|エラー"
)
FAULT: Final = re.compile(_FAULTS, re.IGNORECASE)
# What may stand behind a recipient whose line begins with it: nothing, a colon, what Sendmail and Exchange write, a
# reply, a remark in brackets, what is said of it: the words that begin so, or any that tell of a fault.
_BEHIND: Final = (
    r"\s*(?:$|:|;|,\s*$|\.{3}|\.\s*$|[(\[]|-{1,2}\s|=|(?:on|am|le|el|il|em|op|den|w dniu)\s+\w|<[^<>]{1,320}>|[\"']|\d{3}[ -]|[45]\.\d|"
    r"(?:is|was|has|had|does|could|cannot|can't|not|no|user|mailbox|account|invalid|unknown|failed|rejected|undeliverable|"
    r"unreachable|deferred|recipient)\b|(?<=[ \t])(?=[^\n]{0,200}?(?:" + _FAULTS + ")))"
)
_HEAD: Final = (
    rf"(?P<indent>[ \t]*)(?:(?:[-*•·]{{1,2}}|>>>|\d{{1,3}}[.)])[ \t]+)?[<\"'(\[]{{0,2}}(?:mailto:|(?:smtp|rfc822)[;:]\s*)?"
    rf"(?P<address>{ADDRESS})[>\"')\]]{{0,2}}"
)
_LEADING: Final = re.compile(rf"{_HEAD}(?={_BEHIND})", re.IGNORECASE)
_LISTED: Final = re.compile(rf"{_HEAD}(?=[ \t])", re.IGNORECASE)  # right below another recipient's line, any words
_STATED: Final = re.compile(  # Zoho: "[Status: Error, Address: <a@club.example>, ResponseCode 421, , …]"
    rf"(?P<indent>[ \t]*)\[Status:[^\n<@]{{0,60}}\bAddress:[ \t]*<?(?P<address>{ADDRESS})", re.IGNORECASE
)
# A pipe or a file that a recipient became, and the recipient, in the same line or in the next one (Exim).
_PIPE: Final = re.compile(r"[ \t]*(?:(?:pipe|save) to )?[\"']?[|/]\S", re.IGNORECASE)
_MADE: Final = rf"[ \t(]*(?:ultimately )?generated (?:by|from) <?(?P<address>{ADDRESS})"
_MADE_HERE: Final = re.compile(rf"(?P<indent>[ \t]*)[^\n]{{0,200}}?[ \t]{_MADE}", re.IGNORECASE)
_MADE_ABOVE: Final = re.compile(_MADE, re.IGNORECASE)
_LABEL: Final = (
    r"recipients?|rcpt[ -]to|addressees?|address(?:es)?|to|whom|user|mailbox|account|"
    r"a|à|para|pour|voor|til|till|för|für|для|"
    r"empf(?:ä|ae?)nger|an|destinataires?|destinat[aá]ri[oi]s?|ontvangers?|mottagare|modtager|odbiorc[ay]|příjemce|alıcı|címzett|"
    r"получател[ья]|адресат\w*|收件人|收件者|宛先|受信者|送信先|あて先|받는 ?사람"
)
_LABELLED: Final = re.compile(
    rf"(?:^|(?<=[\s*\[(,.]))(?:{_LABEL})(?:\(s\)|s)?(?:[^\n:=<@]{{0,40}}[:=]|[ \t])\s*"
    rf"[<\"'\[]{{0,2}}(?:smtp:|rfc822;\s?|mailto:)?(?P<address>{ADDRESS})",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(  # "Ann Gone (gone@club.example)", alone in its line
    rf"[ \t]*(?:[\"'’\w.,-]{{1,30}}[ \t]{{1,4}}){{1,4}}[(<\[](?P<address>{ADDRESS})[)>\]][ \t]*:?$", re.IGNORECASE
)
_ADDRESSED: Final = re.compile(rf"\W*to[ \t]*:[ \t]*[<\"']?(?P<address>{ADDRESS})", re.IGNORECASE)
_RESULT: Final = re.compile(  # Sendmail's transcript: what became of each recipient
    rf"(?:\d{{3}}[ -])?(?:[245]\.\d{{1,3}}\.\d{{1,3}} )?<?(?P<address>{ADDRESS})>?\.\.\. ", re.IGNORECASE
)
GENERATED_BY: Final = re.compile(rf"^{_PIPE.pattern}[^\n]{{0,200}}\n?{_MADE}", re.IGNORECASE | re.MULTILINE)
_REPLIED: Final = re.compile(rf"[^\n]{{0,400}}?(?P<address>{ADDRESS})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place where the text begins to speak of a recipient."""

    address: str
    start: int  # of its line, in the text
    end: int  # just behind the address
    leading: bool  # the line begins with it: what is said of it follows


def mentions_of(text: str, *, foreign: Collection[str] = ()) -> tuple[Mention, ...]:
    """The recipients that a text names, in its order, by the first form of line in which it names any.

    `foreign` are addresses of no recipients, in lower case, such as the bounce's own addressee: they are taken only
    where no others are found.
    """
    lines = _lines(text)
    said = [each for each in lines if not _FIELD.match(each[1])]
    for find in (*_FORMS, _addressed):
        found = list(find(lines if find is _addressed else said))
        ours = [each for each in found if each.address.lower() not in foreign]
        if found:
            return tuple(ours or found)
    return ()


def mentions_by_name(text: str, names: Sequence[str]) -> tuple[Mention, ...]:
    """Where the text speaks of known recipients: where lines begin with them, else wherever they stand."""
    known = {name.lower() for name in names if name}
    led = [each for each in _leading(_lines(text)) if each.address.lower() in known]
    others = sorted(known - {each.address.lower() for each in led})
    lower = text.lower()
    anywhere = islice((each for name in others for each in _anywhere(lower, name)), ANYWHERE_MAX)
    return tuple(sorted([*led, *anywhere], key=lambda each: each.end))


def _lines(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        said = line.rstrip("\r\n")[:LINE_CHARS_MAX]
        if said or not found or found[-1][1]:  # of several empty lines one is enough
            found.append((at, said))
        at += len(line)
    return found


def _leading(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    """Lines that begin with an address. One that is indented deeper than the one before belongs to it (Postfix)."""
    indent: int | None = None
    before, above, listed = "", 0, False
    for at, line in lines:
        if _PIPE.match(before) and (made := _MADE_ABOVE.match(line)):
            yield Mention(address=made["address"], start=above, end=at + made.end("address"), leading=True)
            before, listed = line, False
            continue
        found = _LEADING.match(line) or _STATED.match(line) or (_LISTED.match(line) if listed else None)
        found = found or (_MADE_HERE.match(line) if _PIPE.match(line) else None)
        above, listed = at, False
        if found and not _is_contact(before, line[found.end() :]):
            deep = len(found["indent"].expandtabs())
            if indent is None or deep <= indent:
                yield Mention(address=found["address"], start=at, end=at + found.end("address"), leading=True)
                indent, listed = deep, True
        elif not line.strip():
            indent = None
        before = line if line.strip() else before


def _labelled(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    for at, line in lines:
        begin = 0
        for found in () if _SPOKEN.match(line) else _LABELLED.finditer(line):
            if not _is_contact(line[begin : found.start("address")], ""):
                yield replace(_mention(at, found), start=at + (found.start() if begin else 0))
            begin = found.end()


def _results(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    """Sendmail's own lines; the replies that they repeat stand right in front, behind `<<<`."""
    quoted: int | None = None
    for at, line in lines:
        if line.startswith("<<<"):
            quoted = at if quoted is None else quoted
            continue
        if found := _RESULT.match(line):
            yield replace(_mention(at, found), start=at if quoted is None else quoted)
        quoted = None


def _people(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    for at, line in lines:
        found = _PERSON.match(line)
        front = line[: found.start("address")] if found else ""
        if found and not _is_contact(front, ""):
            yield replace(_mention(at, found), leading=True)


def _faulty(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    for at, line in lines:
        found = None if _SPOKEN.match(line) or not FAULT.search(line) else _REPLIED.match(line)
        if found and not _is_contact(line[: found.start("address")], ""):
            yield _mention(at, found)


def _addressed(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    """`To:` where it is no field of a message, because none stands beside it."""
    for number, (at, line) in enumerate(lines):
        beside = (lines[each][1] for each in (number - 1, number + 1) if 0 <= each < len(lines))
        if (found := _ADDRESSED.match(line)) and not any(map(_FIELD.match, beside)):
            yield _mention(at, found)


def _spoken(lines: Sequence[tuple[int, str]]) -> Iterator[Mention]:
    """RCPT TO in the transcript of a session."""
    for at, line in lines:
        found = re.search(rf"RCPT TO:\s*<?(?P<address>{ADDRESS})", line, re.IGNORECASE)
        if found:
            yield _mention(at, found)


_FORMS: Final[tuple[Callable[[Sequence[tuple[int, str]]], Iterator[Mention]], ...]] = (
    _leading,
    _results,
    _people,
    _labelled,
    _faulty,
    _spoken,
)


def _mention(at: int, found: re.Match[str]) -> Mention:
    return Mention(address=found["address"], start=at, end=at + found.end("address"), leading=False)


def _anywhere(lower: str, name: str) -> Iterator[Mention]:
    at = lower.find(name)
    while at >= 0:
        end = at + len(name)
        yield Mention(address=name, start=lower.rfind("\n", 0, at) + 1, end=end, leading=False)
        at = lower.find(name, end)


def _is_contact(before: str, behind: str) -> bool:
    """Whether an address is that of somebody to be asked for help."""
    return bool(_CONTACT.search(before[-60:])) or behind.lstrip("> ").startswith("for ")
