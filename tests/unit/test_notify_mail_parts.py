"""Text and HTML of each mail say the same facts, each once, in the colours of the pages."""

import html as markup
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import monitor
from monitor.notify.mail_view import view_of
from monitor.tongue.voice import Voice
from monitor.wording.days import Days
from monitor.wording.plain import page_path
from tests.sample_mails import BASE, LINK, mails, single
from tests.sample_notices import NOW

HOUSE = Path(monitor.__file__).parent
MAILS, NOTICES = mails(), single()
SPOKEN = Voice("en", UTC, NOW)
WALKED = ("line", "plainly", "why_told", "receivers", "steps", "publish", "why", "reason", "unknown", "past")
LEFT_OUT = {"level", "seen", "severity", "action", "type", "evidence", "fix", "reference", "name"}  # worded otherwise


def parts(mail):
    """Both parts as a reader sees them: tags away, white space as one space."""
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    body = html[html.index("</head>") :]
    shown = markup.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(strong|code|a|span)\b[^>]*>", "", body)))
    return {"text": plain(text), "html": plain(shown)}, html


def plain(text):
    """White space as one space; grave accents, which HTML shows as code, away."""
    return " ".join(text.replace("`", "").split())


def facts(found):
    match found:
        case str():
            yield plain(SPOKEN(found))
        case dict():
            for key, each in found.items():
                if key not in LEFT_OUT:
                    yield from facts(each)
        case list() | tuple():
            for each in found:
                yield from facts(each)


@pytest.mark.parametrize("name", [each for each, one in NOTICES.items() if one.type.startswith("list.risk.")])
def test_both_parts_say_every_fact(name):
    one = NOTICES[name]
    view = view_of(one, (), lambda _: LINK, voice=SPOKEN, days=Days(UTC, NOW), base=BASE)
    wanted = [key for key in WALKED if key == "line" or ("past" if name.endswith(("over", "resolved")) else key) == key]
    said = [each for key in wanted for each in facts(view[key]) if each]
    assert len(said) > (0 if name == "resolved" else 3)
    shown, html = parts(MAILS[name])
    for each in said:
        for kind, part in shown.items():
            assert each.lower() in part.lower(), f"{kind} of {name} does not say {each!r}"
    for each in view["why"] if not name.endswith(("over", "resolved")) else ():
        assert f"{BASE}{page_path(each['code'])}" in shown["text"]
        assert f'href="{BASE}{page_path(each["code"])}"' in html


@pytest.mark.parametrize("name", [each for each, one in NOTICES.items() if one.type.startswith("list.risk.")])
def test_each_part_says_it_once(name):
    """A record, a reply, a finding's sentence, a step: none stands there again."""
    view = view_of(NOTICES[name], (), lambda _: LINK, voice=SPOKEN, days=Days(UTC, NOW), base=BASE)
    long = [each for key in WALKED[1:] for each in facts(view[key]) if len(each) > 40]
    for kind, part in parts(MAILS[name])[0].items():
        twice = [each for each in long if part.count(each) > 1]
        assert not twice, f"{kind} of {name} says again {twice}"


def test_a_mail_is_short():
    """A screen and a half of a mail program: some 45 lines each. Four screens were nothing rare."""
    lines = {name: len(mail.get_body(("plain",)).get_content().splitlines()) for name, mail in MAILS.items()}
    assert {name: number for name, number in lines.items() if number > 75 and name != "digest"} == {}


def test_the_colours_are_those_of_the_pages():
    """By their values: a mail knows no style sheet but its own."""
    css = (HOUSE / "web/static/staysub.css").read_text()
    style = (HOUSE / "notify/templates/style.html").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", each))
        for each in re.findall(r":root \{(.*?)\n\s*\}", css, re.DOTALL)[:2]
    )
    mine_light, mine_dark = style.split("@media (prefers-color-scheme: dark)")
    assert set(re.findall(r"#[0-9a-f]{6}", mine_light)) <= set(light.values())
    assert set(re.findall(r"#[0-9a-f]{6}", mine_dark)) <= set(dark.values()) | {"#ffffff"}
    for level, role in (("ok", "ok"), ("watch", "watch"), ("at-risk", "risk"), ("critical", "critical-sheet")):
        assert f".{level} .band {{ background: {light[role]}" in mine_light
        assert light[role] in re.search(rf"\.chip\.{level} {{[^}}]*}}", mine_light)[0]
        assert dark[role] in re.search(rf"\.chip\.{level} {{[^}}]*}}", mine_dark)[0]


def test_a_payload_says_nothing_in_a_zone_of_its_own():
    for one in NOTICES.values():
        for at in re.findall(r'"\d{4}-\d\d-\d\dT[^"]*"', one.payload):
            assert datetime.fromisoformat(json.loads(at)).utcoffset() == UTC.utcoffset(None)
