"""Whatever octets a message has: its header is read, its signatures and its author are judged, nothing is raised."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.dkim.verify import verify_all
from monitor.dmarc.evaluate import author_domain, evaluate, from_form, from_list
from monitor.evidence.canary.read import notices, read_canary
from monitor.model.evidence import AuthResult
from monitor.model.header import FromForm
from monitor.trace.header import read_header, values
from tests.builders import NOW
from tests.fakes import ZoneResolver

PARTS = st.sampled_from(
    [
        *(b"DKIM-Signature:", b"v=1;", b"a=rsa-sha256;", b"a=ed25519-sha256;", b"d=a.example;", b"s=k;", b"s=broken;"),
        *(
            b"h=from;",
            b"bh=Zg==;",
            b"b=Zg==;",
            b"l=1;",
            b"c=relaxed/relaxed;",
            b"x=9;",
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n ",
        ),
        *(b"From: a@a.example", b"From: =?x?q?", b"From: a@[::1], b@b.example", b"\x00", b"\xff", b":", b"; ;=;"),
    ]
)
MESSAGES = st.one_of(st.binary(max_size=200), st.lists(PARTS, max_size=30).map(b"".join))
RESOLVER = ZoneResolver(
    {
        "k._domainkey.a.example": {"TXT": ["v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL"]},
        "broken._domainkey.a.example": {"TXT": [b"v=DKIM1; k=ed25519; p=\xff;;==;"]},
        "_dmarc.a.example": {"TXT": ["v=DMARC1; p"]},
    }
)


@given(MESSAGES)
def test_any_message_has_a_header(message):
    for name, value in read_header(message):
        assert name == name.lower()
        assert b"\n" not in value


@given(st.lists(st.tuples(st.from_regex(r"\A[!-9;-~]{1,20}\Z"), st.from_regex(r"\A[ -~]{0,60}\Z")), max_size=8))
def test_a_header_that_was_written_is_read_back(fields):
    message = b"".join(f"{name}: {value}\r\n".encode() for name, value in fields) + b"\r\nbody: no field\r\n"
    assert read_header(message) == tuple((name.lower(), value.strip().encode()) for name, value in fields)


@given(MESSAGES)
def test_any_signature_gets_a_result(message):
    signatures = verify_all(message, read_header(message), RESOLVER, now=NOW)
    assert len(signatures) == min(10, len(values(read_header(message), "dkim-signature")))
    assert all(isinstance(each.result, AuthResult) and each.result is not AuthResult.PASS for each in signatures)


@given(st.lists(st.one_of(st.binary(max_size=100), st.lists(PARTS, max_size=5).map(b"".join)), max_size=2))
def test_any_from_field_has_one_author_domain_or_none(fields):
    author, form = author_domain(fields), from_form(fields)
    assert form is not FromForm.ONE or author is not None
    assert from_list(fields, fields) in (True, False, None)
    if author is not None:
        assert author.isascii()
        assert evaluate(author, spf=(), dkim=(), resolver=RESOLVER).result in (AuthResult.NONE, AuthResult.FAIL)


NOTICE_PARTS = st.sampled_from(
    [
        *(b"Subject: ", b"confirm 0123456789", b"ezmlm warning", b"=?utf-8?b?", b"=?nonsense?q?a?=", b"?=", b"From: "),
        *(b"X-List-Administrivia: yes\r\n", b"In-Reply-To: <a@b>\r\n", b"\r\n", b"\r\n\r\n", b"has been disabled"),
        *(
            b"Content-Type: text/plain; charset=nonsense\r\n",
            b"Content-Type: multipart/mixed; boundary=x\r\n",
            b"--x\r\n",
        ),
        *(
            b"Content-Transfer-Encoding: base64\r\n",
            b"https://a.example/",
            b"your membership in the mailing list",
            b"\xff",
        ),
    ]
)


@given(st.one_of(MESSAGES, st.lists(NOTICE_PARTS, max_size=40).map(b"".join)))
def test_any_message_to_the_canary_is_something_that_can_be_stored(message):
    told = read_canary(message)
    assert told.notice is None or told.notice in {each.id for each in notices()}
    (told.subject + told.sender + "".join(told.links)).encode()
    assert "\n" not in told.subject + told.sender
    assert all(link.startswith(("http://", "https://")) for link in told.links)
