"""Generated zones with SPF records: of plain terms, where every verifier should agree, and of any."""

from zlib import crc32

from hypothesis import strategies as st

from monitor.dns.answer import answered
from monitor.dns.memory import MemoryResolver
from monitor.dns.name import is_valid, normal

NAMES = ["example.org", "b.example", "c.example", "d.example", "gone.example"]
ADDRESSES = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::77"]
REVERSE = ["1.2.0.192.in-addr.arpa", "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"]  # of the first of each family

networks = st.sampled_from(
    [*["ip4:192.0.2.0/24", "ip4:192.0.2.1", "ip6:2001:db8::/48", "ip6:2001:db8::1"] * 3, "ip4:0.0.0.0/0", "ip6:::/0"]
)
named = st.builds(
    "{}:{}".format,
    st.sampled_from(["a", "mx", "include", "exists"]),
    st.sampled_from([*NAMES[1:4] * 3, *NAMES]),
)
bare = st.sampled_from(["a", "mx", "a/24//64", "mx//48", "all", "a:b.example/24", "A:B.Example."])
signs = st.sampled_from(["", "", "-", "~", "?"])
plain = st.builds("{}{}".format, signs, st.one_of(networks, named, bare))
endings = st.sampled_from(
    ["", "", *["-all", "~all", "redirect=c.example"] * 3, "redirect=gone.example", "nonsense", "x=%{d}"]
)
records = st.builds("v=spf1 {} {}".format, st.lists(plain, max_size=6).map(" ".join), endings)

macros = st.builds(
    "%{{{}{}{}}}".format,
    st.sampled_from([*"slodihv", "p", "p", "D", "L"]),
    st.sampled_from(["", "", "r", "1", "2", "1r", "2r", "99"]),
    st.sampled_from(["", "", "", "-", ".-", "+_", "."]),
)
broken_macros = st.sampled_from(["%", "%{d", "%x", "%{x}", "%{c}", "%{}", "%{d0}", "%{dr1}", "%{d!}", "\t", "%%%_"])
labels = st.sampled_from(["b", "a-b", "d", "gone", "x/1", "%%", "%_"])
domains = st.builds(
    "{}{}".format,
    st.lists(st.one_of(macros, macros, labels), min_size=1, max_size=3).map(".".join),
    st.sampled_from([".example", ".org", ".example."]),
)
specs = st.one_of(
    domains,
    domains,
    macros,
    st.sampled_from(["%{d}", "%{o}", "%{p}", "%{l}.example", "%{d2}", "b.%{d1}", *NAMES]),
    st.builds("{}{}".format, domains, st.sampled_from(["", ".", "..", ".1", ".a-", "/24", "%", "%{d}", "%%{d}", "}"])),
    st.builds("{}.{}.example".format, labels, broken_macros),
)
any_mechanism = st.builds(
    "{}{}{}".format,
    st.sampled_from(["a:", "mx:", "include:", "exists:", "ptr:", "Ptr:", "a", "ptr", "ptr", "exists", "include"]),
    st.one_of(specs, specs, st.just("")),
    st.sampled_from(["", "", "", "/24", "//64", "/24//64", "/024", "/33", "//129", "/"]),
)
any_modifier = st.builds(
    "{}={}".format,
    st.sampled_from(["redirect", "redirect", "exp", "Redirect", "x", "x", "X", "default", "op", "include"]),
    st.one_of(specs, st.just("")),
)
any_network = st.builds(
    "{}{}{}".format,
    st.sampled_from(["ip4:", "ip6:", "IP4:", "ip5:", "ip4", "ip6::", ""]),
    st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from(["::", "::1", "1::2:3:4:5:6:7", "01.2.3.4", "1.2.3", "fe80::1%eth0", "::ffff:1.2.3.4"]),
        st.text("0123456789abcdef:.", max_size=20),
    ),
    st.sampled_from(["", "/0", "/8", "/32", "/33", "/128", "/129", "/024", "//64", "/", "/1a"]),
)
odd = st.builds(
    "{}{}".format,
    st.sampled_from(["", "", "", "-", "?"]),
    st.one_of(
        any_mechanism,
        any_mechanism,
        any_modifier,
        any_network,
        st.sampled_from(
            ["ptr", "exists:%{d}.b.example", "a:%{p}", "x=1 x=2", "mx", "exists:%{o-}.example", "include:%{d}"]
        ),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=6),
    ),
)
any_records = st.builds(
    "v=spf1 {} {} {} {}".format,
    st.lists(plain, max_size=2).map(" ".join),
    st.lists(odd, min_size=1, max_size=2).map(" ".join),
    st.lists(plain, max_size=1).map(" ".join),
    endings,
)


class Everywhere(MemoryResolver):
    """Half of all names that are in no zone have an address, the same half each time: what a macro expands to matters."""

    def lookup(self, name, rrtype, *, timeout_s=None):
        answer = super().lookup(name, rrtype, timeout_s=timeout_s)
        if (
            answer.rcode == "NXDOMAIN"
            and rrtype in ("A", "AAAA")
            and is_valid(name)
            and crc32(normal(name).encode()) & 1
        ):
            return answered(normal(name), rrtype, (ADDRESSES[0] if rrtype == "A" else ADDRESSES[3],))
        return answer


def _zones(of):
    names = {
        name: st.fixed_dictionaries(
            {"TXT": st.lists(of, min_size=int(name != "d.example"), max_size=1)},
            optional={
                "A": st.lists(st.sampled_from(ADDRESSES[:3]), max_size=2),
                "AAAA": st.lists(st.sampled_from(ADDRESSES[3:]), max_size=2),
                "MX": st.lists(st.tuples(st.just(10), st.sampled_from(NAMES)), max_size=3),
            },
        )
        for name in NAMES[:-1]
    }
    back = {
        name: st.fixed_dictionaries({"PTR": st.lists(st.sampled_from([*NAMES, "B.Example"]), max_size=3)})
        for name in REVERSE
    }
    return st.fixed_dictionaries(names, optional=back)


zones = _zones(records)
any_zones = _zones(st.one_of(records, any_records))
silent = st.sets(
    st.one_of(
        st.tuples(st.sampled_from(NAMES[1:]), st.sampled_from(["TXT", "A", "AAAA", "MX"])),
        st.tuples(st.sampled_from(REVERSE), st.just("PTR")),
    ),
    max_size=1,
)
