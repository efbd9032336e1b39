"""The pictures in the documents: what each shows, how it is taken, and from what it can be told that it is stale.

A picture is taken from the running demonstration (`make screenshots`). Its *outline* is read from the small world of
`tests.seed`, whose clock stands still: which elements stand there, in what colours and sizes, and the fixed words. Data
and moments are left out of it, and so are lengths, which fonts decide: it changes where the page's look does.
"""

import difflib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.harness import TOP

DOCS = TOP / "docs"
OUTLINES = TOP / "tests" / "golden" / "pictures"
BYTES_MOST = 150_000  # a picture: README.md loads the overview, on a telephone too
SCALE = 1.5  # pixels a CSS pixel: sharp on most screens
COLOURS = 96  # of a palette: our pages have few, and letters many shades of them

OUTLINE = """
(until) => {
  const last = document.querySelector(until);
  if (!last) return null;
  const words = "h2, thead th, dt, summary, button, label, nav a";
  const words_of = (one) => one.textContent.trim().replace(/\\s+/g, " ").replace(/\\d+/g, "#");
  const name = (one) => one.localName + [...one.classList].sort().map((each) => "." + each).join("");
  const lines = new Set();
  for (const one of document.body.querySelectorAll("*")) {
    const behind = last.compareDocumentPosition(one);
    if (behind & Node.DOCUMENT_POSITION_FOLLOWING && !(behind & Node.DOCUMENT_POSITION_CONTAINED_BY)) continue;
    if (!one.checkVisibility() || one.parentElement.closest("svg")) continue;
    const style = getComputedStyle(one);
    const look = [style.display, style.color, style.backgroundColor, style.fontSize, style.fontWeight].join(" ");
    const said = one.matches(words) && !one.querySelector("time") ? " “" + words_of(one) + "”" : "";
    lines.add(name(one.parentElement) + " > " + name(one) + said + ": " + look);
  }
  return [...lines].sort();
}
"""
# The last line, above the height given and within `until`, that cuts through no text, drawing, row or box.
CUT = """
([until, most]) => {
  const whole = (one) => one.matches("svg, tr, article, pre, dl, aside, blockquote, p, h1, h2, .level, .action") ||
    [...one.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.textContent.trim());
  const spans = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility() && whole(one))
    .map((one) => one.getBoundingClientRect()).filter((box) => box.height < most / 3)
    .map((box) => [box.top + scrollY, box.bottom + scrollY]);
  let cut = Math.min(most, document.querySelector(until).getBoundingClientRect().bottom + scrollY);
  for (let through = spans; through.length; ) {
    through = spans.filter(([top, bottom]) => top < cut - 1 && cut < bottom - 1);
    if (through.length) cut = Math.min(...through.map(([top]) => top));
  }
  return Math.floor(cut);
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page from its top to the end of the element `until`, and no higher than `height_most` CSS pixels."""

    name: str  # docs/NAME.png
    path: str  # of the page; "" is a mail
    until: str
    width: int
    height_most: int
    scheme: str = "light"

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return DOCS / f"{self.name}.png"

    @property
    def outline(self) -> Path:
        """Where its outline is kept."""
        return OUTLINES / f"{self.name}.txt"


PICTURES = (
    Picture(name="overview", path="/", until="main", width=1180, height_most=1300),
    Picture(name="list-page", path="/lists/ipv6-ops", until="[data-live=findings]", width=1180, height_most=1150),
    Picture(
        name="telephone",
        path="/lists/ipv6-ops",
        until="[data-live=findings]",
        width=390,
        height_most=1000,
        scheme="dark",
    ),
    Picture(name="mail", path="", until="body", width=720, height_most=1350),
)


def opened(chromium, picture, *, base_url=None):
    """A browser's context for that picture; to be closed."""
    return chromium.new_context(
        base_url=base_url,
        viewport={"width": picture.width, "height": 850},
        color_scheme=picture.scheme,
        device_scale_factor=SCALE,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )


def show(page, picture, mail):
    """Open what it shows: the page, or that HTML of a mail."""
    if picture.path:
        page.goto(picture.path)
        page.wait_for_load_state("load")
    else:
        page.set_content(mail)


def outline_of(page, picture):
    """The outline of what is opened, a line for each kind of element."""
    lines = page.evaluate(OUTLINE, picture.until)
    assert lines, f"there is no {picture.until} in {picture.path or 'the mail'}"
    return "\n".join(lines) + "\n"


def take(page, picture):
    """Write the picture of what is opened, as small as a palette makes it. Needs pngquant."""
    clip = {"x": 0, "y": 0, "width": picture.width, "height": page.evaluate(CUT, [picture.until, picture.height_most])}
    raw = page.screenshot(full_page=True, clip=clip)
    shrunk = subprocess.run(
        ["pngquant", "--strip", "--speed", "1", str(COLOURS), "-"], input=raw, capture_output=True, check=True
    )
    picture.file.write_bytes(shrunk.stdout)


def can_be_shrunk():
    """Whether the program is here that does it."""
    return shutil.which("pngquant") is not None


def difference(picture, now):
    """What is otherwise than when the picture was taken, as a diff; "" for nothing."""
    then = picture.outline.read_text(encoding="utf-8")
    return "\n".join(difflib.unified_diff(then.splitlines(), now.splitlines(), "then", "now", lineterm="", n=0))
