"""Reports in few octets: what is written of them, and that what is read is what went in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model.findings import CheckStatus
from monitor.store import short
from monitor.store.codec import encode, pack
from tests.builders import a_check, an_arrival

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
WELL = "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::/48 -all"


def checks(number, record=WELL):
    """So many checks in a row, newest first, with the entries that a list has of them then, and its bases."""
    made = [a_check(record, at=AT - n * timedelta(minutes=15), slot=1000 - n) for n in range(number)]
    made = [_timed(each, n) for n, each in enumerate(made)]
    written = [short.check_entry(each) for each in made]
    bases = {}
    for each in reversed(written):
        bases.setdefault(each.short[: short.REFERENCE], each.base)
    return made, [written[0].short + written[0].whole, *(each.short for each in written[1:])], bases


def _timed(check, number):
    """With other times, servers and orders of records each time."""

    def line(one):
        timed = replace(one, took_ms=number + 0.5, ttl_s=300 - number, server=f"192.0.2.{number}:53")
        return replace(timed, answers=one.answers[::-1] if number % 2 else one.answers)

    return replace(check, results=tuple(replace(one, trace=tuple(map(line, one.trace))) for one in check.results))


def test_checks_that_find_the_same_share_one_base():
    made, entries, bases = checks(5)
    assert len(bases) == 1
    assert {len(each) for each in entries[1:]} == {short.MARK.size}
    read = short.read_checks(entries, bases)
    assert [(each.evaluated_at, each.slot, each.status) for each in read] == [
        (each.evaluated_at, each.slot, each.status) for each in made
    ]
    assert read[0] == made[0], "the newest is whole"
    assert read[-1] == made[-1], "and so is the first that found this"


def test_between_them_only_who_answered_when_is_not_known():
    made, entries, bases = checks(5)
    between, was = short.read_checks(entries, bases)[2], made[2]
    assert {(line.server, line.took_ms, line.ttl_s) for one in between.results for line in one.trace} == {
        ("", 0.0, None)
    }
    assert {one.evaluated_at for one in between.results} == {was.evaluated_at}

    def told(check):
        return replace(
            check,
            results=tuple(
                replace(
                    one,
                    trace=tuple(
                        replace(
                            line, server="", took_ms=0.0, ttl_s=None, cached=False, answers=tuple(sorted(line.answers))
                        )
                        for line in one.trace
                    ),
                )
                for one in check.results
            ),
        )

    assert told(between) == told(was)


def test_what_finds_something_else_has_a_base_of_its_own():
    _, well, _ = checks(1)
    _, worse, _ = checks(1, "v=spf1 ip4:192.0.2.0/24 -all")
    assert well[0][: short.REFERENCE] != worse[0][: short.REFERENCE]


def test_marks_are_read_without_any_base():
    made, entries, _ = checks(3)
    assert [(each.evaluated_at, each.status) for each in short.read_marks(entries)] == [
        (each.evaluated_at, each.status) for each in made
    ]
    assert {each.status for each in short.read_marks(entries)} <= set(CheckStatus)


def test_a_check_whose_base_is_gone_or_damaged_is_left_out():
    made, entries, bases = checks(3)
    assert short.read_checks(entries, {}) == (made[0],)
    assert short.read_checks(entries, dict.fromkeys(bases, b"\x00")) == (made[0],)


def test_mail_is_kept_as_the_difference_to_mail_like_it():
    first = an_arrival(probe_id="a" * 16, message_id="<probe.aaaaaaaaaaaaaaaa@v6.probe.example.org>")
    second = replace(first, probe_id="b" * 16, received_at=AT, delay=timedelta(seconds=3.82))
    written = short.mail_entry(first, {})
    bases = {written.short: written.base}
    likened = short.mail_entry(second, bases)
    assert likened.base == b""
    assert len(likened.short) < len(pack(second)) / 2
    assert short.read_mail([likened.short, written.short], bases) == (second, first)


def test_mail_that_is_like_no_other_is_a_base():
    strange = an_arrival(helo="".join(map(chr, range(0x3000, 0x3400))))
    written = short.mail_entry(an_arrival(), {})
    alone = short.mail_entry(strange, {written.short: written.base})
    assert alone.base
    assert short.read_mail([alone.short], {alone.short: alone.base}) == (strange,)


def test_mail_whose_base_is_gone_or_another_is_left_out():
    written = short.mail_entry(an_arrival(), {})
    entry = short.mail_entry(an_arrival(probe_id="q"), {written.short: written.base}).short
    assert short.read_mail([entry, b""], {}) == ()
    assert short.read_mail([entry], {written.short: b"{}"}) == ()
    assert encode(an_arrival()).startswith(b"{")
