"""Mail to the receiver is taken by its token's kind."""

from monitor.probe.token import TokenKind
from monitor.receiver.kinds.catalogue import KINDS


def test_every_kind_of_token_has_one_that_takes_its_mail():
    """What RCPT accepts, the end of the data must know what to do with."""
    assert KINDS.keys() == set(TokenKind)
    assert len({kind.take for kind in KINDS.values()}) == len(KINDS)


def test_one_reply_is_for_all_so_that_only_probes_share_a_message():
    assert [name for name, kind in KINDS.items() if kind.several] == [TokenKind.PROBE]
    assert [name for name, kind in KINDS.items() if kind.only_dsn] == [
        TokenKind.BOUNCE,
        TokenKind.NOTICE,
    ], "RFC 5321 section 4.5.5"
