"""Generated zones with SPF records: of plain terms, where every verifier should agree, and of any terms."""

from random import Random
from zlib import crc32

from hypothesis import strategies as st

from monitor.dns.answer import answered
from monitor.dns.name import is_valid, normal
from tests.fakes import ZoneResolver

NAMES = ["example.org", "b.example", "c.example", "d.example", "gone.example"]
ADDRESSES = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::77"]
REVERSE = ["1.2.0.192.in-addr.arpa", "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"]  # of the first of each family
SENDERS = ["a@example.org", "list-bounces+x=y@example.org", "a-@example.org", "b.c@b.example"]
HELO = "mx-1.b.example"

# Plain terms, as Hypothesis draws and shrinks them.

networks = st.sampled_from(
    [*["ip4:192.0.2.0/24", "ip4:192.0.2.1", "ip6:2001:db8::/48", "ip6:2001:db8::1"] * 3, "ip4:0.0.0.0/0", "ip6:::/0"]
)
named = st.builds(
    "{}:{}".format,
    st.sampled_from(["a", "mx", "include", "exists"]),
    st.sampled_from([*NAMES[1:4] * 3, *NAMES]),
)
bare = st.sampled_from(["a", "mx", "a/24//64", "mx//48", "all", "a:b.example/24", "A:B.Example."])
plain = st.builds("{}{}".format, st.sampled_from(["", "", "-", "~", "?"]), st.one_of(networks, named, bare))
endings = st.sampled_from(["", *["-all", "~all", "redirect=c.example"] * 3, "redirect=gone.example", "nonsense"])
records = st.builds("v=spf1 {} {}".format, st.lists(plain, max_size=6).map(" ".join), endings)
zones = st.fixed_dictionaries(
    {
        name: st.fixed_dictionaries(
            {"TXT": st.lists(records, min_size=int(name != "d.example"), max_size=1)},
            optional={
                "A": st.lists(st.sampled_from(ADDRESSES[:3]), max_size=2),
                "AAAA": st.lists(st.sampled_from(ADDRESSES[3:]), max_size=2),
                "MX": st.lists(st.tuples(st.just(10), st.sampled_from(NAMES)), max_size=3),
            },
        )
        for name in NAMES[:-1]
    }
)
silent = st.sets(st.tuples(st.sampled_from(NAMES[1:]), st.sampled_from(["TXT", "A", "AAAA", "MX"])), max_size=1)
network_terms = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "+", "-", "~", "?", "!"]),
    st.sampled_from(["ip4:", "ip6:", "IP4:", "ip5:", "ip4", "ip6::"]),
    st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from(["::", "::1", "1::2:3:4:5:6:7", "01.2.3.4", "1.2.3", "fe80::1%eth0", "::ffff:1.2.3.4"]),
        st.text("0123456789abcdef:.", max_size=20),
    ),
    st.sampled_from(["", "/0", "/8", "/32", "/33", "/128", "/129", "/024", "//64", "/", "/1a"]),
)

# Any terms, from a seed: many more of them in the same time.


class Everywhere(ZoneResolver):
    """Half of all names that are in no zone have an address, the same half each time: a macro's expansion matters."""

    def lookup(self, name, rrtype, *, timeout_s=None):
        answer = super().lookup(name, rrtype, timeout_s=timeout_s)
        there = rrtype in ("A", "AAAA") and is_valid(name) and crc32(normal(name).encode()) & 1
        if answer.rcode == "NXDOMAIN" and there:
            return answered(normal(name), rrtype, (ADDRESSES[0] if rrtype == "A" else ADDRESSES[3],))
        return answer


def any_zones(random: Random):
    """Zones whose records have terms of every kind, most of them right."""
    made = {}
    for name in NAMES[:-1]:
        sets = made[name] = {"TXT": [_record(random) for _ in range(2 if random.random() < 0.05 else 1)]}
        if random.random() < 0.6:
            sets["A"] = random.sample(ADDRESSES[:3], random.randint(1, 2))
        if random.random() < 0.6:
            sets["AAAA"] = random.sample(ADDRESSES[3:], 1)
        if random.random() < 0.6:
            sets["MX"] = [
                (random.randint(1, 3) * 10, random.choice(NAMES)) for _ in range(random.choice([1, 2, 3, 12]))
            ]
    names = [*NAMES, "B.Example", "x.b.example", "x.example.org"]
    for name in REVERSE:
        if random.random() < 0.7:
            made[name] = {"PTR": [random.choice(names) for _ in range(random.choice([1, 2, 3, 12]))]}
    return made


def any_trouble(random: Random):
    """Questions that nobody answers: mostly none."""
    if random.random() > 0.3:
        return {}
    question = random.choice([*NAMES[1:], *REVERSE]), random.choice(["TXT", "A", "AAAA", "MX", "PTR"])
    return {question: "timeout"}


def _record(random):
    terms = [_term(random) for _ in range(random.choice([1, 1, 2, 2, 3, 4, 6, 14]))]
    ending = random.choice(["-all", "~all", "?all", "redirect=c.example", "redirect=%{d1}.example", ""])
    return " ".join(["v=spf1", *terms, ending])


def _term(random):
    sign = random.choice(["", "", "", "-", "~", "?", "+"])
    good = sign + random.choice(
        ["ip4:192.0.2.0/24", "ip4:192.0.2.1", "ip6:2001:db8::/48", "ip6:2001:db8::1", "ip4:10.0.0.0/8", "ip6:::/0"]
    )
    kind = random.random()
    if kind < 0.3:
        kinds = ["a", "mx", "include", "exists", "ptr", "A", "Include", "PTR"]
        target = random.choice(NAMES[1:4]) if random.random() < 0.5 else _domain_spec(random)
        length = random.choice([*[""] * 12, "/24", "//64", "/24//64", "/33", "/"])
        return f"{sign}{random.choice(kinds)}:{target}{length}"
    if kind < 0.45:
        return sign + random.choice(["a", "mx", "ptr", "a/24", "mx//48", "a/8//32", "ptr"])
    if kind < 0.55:
        names = ["redirect", "exp", "Redirect", "EXP", "x", "y", "default", "op", "include", "X"]
        return f"{random.choice(names)}={_domain_spec(random)}"
    if kind < 0.58:
        network = random.choice(["ip4:", "ip6:", "IP4:"]) + random.choice([*ADDRESSES, "::", "01.2.3.4", "1.2.3"])
        return sign + network + random.choice(["", "/0", "/8", "/24", "/33", "/129", "/024"])
    if kind < 0.6:
        return "".join(random.choices("abmxipt4:/=.%{}-~d1r", k=random.randint(1, 8)))
    return good


def _domain_spec(random):
    kind = random.random()
    if kind < 0.35:
        return random.choice(NAMES)
    if kind < 0.85:
        labels = ["b", "a-b", "d", "gone", "x/1", "%%", "%_", "%-"]
        parts = [random.choice([_macro(random), _macro(random), random.choice(labels)]) for _ in range(2)]
        return ".".join(parts[: random.randint(1, 2)]) + random.choice([".example", ".org", ".example.", "", ".1-2"])
    if kind < 0.93:
        return random.choice(["%{d}", "%{o}", "%{p}", "%{l}.example", "%{d2}", "b.%{d1}", "%{s}"])
    broken = ["%", "%{d", "%x", "%{x}", "%{c}", "%{}", "%{d0}", "%{dr1}", "%{d!}", "\t", "%%%_", "%%%", "%{D-0}"]
    return f"{_macro(random)}.{random.choice(broken)}{random.choice(['.example', '', '.', '}'])}"


def _macro(random):
    letter, parts = random.choice("slodihvppDLPO"), random.choice(["", "", "", "r", "1", "2", "1r", "3r", "9"])
    return f"%{{{letter}{parts}{random.choice(['', '', '', '', '-', '.-', '+_=', '.', '-/,'])}}}"
