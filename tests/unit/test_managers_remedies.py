"""Each list manager's settings against refusals: its own words, nobody else's, and never ARC."""

import re
from pathlib import Path

import pytest

from monitor.dmarc.policy import author_findings
from monitor.managers.catalogue import MANAGERS, all_kinds, kind_named
from monitor.managers.remedies import GENERAL
from monitor.notify.payload import TEXT_LIMIT
from monitor.operations.examine import Known
from monitor.operations.known import subject_of
from tests.builders import a_list
from tests.fakes import ZoneResolver

TOP = Path(__file__).parents[2]
REJECTING = ZoneResolver({"_dmarc.a.example": {"TXT": ["v=DMARC1; p=reject"]}})
NAMES = {  # how each is called in a sentence
    "mailman2": "Mailman 2",
    "mailman3": "Mailman core|Postorius|Mailman 3",
    "sympa": "Sympa",
    "mlmmj": "mlmmj",
    "ezmlm": "ezmlm",
    "listserv": "LISTSERV",
    "listmonk": "listmonk",
    "discourse": "Discourse",
}
SETTINGS = {  # as the manager's documentation or source has them
    "mailman3": ("dmarc_mitigate_action", "Replace From: with list address", "dmarc_mitigate_unconditionally"),
    "mailman2": ("dmarc_moderation_action", "Munge From", "from_is_list", "dmarc_quarantine_moderation_action"),
    "sympa": ("dmarc_protection.mode", "dmarc_reject,dmarc_quarantine"),
    "mlmmj": ("delheaders", "customheaders"),
    "ezmlm": ("rewritefrom",),
    "listserv": ("DMARC_NO_REWRITE",),
    "listmonk": ("from_email",),
    "discourse": ("notification_email",),
}


def sentences(kind):
    return (kind.remedies.rewrite_from, kind.remedies.one_click, kind.remedies.signing("lists.example.org"))


@pytest.mark.parametrize("name", MANAGERS)
def test_a_manager_is_told_in_its_own_words_alone(name):
    said = " ".join(sentences(kind_named(name)))
    others = [other for other, words in NAMES.items() if other != name and re.search(words, said)]
    assert not others
    strange = [
        setting for other, settings in SETTINGS.items() if other != name for setting in settings if setting in said
    ]
    assert not strange
    assert all(setting in said for setting in SETTINGS.get(name, ()))
    assert not re.search(r"[{}]", said)
    assert max(map(len, sentences(kind_named(name)))) < TEXT_LIMIT, "a notice would cut it off"


def test_the_finding_by_dns_alone_names_the_setting_of_the_lists_manager():
    """And none where the manager is not known, as of a bare domain."""
    for kind in all_kinds():
        (told,) = author_findings(REJECTING, ["a.example"], remedies=kind.remedies)
        assert told.fix.value == kind.remedies.rewrite_from
    (told,) = author_findings(REJECTING, ["a.example"])
    assert told.fix.value == GENERAL.rewrite_from
    assert not re.search("|".join(NAMES.values()), told.fix.value)


@pytest.mark.parametrize("name", MANAGERS)
def test_a_check_of_a_list_knows_its_manager(name):
    assert subject_of(a_list(manager=name), Known(), ()).remedies == kind_named(name).remedies


ADVISED = re.compile(
    r"\b(?:enable|add|use|set up|turn on|deploy|seal(?:s|ing)? with|sign(?:s|ing)? with) ARC\b", re.IGNORECASE
)


def test_nobody_is_told_to_use_arc():
    """It moves to Historic in 2026, and receivers that go by it are few."""
    assert ADVISED.search("Enable ARC sealing."), "it would find such advice"
    texts = [path for suffix in ("py", "toml", "md", "html", "txt") for path in (TOP / "monitor").rglob(f"*.{suffix}")]
    texts += [TOP / "README.md", *(TOP / "docs").glob("*.md"), *(TOP / "deploy").rglob("*.md")]
    assert len(texts) > 300, "they are found"
    assert [str(path) for path in texts if ADVISED.search(path.read_text(encoding="utf-8"))] == []
