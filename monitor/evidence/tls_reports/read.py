"""An SMTP TLS report read (RFC 8460 section 4.4). Pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from monitor.errors import Unparsable
from monitor.evidence.dmarc_reports.read import COUNT_DIGITS_MAX, TEXT_CHARS_MAX, count_of, name_of
from monitor.evidence.tls_reports.report import Failed, TlsReport
from monitor.model.dns import read_address
from monitor.phrase.phrase import say

OCTETS_MAX: Final = 4 << 20  # of JSON; a detail has some 250
POLICIES_MAX: Final = 100
DETAILS_MAX: Final = 20_000  # of a report: ten times what fails at a large site


def read_tls_report(document: bytes) -> tuple[TlsReport, ...]:
    """The report in a JSON document, one value a domain (mostly one). Raises Unparsable where it is none."""
    if len(document) > OCTETS_MAX:
        raise Unparsable(say("The report has more than {n} MiB.", n=OCTETS_MAX >> 20))
    try:
        text = document.decode(json.detect_encoding(document), "replace")
        said = json.loads(text.lstrip("\ufeff"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unparsable(say("The report cannot be read: its JSON breaks off or is wrong.")) from error
    policies = _objects(_at(said, "policies"))[:POLICIES_MAX]
    span = _at(said, "date-range")
    times = sorted(filter(None, (_moment(_at(span, f"{which}-datetime")) for which in ("start", "end"))))
    if not policies or not times:
        raise Unparsable(say("This is JSON, but no SMTP TLS report (RFC 8460)."))
    by = _text(_at(said, "organization-name")) or _text(_at(said, "contact-info")).rpartition("@")[2].strip("> ")
    domains: dict[str, list[Any]] = {}
    for policy in policies:
        domains.setdefault(name_of(_text(_at(_at(policy, "policy"), "policy-domain"))), []).append(policy)
    return tuple(
        _of_domain(domain, members, reporter=by, report_id=_text(_at(said, "report-id")), times=times)
        for domain, members in domains.items()
    )


def _of_domain(
    domain: str, policies: Sequence[Any], *, reporter: str, report_id: str, times: Sequence[datetime]
) -> TlsReport:
    details = [each for policy in policies for each in _objects(_at(policy, "failure-details"))]
    rows = [row for row in map(_detail, details[:DETAILS_MAX]) if row is not None]
    sums = [_at(policy, "summary") for policy in policies]
    failed = [_count(_at(each, "total-failure-session-count")) for each in sums]
    return TlsReport(
        reporter=reporter,
        report_id=report_id,
        domain=domain,
        begin=times[0],
        end=times[-1],
        ok=sum(_count(_at(each, "total-successful-session-count")) or 0 for each in sums),
        failed=sum(row.count for row in rows) if None in failed else sum(each or 0 for each in failed),
        rows=rows,
        unread=len(details) - len(rows),
    )


def _detail(said: Any) -> Failed | None:
    count = _count(_at(said, "failed-session-count"))
    if count is None:
        return None
    return Failed(
        count=count,
        result_type=_text(_at(said, "result-type")).lower(),
        client_ip=read_address(_text(_at(said, "sending-mta-ip"))),
        mx=name_of(_text(_at(said, "receiving-mx-hostname"))),
    )


def _at(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


def _objects(said: Any) -> list[Any]:
    """The objects of a list; one alone stands for a list of one."""
    return [each for each in (said if isinstance(said, list) else [said]) if isinstance(each, dict)]


def _text(said: Any) -> str:
    """What is text, without the halves of characters that JSON can have (RFC 8259 section 8.2)."""
    return said[:TEXT_CHARS_MAX].encode("utf-8", "replace").decode().strip() if isinstance(said, str) else ""


def _count(said: Any) -> int | None:
    """A count of sessions, as a number or in digits."""
    if isinstance(said, str):
        return count_of(said[:TEXT_CHARS_MAX])
    whole = int(said) if isinstance(said, float) and said.is_integer() else said
    fits = isinstance(whole, int) and not isinstance(whole, bool) and 0 <= whole < 10**COUNT_DIGITS_MAX
    return int(whole) if fits else None


def _moment(said: Any) -> datetime | None:
    """A time as RFC 3339 writes it; one without a zone is UTC."""
    try:
        at = datetime.fromisoformat(_text(said))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _no_number(_: str) -> NoReturn:
    raise ValueError("is no JSON number")
