"""The page that explains a message, and the API's operation for it."""

import pytest
from fastapi.testclient import TestClient

from tests import seed
from tests.pages import pages_of

MESSAGE = """\
Received: from mail.lists.example.org (mail.lists.example.org [IPv6:2001:db8:25::25])
 by mx.example.edu (Postfix) with ESMTPS id 4XyZ for <reader@example.edu>; Tue, 24 Nov 2026 09:00:05 +0000
Authentication-Results: mx.example.edu; spf=fail smtp.mailfrom=lists.example.org
Received: from author.example.net (author.example.net [192.0.2.7])
 by mail.lists.example.org (Postfix) with ESMTP id 3AbC; Tue, 24 Nov 2026 09:00:00 +0000
From: <script>alert(1)</script>
Subject: hello

body
"""


@pytest.fixture
def client(store):
    return TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")


def test_a_pasted_message_is_shown_hop_by_hop(client):
    answer = client.post("/explain", data={"pasted": MESSAGE})
    assert answer.status_code == 200
    assert "A message, explained" in answer.text
    first, second = answer.text.index("<strong>mail.lists.example.org"), answer.text.index("<strong>mx.example.edu")
    assert first < second
    assert "2001:db8:25::25" in answer.text
    assert "<script>alert" not in answer.text


def test_a_dropped_file_is_read_as_well(client):
    answer = client.post("/explain", files={"dropped": ("m.eml", MESSAGE.encode(), "message/rfc822")})
    assert "<strong>mx.example.edu" in answer.text


@pytest.mark.parametrize(("pasted", "said"), [("", "There is nothing to explain"), ("no header", "This is no message")])
def test_what_is_no_message_is_said(client, pasted, said):
    answer = client.post("/explain", data={"pasted": pasted})
    assert answer.status_code == 422
    assert said in answer.text


def test_hostile_fields_stay_text(client):
    hostile = MESSAGE.replace("mail.lists.example.org (", "<img/src=x> (").replace(
        "spf=fail", 'spf="><script>evil</script>'
    )
    body = client.post("/explain", data={"pasted": hostile}).text
    assert "<img/src" not in body
    assert "<script>evil" not in body


def test_another_site_cannot_send_it(client):
    assert client.post("/explain", data={"pasted": MESSAGE}, headers={"origin": "https://x.example"}).status_code == 403


def test_programs_get_the_document_of_the_command(client):
    told = client.post("/api/v1/explain", content=MESSAGE.encode(), headers={"content-type": "message/rfc822"}).json()
    assert told["schema"] == "staysub.explain/1"
    assert [hop["n"] for hop in told["hops"]] == [1, 2]
    assert client.post("/api/v1/explain", content=b"").status_code == 422
    assert client.post("/api/v1/explain", content=b"\x00\xff" * 2_000_000).status_code in {200, 422}
