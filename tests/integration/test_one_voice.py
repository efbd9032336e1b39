"""Every surface says the same of a list at the same moment, in one vocabulary: commands, pages, mails, programs.

The oracle is this file's own: the words, the exit codes and where "nobody is expected" may stand are written down here
as the contract has them, not taken from the code.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

import monitor.dns.resolver
from monitor.cli.check.command import check_command
from monitor.cli.forecast.command import forecast_command
from monitor.cli.status import status_command
from monitor.model.incidents import Notice
from monitor.model.risk import Assessment, ReceiverForecast
from monitor.notify.digest import gather
from monitor.notify.mail import compose
from monitor.notify.weekly import Week, digest
from tests.configured import invoke
from tests.lists_of_every_kind import OWNER, UNREADABLE, WANTED, World, every_kind
from tests.pages import pages_of

pytestmark = pytest.mark.integration

LEVEL_WORDS = {"ok": "ok", "watch": "watch", "at-risk": "at risk", "critical": "critical", "unknown": "unknown"}
CODES = {"ok": 0, "watch": 1, "at-risk": 2, "critical": 2, "unknown": 3}
STATUSES = {"ok": "ok", "watch": "warning", "at-risk": "critical", "critical": "critical", "unknown": "unknown"}
SEVERITY_WORDS = {
    "critical": "mend now",
    "warning": "mend soon",
    "info": "note",
    "unknown": "not found out",
}
IN_DANGER = {"at-risk", "critical"}
# What may stand only where every receiver with subscribers has a known level and nothing is critical or unknown.
CALMING = re.compile(
    r"nobody (?:more )?is (?:expected|about)|nobody at risk|no reason to refuse|list is well|lists are well|others are well",
    re.IGNORECASE,
)
# What may stand only at *at risk* and *critical*.
ALARMING = re.compile(
    r"subscribers? in danger|(?:is|are|list) in danger|about to (?:lose|be dropped)|still in danger", re.IGNORECASE
)
DENIED = re.compile(
    r"(?:not|nobody is|no list is|none is) (?:known to be |expected to be )?(?:in danger|about to)", re.IGNORECASE
)


class Words(HTMLParser):
    """What a person reads of a page or of a mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._hidden, self.said = 0, []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self._hidden += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def read(html: str) -> str:
    return Words(html).text


class Told:
    """What every surface says of the lists, asked once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._each: dict[str, OfOne] = {}
        self.client = TestClient(
            pages_of(lambda: world.settings, world.store, lambda: datetime.now(world.now.tzinfo)),
            base_url="http://127.0.0.1:8025",
        )
        self.overview = self.client.get("/", params={"by": "list"}).text
        self.metrics = self.client.get("/metrics").text
        rows = json.loads(self.run(status_command, "--json").stdout)["lists"]
        self.status = {each["list_id"]: each for each in rows}
        self.api = {
            each["id"]: each for each in self.client.get("/api/v1/lists", params={"limit": 200}).json()["lists"]
        }

    def run(self, command: Any, *words: str) -> Any:
        return invoke(command, self.world.path, *words, catch_exceptions=False, standalone_mode=False)

    def of(self, list_id: str) -> "OfOne":
        return self._each.setdefault(list_id, OfOne(self, list_id))

    def row_of(self, list_id: str) -> str:
        found = re.search(rf'<tr[^>]*data-key="row-{re.escape(list_id)}".*?</tr>', self.overview, re.DOTALL)
        assert found, f"{list_id} is not on the overview"
        return found[0]


class OfOne:
    """What every surface says of one list."""

    def __init__(self, told: Told, list_id: str) -> None:
        self.told, self.id, self.store = told, list_id, told.world.store

    @cached_property
    def assessment(self) -> Assessment | None:
        return self.store.outcomes.assessment(self.id)

    @property
    def row(self) -> Mapping[str, Any]:
        return self.told.status[self.id]

    @property
    def level(self) -> str:
        return self.row["level"]

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(each for each in self.store.notices.of_list(self.id) if each.channel == "mail")

    @cached_property
    def ended(self) -> Mapping[str, Any]:
        """Every command that ends with a code."""
        run = self.told.run
        asked = {
            "status": (status_command, self.id),
            "status --json": (status_command, self.id, "--json"),
            "status --nagios": (status_command, self.id, "--nagios"),
        }
        if self.id != UNREADABLE:
            asked["check"] = (check_command, self.id, "--no-servers")
        if self.checked:
            asked |= {
                "check --json": (check_command, self.id, "--no-servers", "--json"),
                "check --nagios": (check_command, self.id, "--no-servers", "--nagios"),
                "check --stored": (check_command, self.id, "--stored"),
                "check --stored --json": (check_command, self.id, "--stored", "--json"),
                "check --stored --nagios": (check_command, self.id, "--stored", "--nagios"),
            }
        return {name: run(*words) for name, words in asked.items()}

    @property
    def checked(self) -> bool:
        return self.assessment is not None

    @cached_property
    def documents(self) -> Mapping[str, Any]:
        """The API's, and those of commands."""
        get = self.told.client.get
        found = {
            "list": get(f"/api/v1/lists/{self.id}").json(),
            "forecast": get(f"/api/v1/lists/{self.id}/forecast").json(),
        }
        found["forecast command"] = json.loads(self.told.run(forecast_command, self.id, "--json").stdout)
        return found

    @cached_property
    def page(self) -> str:
        return self.told.client.get(f"/lists/{self.id}").text

    @cached_property
    def shared(self) -> Mapping[str, str]:
        """Badge and feed, by the addresses that the page names."""
        paths = dict.fromkeys(re.findall(r"/(?:badge|feed)/[^\"<\s]+", self.page))
        return {path.rpartition(".")[2]: self.told.client.get(path).text for path in paths}

    @cached_property
    def incident(self) -> str:
        current = self.store.incidents.current(self.id)
        return "" if current is None else self.told.client.get(f"/incidents/{current.id}").text

    def mails(self) -> Iterator[tuple[str, str]]:
        """Every notice that was made, as it is sent; and what digests make of the newest."""
        for notice in self.notices:
            yield from _parts(f"mail {notice.type}", notice, self.told.world.now)
        if self.notices:
            made, members = gather(self.notices[:1], now=self.told.world.now, due_at=self.told.world.now)
            yield from _parts("digest", made, self.told.world.now, members=members)
        if self.assessment is not None:
            listed = next(each for each in self.told.world.settings.file_lists if each.id == self.id)
            week = Week(listed=listed, then=self.assessment.level, now=self.assessment)
            now = self.told.world.now
            made = digest(OWNER, [week], at=now, now=now)
            if made is not None:
                yield from _parts("weekly", made, now)

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Everything of this list alone that people read, by where it stands."""
        return dict(self._people())

    def _people(self) -> Iterator[tuple[str, str]]:
        for name, ended in self.ended.items():
            if "--json" not in name:
                yield name, " ".join(ended.stdout.split())
        yield "overview row", read(self.told.row_of(self.id))
        if self.id == UNREADABLE:
            return
        yield "forecast", " ".join(self.told.run(forecast_command, self.id).stdout.split())
        yield "page", read(self.page)
        if self.incident:
            yield "incident", read(self.incident)
        yield from self.mails()
        yield from self.shared.items()

    @property
    def calm(self) -> bool:
        """Whether every receiver with subscribers has a known level, and nothing is critical or unknown."""
        thought = self.assessment
        if thought is None or thought.level not in {"ok", "watch"} or not thought.forecasts:
            return False
        there = [each for each in thought.forecasts if not _nobody_at(each)]
        hanging = any(
            "bulk" in each.undecided for each in thought.admission if each.receiver in {f.receiver for f in there}
        )
        unplaced = self.documents["forecast"]["elsewhere"]["subscribers"]
        counted = sum(self.documents["list"]["subscribers"].values())
        return (
            unplaced * 20 <= counted
            and all(each.level in {"ok", "watch"} for each in there)
            and not any(each.severity in {"critical", "unknown"} for each in thought.findings)
            and not hanging
        )


def _nobody_at(forecast: ReceiverForecast) -> bool:
    return forecast.subscribers == 0 and (forecast.seen is None or forecast.seen.over_since is not None)


def _parts(name: str, notice: Notice, now: datetime, *, members: Any = ()) -> Iterator[tuple[str, str]]:
    message = compose(notice, sender="staysub@example.org", now=now, members=members)
    yield f"{name}, subject", str(message["Subject"])
    text, html = message.iter_parts()
    yield f"{name}, text", " ".join(text.get_content().split())
    yield f"{name}, HTML", read(html.get_content())


def nowhere(place: str, text: str, pattern: re.Pattern[str]) -> None:
    """Fails with what stands around it where the text has it."""
    found = pattern.search(text)
    if found is not None:
        pytest.fail(f"{place}: … {text[max(0, found.start() - 80) : found.end() + 80]} …")


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with every_kind() as world, pytest.MonkeyPatch.context() as patch:
        answers = world.resolver()
        patch.setattr(monitor.dns.resolver, "system_resolver", lambda *_args, **_more: answers)
        yield Told(world)


@pytest.fixture(params=WANTED)
def one(request: pytest.FixtureRequest, told: Told) -> OfOne:
    return told.of(request.param)


def test_the_world_has_every_level_and_kind(told):
    """Else the others would compare nothing with nothing."""
    levels = {each: told.status[each]["level"] for each in WANTED}
    assert set(levels.values()) >= {"ok", "watch", "critical", "unknown"}, levels
    assert set(levels) == set(told.status) == set(told.api)
    assert levels["newcomer"] == "watch", "the new user's: SPF lacks an address, nobody knows how the list signs"
    calm = {each for each in WANTED if told.of(each).calm}
    assert calm
    assert {each for each in WANTED if levels[each] in {"ok", "watch"}} - calm, "some are not in danger, and not calm"
    assert {each for each in WANTED if told.of(each).notices}
    assert told.of("mended").row["level"] in {"ok", "watch"}


def test_the_level_is_one(one, told):
    """Of every program's surface, and with what the commands end."""
    level = one.level
    assert told.api[one.id]["level"] == level
    assert f'staysub_list_risk_level{{level="{level}",list="{one.id}"}} 1.0' in told.metrics
    for name, ended in one.ended.items():
        assert ended.return_value == CODES[level], name
        if "--nagios" in name:
            assert ended.stdout.startswith(f"STAYSUB {STATUSES[level].upper()} - "), name
        if name.startswith("check") and "--json" in name:
            said = json.loads(ended.stdout)
            assert (said["level"], said["status"]) == (level, STATUSES[level]), name
    if one.checked:
        assert {name: each["level"] for name, each in one.documents.items()} == dict.fromkeys(one.documents, level)
        assert json.loads(one.shared["json"])["message"] == LEVEL_WORDS[level]
        assert f"{one.id}: {LEVEL_WORDS[level]}" in one.shared["svg"]
    current = one.store.incidents.current(one.id)
    if current is not None and current.state in {"open", "silenced", "acknowledged"}:
        assert current.level == level


def test_the_level_is_said_in_the_same_words(one, told):
    word = LEVEL_WORDS[one.level]
    said = one.people
    places = [
        each for each in said if each in {"status", "overview row", "page", "forecast"} or each.startswith("check")
    ]
    for place in places:
        assert re.search(rf"\b{word}\b", said[place], re.IGNORECASE), place
        assert "at-risk" not in said[place].replace("at_risk", ""), place
    (ours,) = {each.stdout.partition(" | ")[0] for name, each in one.ended.items() if "--nagios" in name}
    assert f"{one.id} {word}: " in ours


def test_the_reason_is_one(one, told):
    reason = one.row["reason"]
    assert told.api[one.id]["reason"] == reason
    flat = " ".join(reason.split())
    said = one.people
    for place in ("status", "overview row", *(each for each in said if each.startswith("check"))):
        if place in said:
            shown = said[place].replace("|", "/")
            assert _days_alike(flat).replace("|", "/") in _days_alike(shown), place


def _days_alike(text: str) -> str:
    """Pages leave out the year of a day where it is this one, and have elements for days and for code."""
    flat = re.sub(r" (?=[.,;:])", "", text.replace("`", ""))
    return re.sub(r"\b(\d{1,2} [A-Z][a-z]{2,8})(?: 202\d\b(?!:))?", r"\1", flat)


def test_no_word_of_a_level_is_said_of_a_finding_and_none_of_a_severity_of_a_list(one):
    """*Critical* stands only where the list is, or was, critical; a finding is to be mended now."""
    levels = {one.level} | {run.level.value for run in one.store.list_record(one.id, _history()).history}
    for place, text in one.people.items():
        bare = re.sub(r"STAYSUB [A-Z]+ - |\bcritical=\d+|My list is told critical: what now\?", "", text)
        nowhere(place, bare, re.compile(r"\bwarning\b", re.IGNORECASE))
        if "critical" not in levels:
            nowhere(place, bare, re.compile(r"\bcritical\b", re.IGNORECASE))
        if one.level not in IN_DANGER:
            for each in SEVERITY_WORDS.values():
                assert f"{one.id} {each}" not in bare, place


def test_findings_are_worded_by_how_soon_they_are_to_be_mended(one):
    if one.assessment is None:
        return
    said = one.people
    for each in one.assessment.findings:
        word = SEVERITY_WORDS[each.severity]
        assert re.search(rf"{word}\s+(?:\S+ ){{0,3}}?{re.escape(each.code)}", said["check --stored"]), each.code
        assert word.lower() in said["page"].lower(), each.code


def test_nobody_is_expected_stands_only_where_that_is_known(one):
    if one.calm:
        return
    for place, text in one.people.items():
        if place.startswith(("mail", "atom", "incident")):
            continue  # they tell of what was so then
        if place == "check" and not one.checked:
            continue  # it tells what it found just now, and says so
        nowhere(place, text, CALMING)


def test_in_danger_stands_only_where_subscribers_are(one):
    if one.level in IN_DANGER:
        return
    for place, text in one.people.items():
        if "resolved" in place or place.startswith(("atom", "incident")):
            continue  # they tell of what was so then
        nowhere(place, DENIED.sub("", text), ALARMING)


def test_the_overview_as_a_whole_promises_nothing_that_is_not_known(told):
    head = read(re.search(r"<h1.*?</h1>", told.overview, re.DOTALL)[0])
    assert not CALMING.search(head)
    danger = sum(each["level"] in IN_DANGER for each in told.status.values())
    numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    assert head.lower().startswith(numbers[danger] if danger < len(numbers) else str(danger))


def test_the_dates_are_one(one, told):
    act_by = one.row["act_by"]
    assert told.api[one.id]["act_by"] == act_by
    if act_by is None:
        assert f'staysub_list_act_by_timestamp_seconds{{list="{one.id}"}}' not in told.metrics
        return
    when = datetime.fromisoformat(act_by)
    stamp = re.search(rf'staysub_list_act_by_timestamp_seconds{{list="{one.id}"}} (\S+)', told.metrics)
    assert abs(float(stamp[1]) - when.timestamp()) < 1
    assert f'datetime="{act_by[:10]}' in told.row_of(one.id)
    assert f'datetime="{act_by[:10]}' in one.page
    for name in ("forecast", "forecast command"):
        dated = [
            each["disabled_on"]
            for each in one.documents[name]["receivers"]
            if each["disabled_on"] and each["level"] in IN_DANGER
        ]
        assert datetime.fromisoformat(min(dated)) == when, name
    assert json.loads(one.ended["check --json"].stdout)["act_by"] == act_by
    shown = f"{when.astimezone():%d %b}".lstrip("0")
    assert re.search(rf"\b0?{shown}|today|now", one.people["status"])


def test_the_counts_are_one(one, told):
    """How many subscribers are in danger: page, API, metrics and the payload of the newest notice."""
    count = told.api[one.id]["subscribers_at_risk"]
    sample = re.search(rf'staysub_list_subscribers_at_risk{{list="{one.id}"}} (\S+)', told.metrics)
    assert (None if sample is None else float(sample[1])) == count
    for notice in one.notices[:1]:
        payload = json.loads(notice.payload)
        if payload["level"] == one.level and payload.get("change") != "resolved":
            assert payload["subscribers_affected"] == (count if one.level in IN_DANGER else None)
    if count and one.level in IN_DANGER:
        assert str(count) in read(told.row_of(one.id))


def test_a_receiver_of_no_particular_kind_has_one_name(one):
    for place, text in one.people.items():
        for name in ("A receiver that asks for a PTR", "omains with mail servers of their own"):
            assert name not in text, place
        if place == "forecast" or place.startswith("check"):
            assert not re.search(r"\bgeneric\b", text), place


def _history() -> Any:
    from monitor.store.list_record import Depth

    return Depth(history=100)


def test_a_check_does_not_say_that_a_receiver_takes_what_it_was_seen_to_refuse(told):
    """Its rules would accept that mail, and the check said no more than that."""
    said = " ".join(told.of("refused").ended["check --stored"].stdout.split())
    assert "Gmail was seen to refuse, whatever its rules say." in said
    assert "was seen to refuse" not in told.of("garden-club").ended["check --stored"].stdout
