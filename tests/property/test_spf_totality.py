"""Whatever DNS holds, check_host() gives one of the seven results, the strict one never better than the lenient."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.dns.answer import answered, unanswered
from monitor.model.dns import Identity, SpfResult
from monitor.spf.check_host import check_host

NOW = datetime(2026, 1, 5, tzinfo=UTC)

domains = st.sampled_from(
    ["example.org", "b.example", "c.example", "gone.example", "%{d}", "%{l}.b.example", "%{ir}.%{v}.c.example", "%{p}"]
)
prefixes = st.sampled_from(["", "/0", "/24", "/32", "//64", "/24//48", "/33", "/024", "//129", "/" + "9" * 5000])
mechanisms = st.one_of(
    st.builds(
        "{}:{}{}".format, st.sampled_from(["a", "mx", "include", "exists", "ptr", "A", "Include"]), domains, prefixes
    ),
    st.builds("{}{}".format, st.sampled_from(["a", "mx", "ptr", "all", "exists", "include"]), prefixes),
    st.builds(
        "ip4:{}{}".format, st.one_of(st.ip_addresses(v=4).map(str), st.text("0123456789.", max_size=16)), prefixes
    ),
    st.builds(
        "ip6:{}{}".format,
        st.one_of(st.ip_addresses(v=6).map(str), st.text("0123456789abcdef:.", max_size=30)),
        prefixes,
    ),
    st.builds("{}={}".format, st.sampled_from(["redirect", "exp", "Redirect", "x", "default", "op"]), domains),
    st.text(st.characters(max_codepoint=0x24F), max_size=12),
)
terms = st.builds("{}{}".format, st.sampled_from(["", "+", "-", "~", "?", "--"]), mechanisms)
records = st.lists(terms, max_size=14).map(lambda parts: " ".join(["v=spf1", *parts]).encode())
txts = st.one_of(records, st.binary(max_size=80), st.binary(max_size=60).map(b"v=spf1 ".__add__))
wrong_typed = st.one_of(
    st.text(max_size=8), st.tuples(st.integers(0, 9), st.text(max_size=8)), st.tuples(st.binary(max_size=8))
)
clients = st.ip_addresses()


class Arbitrary:
    """Answers every question with what hypothesis draws, the same for the same question."""

    def __init__(self, data, answers):
        self._data, self._answers, self._given = data, answers, {}

    def lookup(self, name, rrtype, *, timeout_s=None):
        assert timeout_s is None or timeout_s > 0
        key = (name.lower(), rrtype)
        if key not in self._given:
            self._given[key] = self._data.draw(self._answers(rrtype))
        drawn = self._given[key]
        if isinstance(drawn, str):
            raise unanswered(name, rrtype, drawn)
        return answered(name, rrtype, tuple(drawn))


def plausible(rrtype):
    one = {
        "TXT": txts.map(lambda text: tuple(text[i : i + 255] for i in range(0, len(text), 255)) or (b"",)),
        "A": st.ip_addresses(v=4).map(str),
        "AAAA": st.ip_addresses(v=6).map(str),
        "MX": st.tuples(st.integers(0, 65535), st.sampled_from(["", "mx.example", "b.example"])),
        "PTR": st.sampled_from(["example.org", "mx.example", "MX.Example.Org", "x" * 70, "a..b"]),
    }[rrtype]
    return st.one_of(st.lists(one, max_size=3), st.just([]), st.sampled_from(["timeout", "servfail", "malformed"]))


def absurd(_):
    return st.lists(wrong_typed, max_size=3)


def check(resolver, client_ip, reverse_path, helo):
    return [
        check_host(resolver, client_ip=client_ip, reverse_path=reverse_path, helo=helo, identity=identity, now=NOW)
        for identity in Identity
    ]


@given(st.data(), clients, st.sampled_from(["a@example.org", "", "ü@example.org", "%{d}@b.example", 'a"@b@c.example']))
@settings(max_examples=150, deadline=None)
def test_plausible_answers_give_one_of_seven_results(data, client_ip, reverse_path):
    """Records put together from real and broken terms; loops come by themselves."""
    for outcome in check(Arbitrary(data, plausible), client_ip, reverse_path, "mx.example"):
        assert isinstance(outcome.result, SpfResult)
        assert outcome.result == outcome.lenient_result or outcome.result is SpfResult.PERMERROR
        assert "on our side" not in (outcome.problem or ""), outcome.problem
        assert outcome.lookups <= 41


@given(st.data(), clients, st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_absurd_answers_and_identities_give_one_of_seven_results(data, client_ip, reverse_path, helo):
    """Records of the wrong type, and any text as identities."""
    for outcome in check(Arbitrary(data, absurd), client_ip, reverse_path, helo):
        assert isinstance(outcome.result, SpfResult)


@given(st.data(), st.integers(1000, 20000), clients)
@settings(max_examples=10, deadline=None)
def test_giant_records_give_one_of_seven_results(data, size, client_ip):
    record = b"v=spf1 " + b" ".join([b"ip4:192.0.2.%d" % (n % 256) for n in range(size // 16)]) + b" -all"

    def giant(rrtype):
        return st.just([tuple(record[i : i + 255] for i in range(0, len(record), 255))] if rrtype == "TXT" else [])

    for outcome in check(Arbitrary(data, giant), client_ip, "a@example.org", "mx.example"):
        assert outcome.result in (SpfResult.PASS, SpfResult.FAIL)
