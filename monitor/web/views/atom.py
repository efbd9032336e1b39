"""What happened to a list as an Atom feed (RFC 4287). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from monitor.inert import inert
from monitor.model.incidents import Incident, IncidentChange
from monitor.phrase.english import SPACES
from monitor.phrase.phrase import say
from monitor.tongue.voice import Voice
from monitor.wording.states import change_word
from monitor.wording.vocabulary import level_word

ATOM: Final = "http://www.w3.org/2005/Atom"
ENTRIES: Final = 50


def feed(list_id: str, incidents: Sequence[Incident], *, base: str, address: str, now: datetime, voice: Voice) -> bytes:
    """The changes of the list's incidents, newest first. `base` is where the pages are, `address` where the feed is."""
    changes = sorted(
        ((change, incident) for incident in incidents for change in incident.history),
        key=lambda each: (each[0].at, each[0].revision),
        reverse=True,
    )[:ENTRIES]
    root = Element("feed", {"xmlns": ATOM, "xml:lang": voice.language})
    _text(root, "id", _urn("list", list_id))
    _text(root, "title", voice(say("{list}: subscription health", list=list_id)))
    _text(root, "updated", _when(changes[0][0].at if changes else now))
    SubElement(root, "link", rel="self", type="application/atom+xml", href=address)
    SubElement(root, "link", rel="alternate", type="text/html", href=f"{base}/lists/{list_id}")
    _text(SubElement(root, "author"), "name", "Staysub")
    for change, incident in changes:
        _entry(root, list_id, change, incident, base=base, voice=voice)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode()


def _entry(root: Element, list_id: str, change: IncidentChange, incident: Incident, *, base: str, voice: Voice) -> None:
    title = say(
        "{list}: {level} ({change})", list=list_id, level=level_word(change.level), change=change_word(change.kind)
    )
    entry = SubElement(root, "entry")
    _text(entry, "id", _urn("change", f"{incident.id}/{change.revision}"))
    _text(entry, "title", voice(title))
    _text(entry, "updated", _when(change.at))
    SubElement(entry, "link", rel="alternate", type="text/html", href=f"{base}/incidents/{incident.id}")
    _text(entry, "content", voice(change.cause)).set("type", "text")


def _text(parent: Element, tag: str, said: str) -> Element:
    """A child with text, inert: some characters XML cannot carry (XML 1.0 section 2.2)."""
    child = SubElement(parent, tag)
    child.text = inert(said, keep=SPACES)
    return child


def _urn(kind: str, name: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:staysub:{kind}:{name}").urn


def _when(at: datetime) -> str:
    """RFC 3339 section 5.6."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
