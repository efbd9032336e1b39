"""DNS messages: dnspython is the judge of what we write and read, and no octets bring anything but Malformed."""

import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from monitor.dns.name import from_labels, labels_of
from monitor.dns.wire import TYPES, Malformed, is_response_to, query, question, read
from tests.harness import nothing_raised

labels = st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=6).map(tuple)
rdatas = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
    "MX": st.tuples(st.integers(0, 65535), labels).map(lambda mx: f"{mx[0]} {dns.name.Name((*mx[1], b''))}"),
    "PTR": labels.map(lambda name: str(dns.name.Name((*name, b"")))),
    "TXT": st.lists(st.binary(max_size=255), min_size=1, max_size=3).map(
        lambda strings: " ".join('"' + "".join(f"\\{octet:03d}" for octet in one) + '"' for one in strings)
    ),
}


@given(labels, st.sampled_from(sorted(TYPES)), st.integers(0, 65535), st.booleans())
def test_queries_are_what_dnspython_reads(name, rrtype, identifier, edns):
    message = dns.message.from_wire(query(identifier, question(name, rrtype), edns=edns))
    (asked,) = message.question
    assert (asked.name, dns.rdatatype.to_text(asked.rdtype)) == (dns.name.Name((*name, b"")), rrtype)
    assert (message.id, message.edns >= 0) == (identifier, edns)


@given(st.data(), labels, st.sampled_from(sorted(rdatas)), st.integers(0, (1 << 31) - 1))
def test_responses_are_read_as_dnspython_wrote_them(data, name, rrtype, ttl):
    texts = data.draw(st.lists(rdatas[rrtype], min_size=1, max_size=4, unique=True))
    asked = dns.message.make_query(dns.name.Name((*name, b"")), rrtype)
    response = dns.message.make_response(asked)
    rrset = dns.rrset.from_text_list(asked.question[0].name, ttl, "IN", rrtype, texts)
    response.answer.append(rrset)
    octets = response.to_wire(max_size=65535)
    section = question(name, rrtype)
    assert is_response_to(octets, asked.id, section)
    message = read(octets, section)
    assert message.rcode == "NOERROR"
    assert {(one.name, one.rrtype, one.ttl_s) for one in message.answers} == {(from_labels(name), rrtype, ttl)}
    assert {_rdata(one.value) for one in message.answers} == {_judged(rdata) for rdata in rrset}
    assert len(message.answers) == len(rrset)


def _rdata(value):
    if isinstance(value, tuple) and isinstance(value[0], int):
        return value[0], labels_of(value[1])
    return value


def _judged(rdata):
    kind = dns.rdatatype.to_text(rdata.rdtype)
    if kind == "TXT":
        return rdata.strings
    if kind == "MX":
        return rdata.preference, _lower(rdata.exchange)
    return from_labels(_lower(rdata.target)) if kind == "PTR" else rdata.address


def _lower(name):
    return tuple(label.lower() for label in name.labels[:-1])


@given(st.binary(max_size=600), labels, st.sampled_from(sorted(TYPES)))
def test_any_octets_are_a_response_or_malformed(octets, name, rrtype):
    section = question(name, rrtype)
    assert is_response_to(octets, 1, section) in {True, False}
    for whole in (octets, b"\x00\x01\x84\x00\x00\x01\x00\x05\x00\x01\x00\x00" + section + octets):
        with nothing_raised(but=Malformed):
            read(whole, section)


@given(st.data(), labels)
def test_a_damaged_response_is_a_response_or_malformed(data, name):
    """One octet changed, or the end missing."""
    asked = dns.message.make_query(dns.name.Name((*name, b"")), "MX")
    response = dns.message.make_response(asked)
    response.answer.append(
        dns.rrset.from_text(asked.question[0].name, 60, "IN", "MX", "10 mx.example.", "20 b.mx.example.")
    )
    octets = bytearray(response.to_wire())
    at = data.draw(st.integers(12, len(octets) - 1))
    octets[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(12, len(octets)))
    with nothing_raised(but=Malformed):
        read(bytes(octets[:cut]), question(name, "MX"))
