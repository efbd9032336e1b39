"""The page that explains a message, and the API's operation for it."""

import re

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


POST = MESSAGE.replace("Subject: hello", "List-Post: <mailto:{address}>\nSubject: hello")
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=s1; h=from; bh=AA==; b=AA==\n"


@pytest.fixture
def a_post(client, store):
    """A post of the first list, signed by its domain; its list, and a form's token."""
    listed = seed.settings().file_lists[0]
    domain = listed.address.rpartition("@")[2]
    form = client.get("/explain").text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', form)
    assert token is not None
    assert f'<option value="{listed.id}">' in form
    return listed, SIGNED.format(domain=domain) + POST.format(address=listed.address), token[1]


def test_a_post_of_a_list_teaches_by_which_key_it_signs(client, store, a_post):
    listed, post, token = a_post
    client.post("/explain", data={"pasted": post})
    assert store.learnt.of_list(listed.id) is None  # nobody said whose it is
    answer = client.post("/explain", data={"pasted": post, "post_of": listed.id, "csrf": token})
    assert answer.status_code == 200
    assert f"signed by the DKIM key s1._domainkey.{listed.address.rpartition('@')[2]}" in answer.text
    (learnt,) = store.learnt.of_list(listed.id).seen
    assert learnt.key.selector == "s1"


def test_only_a_form_of_ours_may_teach(client, store, a_post):
    listed, post, _ = a_post
    for csrf in ("", "0" * 64):
        answer = client.post("/explain", data={"pasted": post, "post_of": listed.id, "csrf": csrf})
        assert answer.status_code == 403
    assert store.learnt.of_list(listed.id) is None


def test_a_message_of_another_list_is_refused_in_a_sentence(client, store, a_post):
    listed, _, token = a_post
    answer = client.post("/explain", data={"pasted": MESSAGE, "post_of": listed.id, "csrf": token})
    assert answer.status_code == 422
    assert "Nothing in the message says that it came through" in answer.text
    unknown = client.post("/explain", data={"pasted": MESSAGE, "post_of": "nobody", "csrf": token})
    assert unknown.status_code == 404
