"""The API under whatever its own OpenAPI document allows, and more: no answer of 5xx, and each as it is described.

The application is the real one on a real store; half of the requests name what there is, the others what schemathesis
makes up.
"""

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from monitor.store import open_store
from tests import seed
from tests.pages import pages_of

EXAMPLES = 20  # of each operation and mode
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)
LIST = {
    "address": "new@lists.example.net",
    "reverse_path": "new-bounces@lists.example.net",
    "helo": "mail.lists.example.net",
    "outbound": ["192.0.2.77", "2001:db8:77::77"],
}
# What there is. A list of the file, lists that come and go, incidents with notices, a check.
REAL = {
    "list_id": st.sampled_from(["ipv6-ops", "hostile", "flaky-dns", "new", "newer"]),
    "incident_id": st.sampled_from(["inc-ipv6-ops", "inc-dns-void"]),
    "notice_id": st.sampled_from(["inc-ipv6-ops-webhook", "inc-dns-void-mail"]),
    "wanted": st.just("1795512580000"),
    "silence_id": st.just("sil-none"),
}
# What can be asked for wrongly: numbers of pages, and bodies.
MISUSED = (
    "GET /api/v1/lists",
    "GET /api/v1/lists/{list_id}/checks",
    "GET /api/v1/incidents",
    "PUT /api/v1/lists/{list_id}",
    "PATCH /api/v1/lists/{list_id}",
    "POST /api/v1/incidents/{incident_id}/acknowledge",
    "POST /api/v1/incidents/{incident_id}/silence",
)
load_all_checks()


@pytest.fixture(scope="module")
def app(redis_url):
    store = open_store(redis_url)
    store.client.flushdb()
    seed.fill(store)
    return pages_of(seed.settings, store, lambda: seed.NOW)


@pytest.fixture(scope="module")
def operations(app):
    document = TestClient(app, base_url="http://127.0.0.1").get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    return {each.ok().label: each.ok() for each in schema.get_all_operations()}


def named(case, data):
    """The case with real names in its path, where it has some."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = data.draw(REAL[name])


def made_good(case, data):
    """A body for a list that is a good one but for what was generated of some keys."""
    if case.operation.label.startswith(("PUT", "PATCH")) and isinstance(case.body, dict):
        some = st.sets(st.sampled_from(sorted(map(str, case.body)) or [""]), max_size=2)
        kept = data.draw(st.just(set()) | some)  # nothing as often as something: a good body must be among them
        case.body = {**LIST, **{key: value for key, value in case.body.items() if key in kept}}


def fuzz(client, operation, mode):
    answered = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data(), real=st.booleans())
    def run(case, data, real):
        if real:
            named(case, data)
            made_good(case, data)
        answer = case.call(session=client, base_url="http://127.0.0.1", headers={"host": "127.0.0.1"})
        answered.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    run()
    return answered


def test_every_operation_answers_as_it_is_described(app, operations):
    assert len(operations) > 25
    seen = {}
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        for label, operation in operations.items():
            seen[label] = set(fuzz(client, operation, GenerationMode.POSITIVE))
    assert all(any(code < 300 for code in codes) for label, codes in seen.items() if label.startswith("GET")), seen
    assert {200, 201} & seen["PUT /api/v1/lists/{list_id}"], seen
    assert {409, 422} & seen["PUT /api/v1/lists/{list_id}"], seen


def test_every_operation_bears_what_it_does_not_allow(app, operations):
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        refused = {label: set(fuzz(client, operations[label], GenerationMode.NEGATIVE)) for label in MISUSED}
    assert all(422 in codes for codes in refused.values()), refused
