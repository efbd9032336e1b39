"""What DNS64 made up is left out of a check and told as an affair of our own network: nothing about the list."""

from dataclasses import replace

import pytest

from monitor.admission.rules import load_rules
from monitor.dns.answer import Answer
from monitor.dns.heard import Heard
from monitor.dns.left_out import left_out_findings
from monitor.letters.letter import letters_on
from monitor.model.dns import Identity, SpfResult
from monitor.model.findings import CheckStatus, Severity
from monitor.spf.check import Subject, check
from monitor.spf.reevaluate import reevaluate_check
from tests.builders import NOW, V4, V6
from tests.fakes import ZoneResolver

HOSTS = [f"old{n}.example" for n in range(1, 6)]
RECORD = f"v=spf1 a:{HOSTS[0]} ip4:{V4} ip6:{V6} -all"
ZONES = {
    "lists.example.org": {"TXT": [RECORD]},
    "mail.lists.example.org": {"A": [str(V4)], "AAAA": [str(V6)]},
    **{host: {"A": [f"198.51.100.{n}"]} for n, host in enumerate(HOSTS, 1)},
    **{each.reverse_pointer: {"PTR": ["mail.lists.example.org"]} for each in (V4, V6)},
}


class BehindDns64(ZoneResolver):
    """Our resolver behind a server that makes addresses up: they are not in the answer, but in its trace line."""

    def lookup(self, name, rrtype, *, timeout_s=None):
        answer = super().lookup(name, rrtype, timeout_s=timeout_s)
        if rrtype != "AAAA" or answer.records:
            return answer
        made = tuple(f"64:ff9b::{each}" for each in super().lookup(name, "A").strings)
        line = replace(answer.question, server="192.0.2.53:53", synthesised=made)
        return Answer(rcode=answer.rcode, records=(), question=line)


def checked(zones=ZONES, resolver=BehindDns64):
    subject = Subject(
        list_id="ops",
        domain="lists.example.org",
        reverse_path="ops-bounces@lists.example.org",
        helo="mail.lists.example.org",
        outbound=(V4, V6),
    )
    return check(subject, resolver(zones), now=NOW)


def test_it_is_told_as_a_note_that_moves_nothing():
    found = checked()
    (note,) = found.findings
    assert (note.code, note.severity, note.fix, found.status) == ("resolver.dns64", Severity.INFO, None, CheckStatus.OK)
    assert "192.0.2.53:53" in note.message
    assert HOSTS[0] in note.message
    assert note.evidence == {
        "names": HOSTS[:1],
        "addresses": ["64:ff9b::198.51.100.1"],
        "nameservers": ["192.0.2.53:53"],
    }
    assert letters_on(found.findings, load_rules()) == ()


def test_the_verdict_is_the_worlds_and_is_reached_again_from_its_trace():
    record = f"v=spf1 {' '.join(f'a:{host}' for host in HOSTS)} ip4:{V4} ip6:{V6} -all"
    zones = {**ZONES, "lists.example.org": {"TXT": [record]}}
    behind, plain = checked(zones), checked(zones, ZoneResolver)
    verdicts = [(each.identity, each.client_ip, each.result, each.void) for each in plain.results]
    for found in (behind, reevaluate_check(behind)):
        assert [(each.identity, each.client_ip, each.result, each.void) for each in found.results] == verdicts
    assert (Identity.MAILFROM, V6, SpfResult.PERMERROR, 5) in verdicts
    assert {each.code for each in behind.findings} - {each.code for each in plain.findings} == {"resolver.dns64"}
    (note,) = (each for each in behind.findings if each.code == "resolver.dns64")
    assert "and 2 more" in note.message
    assert note.evidence["names"] == HOSTS


@pytest.mark.parametrize("resolver", [ZoneResolver, BehindDns64])
def test_without_made_up_addresses_there_is_nothing_to_tell(resolver):
    asked = Heard(resolver(ZONES))
    assert asked.lookup("mail.lists.example.org", "AAAA").strings == (str(V6),)
    assert asked.lookup("gone.example", "AAAA").rcode == "NXDOMAIN"
    assert left_out_findings(asked.heard) == ()
