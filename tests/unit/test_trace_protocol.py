"""How a hop was made, in the words of many programs."""

import pytest

from monitor.trace.protocol import comments, outside_comments
from monitor.trace.received import read_hops


def hop_of(field):
    (hop,) = read_hops([f"{field}; Mon, 2 Nov 2026 10:00:00 +0000"])
    return hop.with_protocol, hop.tls


@pytest.mark.parametrize(
    ("field", "read"),
    [
        pytest.param("from a.example (192.0.2.7) by b.example (192.0.2.8) with Microsoft SMTP Server (TLS) id 15.0.1497.2", ("SMTP", True), id="Exchange, in one word"),
        pytest.param("from a.example (192.0.2.7) by b.example (192.0.2.8) with Microsoft SMTP Server id 15.0.1497.2 via Frontend Transport", ("SMTP", False), id="Exchange without it"),
        pytest.param("from a.example (192.0.2.7) by b.example with Microsoft SMTPSVC(10.0.14393.0)", ("SMTP", False), id="Windows' own server"),
        pytest.param("from a.example ([192.0.2.7]) by b.example over TLS secured channel with Microsoft SMTPSVC(10.0.14393.4169)", ("SMTP", True), id="Windows' own server, secured"),
        pytest.param("from a.example ([192.0.2.7]) (not using TLS) by b.example with ESMTP id 1", ("ESMTP", False), id="denied in words"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384", ("ESMTP", True), id="behind a stroke"),
        pytest.param("from a.example (a.example [192.0.2.7]) (Using TLS) by b.example with ESMTP id 1", ("ESMTP", True), id="as a sentence"),
        pytest.param("from a.example (Not Verified[192.0.2.7]) by b.example (using TLS: TLSv1.2, AES256-SHA) id 1", ("", True), id="without a with clause"),
        pytest.param("from a.example ([192.0.2.7]) (using TLS with cipher ECDHE-RSA-AES256-SHA384 (256/256 bits)) (Client did not present a certificate) by b.example with SMTP id 1", ("SMTP", True), id="cipher"),
        pytest.param("from a.example (a.example [192.0.2.7]) (No client certificate requested) by b.example (Postfix) with ESMTP id 1", ("ESMTP", True), id="asking for a certificate is TLS"),
        pytest.param("from a.example (192.0.2.7) by b.example (192.0.2.8) with IBM ESMTP SMTP Gateway: Authorized Use Only! Violators will be prosecuted; (version=TLSv1/SSLv3 cipher=AES256-GCM-SHA384 bits=256/256)", ("ESMTP", True), id="behind the semicolon"),
        pytest.param("from localhost by b.example with IBM ESMTP SMTP Gateway: Authorized Use Only! Violators will be prosecuted for <m@club.example> from <a@lists.example.org>", ("ESMTP", False), id="a gateway's own words"),
        pytest.param("from a.example (HELO a.example) (192.0.2.7) by b.example with (AES128-SHA encrypted) SMTP", ("SMTP", True), id="qmail"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384 encrypted) esmtp id 1", ("ESMTP", True), id="comment before the word"),
        pytest.param("from a.example ([192.0.2.7] helo=b) by b.example with asmtp (TLSv1:RC4-MD5:128) (Exim 3.35 #1) id 1", ("ASMTP", True), id="old Exim"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with esmtp (Cipher TLSv1:DES-CBC3-SHA:168) (Exim 3.31) id 1", ("ESMTP", True), id="older Exim"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with utf8esmtpsa (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.97) id 1", ("UTF8ESMTPSA", True), id="Exim, SMTPUTF8"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with UTF8SMTPS id 1", ("UTF8SMTPS", True), id="RFC 6531 §3.7.3"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with LMTPS id 1", ("LMTPS", True), id="RFC 3848"),
        pytest.param("from a.example (a.example. [192.0.2.7]) by b.example with SMTPS id 1 for <m@club.example> (Google Transport Security)", ("SMTPS", True), id="Google's own word"),
        pytest.param("from a.example (a.example. [192.0.2.7]) by b.example with ESMTP id 1 (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)", ("ESMTP", True), id="Google's comment"),
        pytest.param("from a.example (a.example [192.0.2.7]) by b.example (8.17.1/8.17.1) with ESMTP id 1 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO)", ("ESMTP", True), id="Sendmail"),
        pytest.param("from a.example (192.0.2.7) by b.example with CodeTwo SMTP Server (TLS12) via SMTP", ("SMTP", True), id="version without a dot"),
        pytest.param("from 192.0.2.7 by b.example (Tls12, Aes256, Sha384)", ("", True), id="mixed case"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with HTTPS", ("HTTPS", True), id="webmail"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with HTTP", ("HTTP", None), id="not told"),
        pytest.param("from user by b.example with local (Exim 4.96) id 1", ("LOCAL", None), id="within the host"),
        pytest.param("from tls.example ([192.0.2.7]) by ssl.example (Postfix) with ESMTP id 1 for <tls@club.example>", ("ESMTP", False), id="names are no evidence"),
        pytest.param("from a.example (tls-out.a.example [192.0.2.7] helo=tls) by b.example with esmtp (envelope-from <ssl@a.example>) id 1", ("ESMTP", False), id="names in comments neither"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with ESMTP (no TLS) id 1", ("ESMTP", False), id="denied"),
        pytest.param("from a.example ([192.0.2.7]) by b.example with ESMTP (version=NONE cipher=NONE bits=0)", ("ESMTP", False), id="none of each"),
        pytest.param("from a.example ([192.0.2.7]) (unencrypted) by b.example id 1", ("", False), id="denied without a protocol"),
    ],
)  # fmt: skip
def test_protocol_and_tls_are_read(field, read):
    assert hop_of(field) == read


@pytest.mark.parametrize(
    ("text", "outside", "inside"),
    [
        ("a (b (c) d) e", "a  e", ["b (c) d"]),
        ("a) b (c", "a) b ", ["c"]),
        ("", "", []),
    ],
)
def test_comments_may_be_nested_or_left_open(text, outside, inside):
    """RFC 5322 section 3.2.2."""
    assert outside_comments(text) == outside
    assert comments(text) == inside
