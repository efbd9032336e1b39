"""Fixtures of the browser tests: the pages served over a real store, and Debian's Chromium."""

import json
import os
import re
import shutil
import socket
import threading
import urllib.request
from collections import Counter
from contextlib import contextmanager, suppress

import pytest
import uvicorn

from monitor.model.vantage import Vantage
from monitor.store import open_store
from tests import seed
from tests.harness import STAYSUB, TOP, started, wait_for
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
READY_S = 180  # of the demonstration; generous: the machine may have other work
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium():
    """One browser a module: while it is open, Playwright keeps an event loop running in this thread."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def store():
    with redis_server() as url:
        yield open_store(url)


@pytest.fixture(scope="session")
def site(store):
    """The address of the pages over the small world of `tests.seed`, served by uvicorn."""
    seed.fill(store)
    settings = seed.settings(receiver=Vantage(domain="v6.probe.example.net", hostname="mx.probe.example.net"))
    app = pages_of(lambda: settings, store, lambda: seed.NOW, demo_url="http://127.0.0.1:9/")
    with served(app) as address:
        yield address


@contextmanager
def served(app):
    """The address of the application, served by uvicorn."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "start of the pages", within_s=60)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    app.state.closing.set()
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(chromium, site):
    """A page whose errors and refused loads fail the test."""
    context = chromium.new_context(base_url=site, timezone_id="America/New_York", locale="en-GB")
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert faults == []


def open_all(page):
    """Open every fold of the page, those within others too."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


WORDS_ONCE = 7  # a sentence of more words than these stands once on a page
# Blocks of text of the page with all folds open. Left out: what is quoted as it came (each question to DNS with its
# answer), pictures, words for buttons, and the dates of each receiver, which are its own though another has the same.
BLOCKS = """() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const main = document.querySelector('main').cloneNode(true);
  for (const raw of main.querySelectorAll('.trace, .sr, svg, button, .fate')) raw.remove();
  const said = [], flowing = new Set(['SPAN', 'A', 'CODE', 'STRONG', 'TIME', 'B', 'I', 'EM']);
  let now = '';
  const end = () => { said.push(now); now = ''; };
  const read = element => {
    for (const node of element.childNodes) {
      if (node.nodeType === 3) now += node.textContent;
      else if (node.nodeType === 1 && flowing.has(node.tagName)) read(node);
      else if (node.nodeType === 1) { end(); read(node); end(); }
    }
  };
  read(main);
  end();
  return said;
}"""


def said_twice(page):
    """Sentences of more than WORDS_ONCE words that stand more than once on the page, with how often."""
    blocks = (" ".join(block.split()) for block in page.evaluate(BLOCKS))
    sentences = Counter(each for block in blocks for each in re.split(r"(?<=[.;:!?])\s+", block))
    return {each: count for each, count in sentences.items() if count > 1 and len(each.split()) > WORDS_ONCE}


def critical(pages):
    with suppress(OSError, ValueError), urllib.request.urlopen(f"{pages}api/v1/lists/ipv6-ops", timeout=5) as answer:
        said = json.load(answer)
        return said["level"] == "critical" and (said["incident"] or {}).get("state") == "open"
    return False


@pytest.fixture(scope="module")
def out_of_the_way():
    """The ports where a demonstration is looked for are taken: nobody who looks there presses buttons in this one."""
    held = []
    for port in (8025, 8026):
        with suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", port)))
    yield
    for one in held:
        one.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory, out_of_the_way):
    """(pages, workshop) of `staysub run`, once ipv6-ops is in danger and its incident open."""
    directory = tmp_path_factory.mktemp("demo")
    environ = {**{k: v for k, v in os.environ.items() if k != "STAYSUB_CONFIG"}, "PYTHONPATH": str(TOP)}
    said = directory / "said"

    def addresses():
        return re.search(r"Pages\s+(http://\S+).*?Workshop\s+(http://\S+)", said.read_text(), re.DOTALL)

    with started(
        [*STAYSUB, "run"],
        log=said,
        ready=lambda: (found := addresses()) and critical(found[1]),
        within_s=READY_S,
        cwd=directory,
        env=environ,
        start_new_session=True,
    ):
        yield addresses().groups()
