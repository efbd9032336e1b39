# ruff: noqa: N815 - the field names are those of Alertmanager
"""Our calls as others read them: the Standard Webhooks library for JavaScript, and Alertmanager's webhook body."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from standardwebhooks.webhooks import Webhook

from monitor.model.incidents import NoticeState
from monitor.notify.formats import body
from monitor.notify.notice import TEST
from monitor.notify.webhook import signature_headers
from tests.sample_notices import SECRET, SECRET_TOO, notice

JAVASCRIPT = Path(__file__).parents[1] / "javascript"


@pytest.fixture(scope="session")
def verify_in_javascript():
    """A function (secret, headers, body) → what the npm package says. Installed once beside its lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None:
        pytest.skip("node is not installed (apt install nodejs npm)")
    if not (JAVASCRIPT / "node_modules" / "standardwebhooks").is_dir():
        if npm is None:
            pytest.skip("npm is not installed (apt install npm)")
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"]
        try:
            subprocess.run(command, cwd=JAVASCRIPT, capture_output=True, check=True, timeout=100)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot install the package here: {str(error.stderr)[-200:]}")

    def verify(secret, headers, content):
        asked = json.dumps({"secret": secret, "headers": headers, "body": content.decode()})
        command = [node, str(JAVASCRIPT / "verify.mjs")]
        environ = {"PATH": os.environ["PATH"]}
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=60, env=environ)
        return json.loads(done.stdout)

    return verify


def signed(secrets):
    one = notice("webhook")
    content = body(one, "standard")
    return signature_headers(one.id, content, secrets, now=datetime.now(UTC)), content


def test_both_secrets_of_a_rotation_verify_in_javascript_and_python(verify_in_javascript):
    headers, content = signed([SECRET, SECRET_TOO])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, SECRET_TOO):
        said = verify_in_javascript(secret, headers, content)
        assert said == {"verified": True, "type": "list.risk.raised", "list": "ipv6-ops"}
        assert Webhook(secret).verify(content, headers)["type"] == "list.risk.raised"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"body": b" "}, id="another body"),
        pytest.param({"headers": {"webhook-id": "msg_other"}}, id="another id"),
        pytest.param({"headers": {"webhook-timestamp": "1500000000"}}, id="an old time"),
        pytest.param({"secret": SECRET_TOO}, id="another secret"),
    ],
)
def test_what_was_changed_on_the_way_does_not_verify_in_javascript(verify_in_javascript, wrong):
    headers, content = signed([SECRET])
    content += wrong.get("body", b"")
    said = verify_in_javascript(wrong.get("secret", SECRET), {**headers, **wrong.get("headers", {})}, content)
    assert said["verified"] is False


class Strict(BaseModel):
    """Every field of the published shape is there, and no other one."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Alert(Strict):
    """`alerts` in Alertmanager's documentation of `<webhook_config>`."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: AwareDatetime
    endsAt: AwareDatetime
    generatorURL: str
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")


class Message(Strict):
    """The body that Alertmanager's documentation of `<webhook_config>` prints, version 4."""

    version: Literal["4"]
    groupKey: str
    truncatedAlerts: int
    status: Literal["firing", "resolved"]
    receiver: str
    groupLabels: dict[str, str]
    commonLabels: dict[str, str]
    commonAnnotations: dict[str, str]
    externalURL: str
    alerts: list[Alert] = Field(min_length=1)


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("list.risk.raised", "firing", "ListSubscribersAtRisk"),
        ("list.risk.changed", "firing", "ListSubscribersAtRisk"),
        ("list.risk.resolved", "resolved", "ListSubscribersAtRisk"),
        (TEST, "firing", "StaysubTest"),
        ("channel.failed", "firing", "StaysubChannelFailed"),
    ],
)
def test_an_alertmanager_body_has_the_published_shape(kind, status, name):
    one = replace(notice("webhook"), type=kind, state=NoticeState.PENDING)
    message = Message.model_validate_json(body(one, "alertmanager"))
    (alert,) = message.alerts
    assert (message.status, alert.status, alert.labels["alertname"]) == (status, status, name)
    assert message.groupLabels.items() <= message.commonLabels.items() <= alert.labels.items()
    assert (alert.endsAt > alert.startsAt) is (status == "resolved") or alert.endsAt == alert.startsAt


def test_raising_and_resolving_are_one_alert():
    raised, resolved = (
        Message.model_validate_json(body(replace(notice("webhook"), type=kind), "alertmanager"))
        for kind in ("list.risk.raised", "list.risk.resolved")
    )
    assert raised.alerts[0].fingerprint == resolved.alerts[0].fingerprint
    assert raised.groupKey == resolved.groupKey
