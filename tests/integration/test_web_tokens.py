"""Tokens of programs: what a scope opens, that only digests are kept, and the commands that make and revoke them."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from monitor.cli.main import cli
from monitor.config.settings import WebSettings
from monitor.store import keys
from monitor.store.tokens import Scope
from tests import seed
from tests.pages import pages_of

OWN = "a-long-and-secret-token"


@pytest.fixture
def client(store):
    seed.fill(store)
    settings = seed.settings(web=WebSettings(token=OWN))
    return TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://pages.example.org")


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def made(store, scope, **more):
    return store.tokens.create("a test", scope, now=seed.NOW, **more)[1]


def test_a_token_of_scope_read_reads_and_changes_nothing(client, store):
    token = bearer(made(store, Scope.READ))
    for path in ("/api/v1/lists", "/api/v1/lists/ipv6-ops", "/metrics", "/", "/api/v1/openapi.json"):
        assert client.get(path, headers=token, follow_redirects=False).status_code == 200, path
    assert client.post("/api/v1/explain", headers=token, content=b"From: a@example.org\n\nx").status_code == 200
    for method, path in (
        ("PUT", "/api/v1/lists/new"),
        ("PATCH", "/api/v1/lists/new"),
        ("DELETE", "/api/v1/lists/new"),
        ("POST", "/api/v1/incidents/inc-ipv6-ops/acknowledge"),
        ("POST", "/incidents/inc-ipv6-ops/acknowledge"),
    ):
        refused = client.request(method, path, headers=token, json={})
        assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


def test_a_token_of_scope_write_changes(client, store):
    answer = client.post(
        "/api/v1/incidents/inc-ipv6-ops/acknowledge", headers=bearer(made(store, Scope.WRITE)), json={"by": "bot"}
    )
    assert answer.json()["state"] == "acknowledged"
    assert client.get("/api/v1/lists", headers=bearer(OWN)).status_code == 200


def test_what_is_no_token_opens_nothing(client, store):
    good = made(store, Scope.WRITE)
    other = made(store, Scope.WRITE)
    short_lived = made(store, Scope.READ, expires_at=seed.NOW - timedelta(seconds=1))
    swapped = good[:21] + other[21:]
    for wrong in ("", good[:-1], good + "x", swapped, short_lived, good.upper(), "staysub_0_x", "é"):
        answer = client.get("/api/v1/lists", headers={"authorization": f"Bearer {wrong}".encode()})
        assert answer.status_code == 401, wrong
    store.tokens.revoke(good.split("_")[1])
    assert client.get("/api/v1/lists", headers=bearer(good)).status_code in {401, 429}


def test_only_digests_are_kept(store):
    token = made(store, Scope.READ)
    secret = token.split("_", 2)[2]
    assert all(secret.encode() not in each for each in store.client.hvals(keys.TOKENS))


def run(file, *args):
    return CliRunner().invoke(cli, ["--config", str(file), "tokens", *args], standalone_mode=False)


def test_tokens_are_made_listed_and_revoked_by_command(store, redis_url, tmp_path):
    file = tmp_path / "staysub.toml"
    file.write_text(f'[redis]\nurl = "{redis_url}"\n')
    created = json.loads(run(file, "create", "grafana", "--scope", "write", "--for", "90d", "--json").stdout)
    assert created["schema"] == "staysub.tokens-create/1"
    assert store.tokens.find(created["token"], seed.NOW).scope is Scope.WRITE
    listed = run(file, "list", "--json").stdout
    assert created["token"] not in listed
    assert [one["name"] for one in json.loads(listed)["tokens"]] == ["grafana"]
    assert "grafana" in run(file).stdout
    assert run(file, "revoke", created["token"]).stdout == f"{created['id']} opens nothing any more.\n"
    assert store.tokens.all() == ()
    plain = run(file, "create", "two")
    assert plain.stdout.startswith("staysub_")
    assert plain.stdout.count("\n") == 1  # the token alone, fit for $(…)
