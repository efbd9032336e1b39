"""Every kind of token and what takes its mail."""

from collections.abc import Mapping
from typing import Final

from monitor.probe.token import TokenKind
from monitor.receiver.kinds.as_rule import take_as_rule
from monitor.receiver.kinds.bounce import take_bounce
from monitor.receiver.kinds.canary import take_canary
from monitor.receiver.kinds.copies import take_copy
from monitor.receiver.kinds.kind import Kind
from monitor.receiver.kinds.notice import take_notice
from monitor.receiver.kinds.probe import take_direct, take_probe
from monitor.receiver.kinds.reports import take_reports

KINDS: Final[Mapping[TokenKind, Kind]] = {
    TokenKind.PROBE: Kind(take=take_probe, several=True),
    TokenKind.BOUNCE: Kind(take=take_bounce, only_dsn=True),
    TokenKind.CANARY: Kind(take=take_canary),
    TokenKind.AS_RULE: Kind(take=take_as_rule),
    TokenKind.DIRECT: Kind(take=take_direct),
    TokenKind.COPIES: Kind(take=take_copy),
    TokenKind.NOTICE: Kind(take=take_notice, only_dsn=True),
    TokenKind.REPORTS: Kind(take=take_reports, large=True),
}
