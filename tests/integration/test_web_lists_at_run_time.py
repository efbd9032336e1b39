"""Lists added, changed and removed over the API: judged like those of the file, and seen by every part."""

import html
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from monitor.cli.main import cli
from monitor.config.settings import NoticeSettings
from monitor.errors import StoreUnavailable
from monitor.model.incidents import IncidentState
from monitor.operations.services import Services
from monitor.operations.tick import tick
from monitor.store import open_store
from monitor.store.list_record import Depth
from tests import seed
from tests.pages import pages_of

NEW = {
    "address": "new@lists.example.net",
    "reverse_path": "new-bounces@lists.example.net",
    "helo": "mail.lists.example.net",
    "outbound": ["192.0.2.77", "2001:db8:77::77"],
}
PATH = "/api/v1/lists/new"


def client_over(store, **more):
    settings = seed.settings(**more)
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")


@pytest.fixture
def client(store):
    seed.fill(store)
    return client_over(store)


@pytest.fixture(scope="module")
def bare(redis_url):
    """A client over an empty store, made once: for what is refused anyway."""
    return client_over(open_store(redis_url))


@pytest.fixture
def services(redis_url):
    """Another process's services on the same store."""
    settings = seed.settings()
    return Services(
        settings=lambda: settings,
        store=open_store(redis_url),
        resolver=lambda: None,
        authorities=lambda: None,
        rules=None,
        now=lambda: seed.NOW,
    )


def ids(client):
    return {one["id"] for one in client.get("/api/v1/lists").json()["lists"]}


def test_put_adds_replaces_and_may_be_repeated(client):
    added = client.put(PATH, json=NEW)
    assert (added.status_code, added.headers["location"]) == (201, PATH)
    assert added.json()["origin"] == "api"
    again = client.put(PATH, json=NEW)
    assert (again.status_code, again.headers["etag"]) == (200, added.headers["etag"])
    assert client.put(PATH, json={**NEW, "messages_per_day": 3}).json()["messages_per_day"] == 3
    assert "new" in ids(client)


def test_every_part_sees_an_added_list(client, services, redis_url, tmp_path):
    """Pages, scheduler, workers and commands, of other processes too."""
    assert services.watched("new") is None
    client.put(PATH, json=NEW)
    assert client.get("/lists/new").status_code == 200
    assert services.watched("new").helo == "mail.lists.example.net"
    tick(services)
    assert services.store.list_record("new", Depth(due=True)).next_check is not None
    file = tmp_path / "staysub.toml"
    file.write_text(f'[redis]\nurl = "{redis_url}"\n')
    shown = CliRunner().invoke(cli, ["--config", str(file), "status", "new", "--json"], standalone_mode=False)
    assert (shown.return_value, '"list_id": "new"' in shown.output) == (3, True)


def test_a_removed_list_is_forgotten_and_its_incident_ends(client, services, store):
    client.put(PATH, json=NEW)
    tick(services)
    incident = replace(store.incidents.get("inc-ipv6-ops"), id="inc-new", list_id="new", revision=1)
    assert store.incidents.commit(incident, (), expected_revision=0)
    assert client.delete(PATH).status_code == 204
    assert client.delete(PATH).status_code == 404
    tick(services)
    tick(services)
    assert services.store.list_record("new", Depth(due=True)).next_check is None
    ended = store.incidents.get(incident.id)
    assert (ended.state, ended.level) == (IncidentState.RESOLVED, incident.level)
    assert ended.history[-1].cause == "The list is watched no longer."
    assert "new" not in ids(client)


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"outbond": []}, "outbond", "is not a key here; did you mean outbound?"),
        ({"outbound": ["192.0.2.300"]}, "outbound[0]", "is no IP address"),
        ({"outbound": []}, "outbound", "must not be empty"),
        ({"outbound": ["192.0.2.25", "10.0.0.5"]}, "outbound[1]", "10.0.0.5 is a private address (RFC 1918), which no"),
        ({"helo": None}, "helo", "is missing. What its MTA says in EHLO."),
        ({"id": "other"}, "id", "is 'other', but the request is about 'new'"),
        ({"messages_per_day": -1}, "messages_per_day", "must be a number of messages a day, 0 or more, not -1"),
        ({"owners": ["a@example.org"]}, "notices.from", "is missing: the owners of new could not be told"),
        (
            {"bounce_policy": {"bounce_treshold": 3}},
            "bounce_policy.bounce_treshold",
            "is not a setting of GNU Mailman 3",
        ),
        ({"submission": {"file": "/etc/passwd"}}, "submission", "must be the secret itself"),
        ({"submission": "smtp://u:***@mx.example.org"}, "submission", "stands for a secret"),
        ({"webhook": [{"url": "https://h.example.org"}]}, "webhook[0].secret", "is missing; format"),
    ],
)
def test_faults_are_told_as_those_of_the_file(bare, store, change, place, said):
    answer = bare.put(PATH, json={**NEW, **change})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = {one["place"]: one["message"] for one in answer.json()["errors"]}
    assert said in told.get(place, ""), told
    assert place.startswith("notices") or 'list "new"' in answer.json()["detail"]
    assert store.lists.document("new") is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"address": "\\ud800"}', b'{"messages_per_day": NaN}', b"[" * 100_000, b"\xff\xfe"],
)
def test_what_is_no_json_object_is_refused(bare, body):
    answer = bare.put(PATH, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_body_without_end_is_cut(bare):
    assert bare.put(PATH, content=b" " * 1_100_000).status_code == 413


def test_a_list_of_the_file_is_changed_only_there(client):
    for answer in (
        client.put("/api/v1/lists/gardening", json=NEW),
        client.patch("/api/v1/lists/gardening", json={"messages_per_day": 2}),
        client.delete("/api/v1/lists/gardening"),
    ):
        assert answer.status_code == 409
        assert answer.json()["detail"] == "gardening stands in the configuration file and can be changed only there."


def test_the_lists_of_the_file_hold_where_both_have_one_of_that_id(store, client):
    client.put(PATH, json=NEW)
    of_file = seed.mailing_list("new")
    assert [each for each in store.lists.merged_with((of_file,)) if each.id == "new"] == [of_file]


def test_patch_changes_what_it_names_and_keeps_secrets(store):
    client = client_over(store, notices=NoticeSettings(sender="s@example.org", relay="smtp://localhost:25"))
    secret = {"submission": "smtp://user:hunter2@mx.example.org", "owners": ["a@example.org"]}
    shown = client.put(PATH, json={**NEW, **secret})
    assert "hunter2" not in shown.text
    assert shown.json()["settings"]["submission"] == "smtp://user:***@mx.example.org"
    patched = client.patch(
        PATH, json={"messages_per_day": 7.5, "owners": None, "subscribers": {"example.edu": 4}}
    ).json()
    assert patched["messages_per_day"] == 7.5
    assert patched["settings"]["owners"] == []
    assert patched["subscribers"] == {"example.edu": 4}
    kept = store.lists.document("new")
    assert kept["submission"] == secret["submission"]
    assert client.patch("/api/v1/lists/none", json={}).status_code == 404


def test_the_address_of_an_endpoint_is_shown_without_its_secret_part(client):
    hook = {"url": "https://hooks.example.org/T0/B0/sesame", "format": "slack"}
    assert client.put(PATH, json={**NEW, "webhook": [hook]}).json()["settings"]["webhook"][0]["url"] == (
        "https://hooks.example.org/***"
    )
    assert "sesame" not in client.get(PATH).text
    assert all(
        "/…" in one["target"] for one in client.get("/api/v1/notices").json()["notices"] if "@" not in one["target"]
    )


def test_settings_as_they_are_shown_cannot_overwrite_the_secrets(client, store):
    """A program that reads, changes one thing and writes back must not store the masks."""
    hook = {"url": "https://hooks.example.org/T0/B0/sesame", "format": "slack"}
    secret = {"submission": "smtp://user:hunter2@mx.example.org", "webhook": [hook]}
    shown = client.put(PATH, json={**NEW, **secret}).json()["settings"]
    kept = store.lists.document("new")
    refused = client.put(PATH, json=shown | {"messages_per_day": 4})
    assert refused.status_code == 422
    assert {one["place"] for one in refused.json()["errors"]} == {"submission", "webhook[0].url"}
    assert store.lists.document("new") == kept
    without = {key: value for key, value in shown.items() if key not in secret}
    assert client.put(PATH, json=without).status_code == 200


def test_if_match_guards_what_somebody_else_has_changed(client, store):
    client.put(PATH, json=NEW)
    seen = client.get(PATH).headers["etag"]
    store.outcomes.record_assessment(replace(store.outcomes.assessment("gardening"), list_id="new"), cause="check:1")
    assert client.get(PATH).headers["etag"] != seen
    # What was learnt of the list since is no change of its settings.
    changed = client.patch(PATH, json={"messages_per_day": 2}, headers={"if-match": seen})
    assert changed.status_code == 200
    for late in (
        client.put(PATH, json=NEW, headers={"if-match": seen}),
        client.patch(PATH, json={"messages_per_day": 3}, headers={"if-match": seen}),
        client.delete(PATH, headers={"if-match": seen}),
        client.put(PATH, json=NEW, headers={"if-none-match": "*"}),
        client.put("/api/v1/lists/none", json=NEW, headers={"if-match": "*"}),
    ):
        assert late.status_code == 412
    assert client.delete(PATH, headers={"if-match": changed.headers["etag"]}).status_code == 204
    assert client.put(PATH, json=NEW, headers={"if-none-match": "*"}).status_code == 201


def test_an_answer_that_has_not_changed_costs_no_body(client):
    tag = client.get(PATH.replace("new", "gardening")).headers["etag"]
    same = client.get(PATH.replace("new", "gardening"), headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")


def test_lists_that_are_not_known_are_not_taken_for_none():
    """While Redis is away nobody can say which lists are watched: the schedule must not drop them."""
    away = open_store("unix:///nowhere/redis.sock")
    with pytest.raises(StoreUnavailable):
        away.lists.merged_with(())


def test_lists_are_read_anew_only_when_one_has_changed(client, store):
    client.put(PATH, json=NEW)
    of_file = seed.settings().file_lists
    first = store.lists.merged_with(of_file)
    assert store.lists.merged_with(of_file) is first
    client.patch(PATH, json={"messages_per_day": 9})
    second = store.lists.merged_with(of_file)
    assert second is not first
    assert second[-1].messages_per_day == 9


def test_a_document_that_this_version_cannot_read_is_left_out(client, store):
    from monitor.store import keys

    client.put(PATH, json=NEW)
    store.client.hset(keys.LISTS, "odd", b'{"id": "odd", "of_the_future": 1}')
    store.client.set(keys.LISTS_VERSION, "another")
    assert {"new", "gardening"} <= {each.id for each in store.lists.merged_with(seed.settings().file_lists)}


def test_a_list_that_an_earlier_version_took_from_a_private_address_is_told_with_the_reason(
    client, store, redis_url, tmp_path
):
    """It brings nothing down, is accused of nothing, and can be mended or deleted."""
    store.lists.put({**NEW, "id": "old", "outbound": ["10.0.0.5"]}, seen=None)
    store.outcomes.record_assessment(replace(store.outcomes.assessment("gardening"), list_id="old"), cause="check:1")
    file = tmp_path / "staysub.toml"
    file.write_text(f'[redis]\nurl = "{redis_url}"\n')
    ended = CliRunner().invoke(cli, ["--config", str(file), "status", "old", "--json"], standalone_mode=False)
    (told,) = json.loads(ended.output)["lists"]
    assert (ended.return_value, told["level"]) == (3, "unknown")
    why = "outbound[0]: 10.0.0.5 is a private address (RFC 1918), which no receiver on the internet sees"
    assert why in told["reason"]
    assert "Send them again over the API, or delete it there." in told["reason"]
    assert why in html.unescape(client.get("/").text)
    for path in ("/lists/old", "/api/v1/lists/old"):
        answer = client.get(path)
        assert (answer.status_code, why in html.unescape(answer.text)) == (404, True)
    assert client.patch("/api/v1/lists/old", json={"messages_per_day": 2}).status_code == 422
    assert client.patch("/api/v1/lists/old", json={"outbound": ["192.0.2.25"]}).status_code == 200
    assert client.delete("/api/v1/lists/old").status_code == 204


def test_the_document_names_every_operation_and_no_other(client):
    table = (Path(__file__).parents[2] / "docs/api.md").read_text()
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    told = {f"`{method.upper()} {path.removeprefix('/api/v1/')}`" for path, those in paths.items() for method in those}
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith(("| `GET", "| `POST", "| `PUT"))]
    assert {each.strip() for row in rows for each in row.split(",")} == told
