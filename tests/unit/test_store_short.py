"""Reports in few octets: what is written of them, and that what is read is what went in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model.evidence import Outage
from monitor.model.findings import CheckStatus
from monitor.store import short
from monitor.store.codec import encode, pack
from tests.builders import a_check, an_arrival

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)
WELL = "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::/48 -all"


def kept(made):
    """The entries that a list has of those checks, given newest first, and its bases."""
    entries, bases = [], {}
    for each in reversed(made):
        entry = short.check_entry(each)
        if entry.short[: short.REFERENCE] not in bases:
            entry = short.check_likened(each, bases)
        if entry.base:
            bases[entry.short[: short.REFERENCE]] = entry.base
        bases[short.NEWEST] = entry.whole
        entries.insert(0, entry.short)
    return entries, bases


def checks(number, record=WELL):
    """So many checks in a row, newest first, and how they are kept."""
    made = [a_check(record, at=AT - n * timedelta(minutes=15), slot=1000 - n) for n in range(number)]
    made = [_timed(each, n) for n, each in enumerate(made)]
    return made, *kept(made)


def test_octets_that_are_no_mark_are_passed_over():
    """A time beyond the calendar, a status that there is none of, too few octets."""
    made, entries, bases = checks(3)
    odd = [short.MARK.pack(b"x" * 8, micros, 1, status) for micros, status in ((2**62, 0), (-(2**62), 0), (0, 200))]
    assert short.read_checks([*odd, b"", b"short", *entries], bases)[-1] == made[-1]
    assert len(short.read_marks([*odd, b"short", *entries])) == 3


def _timed(check, number):
    """With other times, servers and orders of records each time."""

    def line(one):
        timed = replace(one, took_ms=number + 0.5, ttl_s=300 - number, server=f"192.0.2.{number}:53")
        return replace(timed, answers=one.answers[::-1] if number % 2 else one.answers)

    return replace(check, results=tuple(replace(one, trace=tuple(map(line, one.trace))) for one in check.results))


def test_checks_that_find_the_same_share_one_base():
    made, entries, bases = checks(5)
    assert len(bases.keys() - {short.NEWEST}) == 1
    assert {len(each) for each in entries} == {short.MARK.size}
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


def test_what_finds_something_else_is_its_difference_to_another_or_a_base_of_its_own():
    """A counter that moves at each check makes no base of each; nothing at all is lost of such a check."""
    first = checks(1)[0][0]
    outages = [
        replace(first, slot=n, outages=(Outage(family=6, name="a.example", since=AT, until=AT, checks=n),))
        for n in range(9, 0, -1)
    ]
    made = [a_check("v=spf1 -all", at=AT, slot=99), *outages, first]
    entries, bases = kept(made)
    assert short.read_checks(entries, bases) == tuple(made)
    assert all(short.MARK.size < len(each) < 200 for each in entries[1:-1])
    assert len(bases.keys() - {short.NEWEST}) <= 2


def test_what_is_found_again_gets_a_base_when_it_is_found_the_second_time():
    """After a change for good, checks are as short as before it; the entry of the change itself refers to the old."""
    before, after = checks(2)[0], checks(3, WELL.replace("-all", "~all"))[0]
    after = [replace(each, slot=each.slot + 1000) for each in after]
    entries, bases = kept([*after, *before])
    assert [len(each) > short.MARK.size for each in entries] == [False, False, True, False, False]
    assert [each.slot for each in short.read_checks(entries, bases)] == [each.slot for each in (*after, *before)]
    assert len(bases.keys() - {short.NEWEST}) == 2


def test_marks_are_read_without_any_base():
    made, entries, _ = checks(3)
    assert [(each.evaluated_at, each.status) for each in short.read_marks(entries)] == [
        (each.evaluated_at, each.status) for each in made
    ]
    assert {each.status for each in short.read_marks(entries)} <= set(CheckStatus)


def test_a_check_whose_base_is_gone_or_damaged_is_left_out():
    made, entries, bases = checks(3)
    assert short.read_checks(entries, {short.NEWEST: bases[short.NEWEST]}) == (made[0],)
    assert short.read_checks(entries, dict.fromkeys(bases, b"\x00")) == ()
    assert short.read_checks([entries[1][:9], *entries], bases)[1:] == short.read_checks(entries[1:], bases)


def test_mail_is_kept_as_the_difference_to_mail_like_it():
    first = an_arrival(probe_id="a" * 16, message_id="<probe.aaaaaaaaaaaaaaaa@v6.probe.example.org>")
    second = replace(first, probe_id="b" * 16, received_at=AT, delay=timedelta(seconds=3.82))
    written = short.mail_likened(first, {})
    bases = {written.short: written.base}
    likened = short.mail_likened(second, bases)
    assert likened.base == b""
    assert len(likened.short) < len(pack(second)) / 2
    assert short.read_mail([likened.short, written.short], bases) == (second, first)


def test_mail_that_is_like_no_other_is_a_base():
    strange = an_arrival(helo="".join(map(chr, range(0x3000, 0x3400))))
    written = short.mail_likened(an_arrival(), {})
    alone = short.mail_likened(strange, {written.short: written.base})
    assert alone.base
    assert short.read_mail([alone.short], {alone.short: alone.base}) == (strange,)


def test_mail_whose_base_is_gone_or_another_is_left_out():
    written = short.mail_likened(an_arrival(), {})
    entry = short.mail_likened(an_arrival(probe_id="q"), {written.short: written.base}).short
    assert short.read_mail([entry, b""], {}) == ()
    assert short.read_mail([entry], {written.short: b"{}"}) == ()
    assert encode(an_arrival()).startswith(b"{")
