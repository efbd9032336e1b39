"""Received fields as MTAs write them, read into hops."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.trace.received import read_hops

POSTFIX_TLS = """from mail.lists.example.org (mail.lists.example.org [IPv6:2001:db8:25::25])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
\t key-exchange X25519 server-signature RSA-PSS (2048 bits))
\t(No client certificate requested)
\tby mx.example.net (Postfix) with ESMTPS id 4XyZ
\tfor <someone@example.net>; Tue, 28 Apr 2015 09:12:31 +0200 (CEST)"""
EXIM = """from [192.0.2.7] (helo=host.example.com)
\tby relay.example.com with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96)
\t(envelope-from <a@example.com>) id 1abc; Tue, 28 Apr 2015 07:12:30 +0000"""
EXCHANGE = """from AM0PR01MB1.eurprd01.prod.example.com (2a01:111:e400::1) by
 DB7PR01MB2.eurprd01.prod.example.com (2603:10a6:10::22) with Microsoft SMTP Server
 (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1; Tue, 28 Apr
 2015 07:12:40 +0000"""
LOCAL = "by mail.lists.example.org (Postfix, from userid 38)\tid 99; Tue, 28 Apr 2015 07:12:29 -0000"
LMTP = "from a.example (unknown [::ffff:198.51.100.9]) by b.example with LMTP id 1; 28 Apr 2015 07:12:50 GMT"


@pytest.mark.parametrize(
    ("field", "read"),
    [
        pytest.param(POSTFIX_TLS, ("mail.lists.example.org", "mx.example.net", "2001:db8:25::25", "ESMTPS", True), id="Postfix with TLS"),
        pytest.param(EXIM, ("192.0.2.7", "relay.example.com", "192.0.2.7", "ESMTPS", True), id="Exim, literal as HELO"),
        pytest.param(EXCHANGE, ("am0pr01mb1.eurprd01.prod.example.com", "db7pr01mb2.eurprd01.prod.example.com", "2a01:111:e400::1", "SMTP", True), id="Exchange, bare addresses"),
        pytest.param(LOCAL, ("", "mail.lists.example.org", None, "", None), id="local submission"),
        pytest.param(LMTP, ("a.example", "b.example", "198.51.100.9", "LMTP", False), id="mapped address unwrapped"),
        pytest.param("from x by y with SMTP; nonsense", ("x", "y", None, "SMTP", False), id="no date"),
        pytest.param("from liar.example ([2001:db8::1]) by y", ("liar.example", "y", "2001:db8::1", "", None), id="no semicolon"),
        pytest.param("from [IPv6:2001:db8::66] (real.example [2001:db8::1]) by y; x", ("ipv6:2001:db8::66", "y", "2001:db8::1", "", None), id="the comment is what the host saw RFC 5321 §4.4"),
        pytest.param("from unknown (HELO ?10.8.0.6?) (someone@192.0.2.66) by y with SMTP; x", ("unknown", "y", "192.0.2.66", "SMTP", False), id="qmail, an address as HELO is a claim RFC 5321 §4.4"),
        pytest.param("from lan.example (HELO [10.8.0.6]) ([192.0.2.66]) by y; x", ("lan.example", "y", "192.0.2.66", "", None), id="the claim in a comment of its own"),
        pytest.param("from lan.example ([192.0.2.66] helo=[10.8.0.6]) by y; x", ("lan.example", "y", "192.0.2.66", "", None), id="Exim, an address as HELO"),
        pytest.param("from a.example [192.0.2.66:14694] by y [10.0.46.69:2525]; x", ("a.example", "y", "192.0.2.66", "", None), id="with the port"),
        pytest.param("from ?IPv6:2001:db8::66? ([2001:db8::66]) by y; x", ("ipv6:2001:db8::66", "y", "2001:db8::66", "", None), id="marks for odd characters"),
        pytest.param("by y with ESMTP for <m@x.example> from <a@b.example>; x", ("", "y", None, "ESMTP", False), id="from stands in front"),
        pytest.param("", ("", "", None, "", None), id="empty"),
    ],
)  # fmt: skip
def test_a_field_gives_its_hop(field, read):
    (hop,) = read_hops([field])
    client_ip = None if hop.client_ip is None else str(hop.client_ip)
    assert (hop.from_host, hop.by_host, client_ip, hop.with_protocol, hop.tls) == read
    assert hop.n == 1


def test_hops_are_counted_from_the_oldest_with_the_delay_of_each():
    """RFC 5321 section 4.4: fields are prepended, so the last one is the first hop."""
    hops = read_hops([EXCHANGE, POSTFIX_TLS, "from a by b", EXIM, LOCAL.encode()])
    assert [hop.n for hop in hops] == [1, 2, 3, 4, 5]
    assert hops[0].at == datetime(2015, 4, 28, 7, 12, 29, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert [hop.delay for hop in hops] == [None, second, None, second, 9 * second]


def test_a_loop_is_read_only_so_far():
    assert len(read_hops(["from a by b; x"] * 1000)) == 100
