"""The overview of a host with many lists: folded by what they share, a page of their own for those of one group."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from monitor.config.settings import Settings
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.incidents import IncidentSubject
from monitor.model.risk import RiskLevel
from monitor.store import open_store
from tests import seed
from tests.builders import a_finding, an_assessment, an_incident
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

V6 = "2001:db8:25::25"
PTR = Fix(action=FixAction.PUBLISH, name="5.2.ip6.arpa", type="PTR", value="mail.lists.example.org.")
NO_PTR = a_finding("ptr.missing", Severity.CRITICAL, evidence={"client_ip": V6}, fix=PTR)
WIDE = a_finding("spf.too-wide", evidence={"domain": "<i>lists</i>.example.org"})
SHARED, WATCHED, WELL = 3000, 4, 26
LINE = f"mail.lists.example.org ({V6}) has no PTR record"


def kept(store, number, level, *findings, prefix):
    """So many lists of which that is thought."""
    ids = [f"{prefix}-{n:04}" for n in range(number)]
    for each in ids:
        thought = an_assessment(level, list_id=each, findings=findings, reason=f"It is {level}.")
        store.outcomes.record_assessment(thought, cause="check:1")
    return ids


@pytest.fixture(scope="module")
def module_store():
    """A store of this module's own: the tests below write into another one."""
    with redis_server() as url:
        yield open_store(url)


@pytest.fixture(scope="module")
def client(module_store):
    """The pages of 3030 lists, nearly all of which one PTR record is missing for."""
    ids = [
        *kept(module_store, SHARED, RiskLevel.AT_RISK, NO_PTR, prefix="shared"),
        *kept(module_store, WATCHED, RiskLevel.WATCH, WIDE, prefix="watched"),
        *kept(module_store, WELL, RiskLevel.OK, prefix="well"),
    ]
    subject = IncidentSubject.condition("ptr.missing", V6)
    incident = an_incident(RiskLevel.AT_RISK, id="of-the-host", list_id=subject.text, opened_at=seed.NOW)
    assert module_store.incidents.commit(incident, [], expected_revision=0)
    settings = Settings(file_lists=tuple(map(seed.mailing_list, ids)))
    return TestClient(pages_of(lambda: settings, module_store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")


def named(body):
    """The lists that a page names."""
    return re.findall(r'class="name" href="/lists/([^"]+)"', body)


def counted(body):
    """The number beside each level's filter."""
    nav = re.search(r'aria-label="Filter by level".*?</nav>', body, re.DOTALL)[0]
    return [int(each.replace("\u202f", "")) for each in re.findall(r"<b>([\d\u202f]+)</b>", nav)]


def sizes(body):
    """How many lists each group says it has."""
    return [int(each.replace("\u202f", "")) for each in re.findall(r"<b>([\d\u202f]+)</b> lists?</span>", body)]


def test_a_cause_of_many_lists_is_one_line_with_its_record_and_few_of_them(client):
    body = client.get("/").text
    assert sizes(body) == [SHARED, WATCHED, WELL]
    assert LINE in body
    assert "Publish this PTR record at 5.2.ip6.arpa" in body
    assert 0 < len(named(body)) < 20, "of a group of three thousand only the worst are there"
    assert len(body) < 60_000
    assert '<a href="/incidents/of-the-host">Incident of the host</a>' in body
    assert 'href="/findings/ptr.missing"' in body, "what that means is told in plain words"
    assert "&lt;i&gt;lists&lt;/i&gt;.example.org" in body, "what came from outside is no markup"


def test_all_lists_of_a_group_have_pages_of_their_own(client):
    path = re.search(r'href="([^"]+)">All 3\u202f000 lists', client.get("/").text)[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(path).query) == {"by": ["cause"], "group": [f"ptr.missing {V6}"]}
    first = client.get(path).text
    assert LINE in first
    assert counted(first) == [SHARED, 0, SHARED, 0, 0, 0]
    assert len(named(first)) == 50
    second = client.get(re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")).text
    assert named(second) == [f"shared-{n:04}" for n in range(50, 100)]
    assert "No list matches" in client.get("/", params={"by": "cause", "group": "gone"}).text


def test_words_and_levels_narrow_the_groups_and_their_counts_stay_true(client):
    found = client.get("/", params={"q": "shared-000"}).text
    assert sizes(found) == [10], "as many of the group as have the word"
    assert counted(found) == [10, 0, 10, 0, 0, 0]
    assert LINE in found
    watched = client.get("/", params={"level": "watch"}).text
    assert sizes(watched) == [WATCHED]
    assert counted(watched) == [SHARED + WATCHED + WELL, 0, SHARED, WATCHED, 0, WELL], "what each filter would show"
    both = client.get("/", params={"by": "cause", "group": f"ptr.missing {V6}", "q": "2999"}).text
    assert named(both) == ["shared-2999"]
    form = re.search(r'<form class="find".*?</form>', both, re.DOTALL)[0]
    assert 'name="by" value="cause"' in form
    assert f'name="group" value="ptr.missing {V6}"' in form, "searching on stays within the group"


def test_another_view_is_chosen_and_stays(client):
    each = client.get("/", params={"by": "list"}).text
    assert named(each)[:2] == ["shared-0000", "shared-0001"]
    assert 'rel="next" href="/?by=list&amp;offset=50"' in each
    hosts = client.get("/", params={"by": "host"}).text
    assert sizes(hosts) == [SHARED + WATCHED + WELL]
    assert f"{V6} has no PTR record" in hosts, "a host says what is wrong there"
    assert "<b>3\u202f000</b>" in hosts
    unknown = client.get("/", params={"by": "moon phase"})
    assert (unknown.status_code, sizes(unknown.text)) == (200, sizes(client.get("/").text))


def test_few_lists_are_shown_one_by_one(store):
    seed.fill(store)
    client = TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    assert len(named(client.get("/").text)) == len(seed.LEVELS)
    grouped = client.get("/", params={"by": "cause"}).text
    assert sum(sizes(grouped)) == len(seed.LEVELS)
    assert "window.owned=1</script>" not in grouped


def test_one_list_alone_has_no_choice_of_views(store):
    settings = Settings(file_lists=(seed.mailing_list("only"),))
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    assert "What stands together" not in client.get("/").text
    assert sizes(client.get("/", params={"by": "cause"}).text) == [1]
    nothing = TestClient(pages_of(Settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    assert "[[list]]" in nothing.get("/", params={"by": "cause"}).text


def test_lists_that_a_silent_resolver_hides_are_one_line(store):
    """Ten thousand of them would be ten thousand times the same sentence."""
    ids = [f"dark-{n}" for n in range(40)]
    for each in ids:
        thought = an_assessment(RiskLevel.UNKNOWN, list_id=each, blind=("resolver",))
        store.outcomes.record_assessment(thought, cause="check:1")
    settings = Settings(file_lists=tuple(map(seed.mailing_list, ids)))
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    body = client.get("/").text
    assert sizes(body) == [40]
    assert "Our own name server does not answer, so nothing is known of any record" in body


def test_what_is_to_be_set_is_code_in_a_groups_line(store):
    fix = Fix(action=FixAction.CHANGE, name="what the list does", type="", value="Set it to `munge_from`, for all.")
    rejected = a_finding("dmarc.author-reject", fix=fix)
    store.outcomes.record_assessment(
        an_assessment(RiskLevel.WATCH, list_id="one", findings=[rejected]), cause="check:1"
    )
    settings = Settings(file_lists=(seed.mailing_list("one"),))
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    body = client.get("/", params={"by": "manager"}).text
    assert "Change what the list does: Set it to <code>munge_from</code>, for all." in body
    assert "`" not in body
