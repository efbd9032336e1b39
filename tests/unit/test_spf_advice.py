"""One right repair for each fault of a record: what is proposed for records as owners publish them."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from monitor.model.dns import SpfResult
from monitor.model.findings import Fix, FixAction, Severity
from monitor.spf.check import Subject, check
from monitor.spf.gate import Gate
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DOMAIN, HELO = "example.org", "mail.example.org"
V4, V6 = ip_address("192.0.2.25"), ip_address("2001:db8:25::25")
BOTH = f"ip4:{V4} ip6:{V6}"
MX = {DOMAIN: {"MX": [(10, HELO)]}}
BASE = {
    HELO: {"A": [str(V4)], "AAAA": [str(V6)]},
    **{address.reverse_pointer: {"PTR": [HELO]} for address in (V4, V6)},
    "_spf.provider.example": {"TXT": ["v=spf1 ip4:198.51.100.0/24 ~all"]},
    "spf.news.example": {"TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]},
    "typo.example": {"TXT": ["v=spf1 ipv4:203.0.113.7 -all"]},
    "circle.example": {"TXT": ["v=spf1 include:circle2.example -all"]},
    "circle2.example": {"TXT": ["v=spf1 include:circle.example -all"]},
    "inside.example": {"A": ["10.1.2.3"]},
    "web.example": {"A": ["198.51.100.200"]},
    f"_r.{DOMAIN}": {"TXT": [f"v=spf1 {BOTH} -all"]},
    f"_typo.{DOMAIN}": {"TXT": [f"v=spf1 ip4:{V4} {V6} -all"]},
}
PROVIDER, NEWS = "include:_spf.provider.example", "include:spf.news.example"


def checked(txt, zones=None, *, errors=None, outbound=(V4, V6), helo=HELO, **more):
    published = {} if txt is None else {"TXT": [txt] if isinstance(txt, str) else txt}
    zones = {**BASE, **(zones or {})}
    zones[DOMAIN] = {**zones.get(DOMAIN, {}), **published}
    subject = Subject(
        list_id="ops", domain=DOMAIN, reverse_path=f"ops-bounces@{DOMAIN}", helo=helo, outbound=outbound, **more
    )
    return check(subject, ZoneResolver(zones, errors), now=NOW)


def finding(outcome, code):
    return next(each for each in outcome.findings if each.code == code)


REPAIRS = [  # what is published, what is proposed
    ("terms run together", f"v=spf1 ip4:{V4}~all", f"v=spf1 ip6:{V6} ip4:{V4} ~all"),
    ("with an end that a name may have", f"v=spf1 {BOTH} {PROVIDER}-all", f"v=spf1 {BOTH} {PROVIDER} -all"),
    ("two includes run together", f"v=spf1 {BOTH} {PROVIDER}{NEWS} -all", f"v=spf1 {BOTH} {PROVIDER} {NEWS} -all"),
    ("a name that may be one", f"v=spf1 a:mail.examplemx ip6:{V6} ~all", f"v=spf1 ip4:{V4} a:mail.examplemx ip6:{V6} ~all"),
    ("redirect beside all §6.1", f"v=spf1 redirect=_r.{DOMAIN} -all", f"v=spf1 redirect=_r.{DOMAIN}"),
    ("dead redirect beside all", "v=spf1 redirect=gone.example ~all", f"v=spf1 {BOTH} ~all"),
    ("broken redirect beside all", "v=spf1 redirect=typo.example ~all", f"v=spf1 {BOTH} ~all"),
    ("broken redirect alone", "v=spf1 redirect=typo.example", f"v=spf1 {BOTH} ~all"),
    ("an include of a broken record, unended", "v=spf1 include:typo.example", f"v=spf1 {BOTH} ~all"),
    ("several records §4.5", [f"v=spf1 {PROVIDER} ~all", f"v=spf1 {NEWS} ?all"], f"v=spf1 {BOTH} {PROVIDER} {NEWS} ~all"),
    ("one of them with a redirect", ["v=spf1 redirect=spf.news.example", f"v=spf1 {BOTH} -all"], f"v=spf1 {BOTH} {NEWS} -all"),
    ("one twice", [f"v=spf1 {BOTH} -all"] * 2, f"v=spf1 {BOTH} -all"),
    ("a circle §5.2", "v=spf1 include:circle.example -all", f"v=spf1 {BOTH} -all"),
    ("a record that includes itself", f"v=spf1 include:{DOMAIN} ~all", f"v=spf1 {BOTH} ~all"),
    ("an include that leads nowhere", "v=spf1 include:gone.example -all", f"v=spf1 {BOTH} -all"),
    ("an include of a broken record", "v=spf1 include:typo.example -all", f"v=spf1 {BOTH} -all"),
    ("names of mechanisms", f"v=spf1 ipv4:{V4} ipv6:{V6} inlcude:spf.news.example -all", f"v=spf1 {BOTH} {NEWS} -all"),
    ("families exchanged", f"v=spf1 ip4:{V6} ip6:{V4} -all", f"v=spf1 ip6:{V6} ip4:{V4} -all"),
    ("commas", f"v=spf1 mx,{NEWS},ip6:{V6} ~all", f"v=spf1 mx {NEWS} ip6:{V6} ~all"),
    ("a comma that a name may have", f"v=spf1 {BOTH} {PROVIDER},{NEWS} ~all", f"v=spf1 {BOTH} {PROVIDER} {NEWS} ~all"),
    ("semicolons", f"v=spf1 ip4:{V4}; ip6:{V6}; -all", f"v=spf1 {BOTH} -all"),
    ("spaces behind colons", f"v=spf1 include: spf.news.example ip4: {V4} ip6 {V6} ~ all", f"v=spf1 {NEWS} {BOTH} ~all"),
    ("two signs", f"v=spf1 {BOTH} ~~all", f"v=spf1 {BOTH} ~all"),
    ("equals signs", f"v=spf1 ip4={V4} include=spf.news.example ip6:{V6} -all", f"v=spf1 ip4:{V4} {NEWS} ip6:{V6} -all"),
    ("a colon behind redirect", f"v=spf1 redirect:_r.{DOMAIN}", f"v=spf1 redirect=_r.{DOMAIN}"),
    ("a host as address", f"v=spf1 ip4:{HELO} -all", f"v=spf1 a:{HELO} -all"),
    ("an address as host", f"v=spf1 a:{V4} include:{V6} -all", f"v=spf1 {BOTH} -all"),
    ("a URL", f"v=spf1 {BOTH} include:https://spf.news.example/ -all", f"v=spf1 {BOTH} {NEWS} -all"),
    ("the version twice", f"v=spf1 v=spf1 ip4:{V4} -all", f"v=spf1 ip6:{V6} ip4:{V4} -all"),
    ("nonsense", f"v=spf1 foo ip4:{V4} bar", f"v=spf1 ip6:{V6} ip4:{V4} -all"),
    ("no record is closed while broken", f"v=spf1 {BOTH} ip4:192.0.2.999", f"v=spf1 {BOTH} -all"),
    ("private networks RFC 6890", "v=spf1 ip4:10.0.0.0/8 ip6:fd00::/8 -all", f"v=spf1 {BOTH} -all"),
    ("hosts that nobody sees", f"v=spf1 a:inside.example ip6:{V6} -all", f"v=spf1 ip4:{V4} ip6:{V6} -all"),
    ("the whole world in disguise", "v=spf1 a:web.example/0 -all", f"v=spf1 {BOTH} -all"),
    ("the whole world", "v=spf1 ip4:0.0.0.0/0 -all", f"v=spf1 {BOTH} -all"),
    ("one's own address refused", f"v=spf1 -ip4:{V4} ip6:{V6} -all", f"v=spf1 ip4:{V4} ip6:{V6} -all"),
    ("nobody named", "v=spf1 ?all", f"v=spf1 {BOTH} ?all"),
    ("nothing said", "v=spf1", f"v=spf1 {BOTH} -all"),
]  # fmt: skip


@pytest.mark.parametrize(("txt", "proposed"), [pytest.param(*rest, id=name) for name, *rest in REPAIRS])
def test_mail_is_refused_and_one_record_ends_all_of_it(txt, proposed):
    found = checked(txt, MX)
    assert found.suggested_record == proposed
    serious = {Severity.CRITICAL, Severity.WARNING}
    own = [each for each in found.findings if each.severity in serious and each.code != "spf.too-wide"]
    assert {each.fix.value for each in own} == {proposed}
    again = checked(proposed, MX)
    assert again.suggested_record is None
    assert not [each for each in again.findings if each.severity in serious]


TIDIED = [  # mail passes, and yet: what is published, the finding, what is proposed
    ("ptr alone §5.5", "v=spf1 ptr -all", "spf.ptr", f"v=spf1 {BOTH} -all"),
    ("ptr beside mx", f"v=spf1 mx ptr:{DOMAIN} ~all", "spf.ptr", "v=spf1 mx ~all"),
    ("+all alone", "v=spf1 +all", "spf.pass-all", f"v=spf1 {BOTH} -all"),
    ("all without a sign", "v=spf1 mx all", "spf.pass-all", "v=spf1 mx -all"),
    ("?all", "v=spf1 mx ?all", "spf.neutral-all", "v=spf1 mx -all"),
    ("no all", "v=spf1 mx", "spf.no-all", "v=spf1 mx -all"),
    ("behind all, somebody", f"v=spf1 mx ~all {NEWS}", "spf.after-all", f"v=spf1 mx {NEWS} ~all"),
    ("behind all, nobody", "v=spf1 mx ~all include:gone.example a", "spf.after-all", "v=spf1 mx ~all"),
    ("a second all", "v=spf1 mx ~all -all", "spf.after-all", "v=spf1 mx ~all"),
    ("twice", f"v=spf1 mx MX ip4:{V4} +ip4:{V4} -all", "spf.duplicate-term", f"v=spf1 mx ip4:{V4} -all"),
    ("an equals sign", "v=spf1 mx include=spf.news.example -all", "spf.syntax", f"v=spf1 mx {NEWS} -all"),
]  # fmt: skip


@pytest.mark.parametrize(("txt", "code", "proposed"), [pytest.param(*rest, id=name) for name, *rest in TIDIED])
def test_what_only_looks_right_is_ended_by_a_record_that_still_passes(txt, code, proposed):
    found = checked(txt, MX)
    assert found.suggested_record is None, "no mail is refused"
    fix = finding(found, code).fix
    assert (fix.action, fix.name, fix.type, fix.value) == (FixAction.CHANGE, DOMAIN, "TXT", proposed)
    assert code not in {each.code for each in checked(proposed, MX).findings}


def test_a_place_of_which_nobody_can_tell_is_left_out_and_to_be_found_out():
    told = finding(checked(f"v=spf1 {BOTH} ip4:192.0.2.999 -all"), "spf.syntax")
    assert told.fix.value == f"v=spf1 {BOTH} -all"
    assert told.message.endswith("Find out what it was meant to be: the record to publish leaves it out.")
    guessed = finding(checked(f"v=spf1 {BOTH} ipv4:192.0.2.9 -all"), "spf.syntax")
    assert "Find out" not in guessed.message


def test_two_terms_that_are_one_with_a_space_inside_are_one_fault():
    found = checked(f"v=spf1 {BOTH} include: spf.news.example -all")
    (told,) = (each for each in found.findings if each.code == "spf.syntax")
    assert "`include: spf.news.example`" in told.message
    assert "Probably `include:spf.news.example` was meant." in told.message


def test_a_fault_in_somebody_elses_record_is_asked_for_and_never_published():
    """Where it decides nothing of the list's, and where it does: then the list's own record does without it."""
    found = checked("v=spf1 include:typo.example -all", outbound=())
    (told,) = (each for each in found.findings if each.code == "spf.syntax")
    assert (told.fix.action, told.fix.name, told.fix.type) == (FixAction.ASK, "who publishes typo.example", "")
    assert "put `ip4:203.0.113.7`" in told.fix.value
    (told,) = (each for each in checked("v=spf1 include:typo.example -all").findings if each.code == "spf.syntax")
    assert (told.fix.name, told.fix.value) == (DOMAIN, f"v=spf1 {BOTH} -all")
    assert "Until that is mended" in told.message


def test_a_fault_in_the_owners_own_record_below_is_mended_there():
    found = checked(f"v=spf1 include:_typo.{DOMAIN} -all")
    assert found.suggested_record is None
    fix = finding(found, "spf.syntax").fix
    assert (fix.name, fix.type, fix.value) == (f"_typo.{DOMAIN}", "TXT", f"v=spf1 {BOTH} -all")


TWO = {"two.example": {"TXT": ["v=spf1 ip4:203.0.113.7 -all", "v=spf1 ip4:203.0.113.8 -all"]}}
OWN = "v=spf1 include:_a.example.org include:_b.example.org -all"
BELOW = [  # what is wrong at one of the owner's names below the domain, and the record that ends it there
    ("an address without a mechanism", ["v=spf1 192.0.2.26 -all"], "v=spf1 ip4:192.0.2.26 -all"),
    ("several records", ["v=spf1 ip4:192.0.2.26 -all", "v=spf1 ip4:192.0.2.27 -all"], "v=spf1 ip4:192.0.2.26 ip4:192.0.2.27 -all"),
    ("a space in front", [" v=spf1 ip4:192.0.2.26 -all"], "v=spf1 ip4:192.0.2.26 -all"),
]  # fmt: skip


def test_a_domain_with_several_records_is_named_and_whom_to_ask():
    """RFC 7208 section 4.5."""
    found = checked(f"v=spf1 include:two.example {BOTH} -all", TWO)
    assert not [each for each in found.findings if each.code == "spf.syntax"]
    told = finding(found, "spf.multiple")
    assert told.message.startswith(
        "two.example, which `include:two.example` in the SPF record of example.org names, has 2"
    )
    assert "Ask who publishes two.example to mend that." in told.message
    assert (told.evidence["domain"], told.fix.name, told.fix.value) == ("two.example", DOMAIN, f"v=spf1 {BOTH} -all")
    asked = finding(checked("v=spf1 include:two.example -all", TWO, outbound=()), "spf.multiple").fix
    assert (asked.action, asked.name, asked.type) == (FixAction.ASK, "who publishes two.example", "")


@pytest.mark.parametrize(("published", "mended"), [pytest.param(*rest, id=name) for name, *rest in BELOW])
def test_whatever_is_wrong_in_the_owners_own_records_below_is_mended_there(published, mended):
    zones = {"_a.example.org": {"TXT": published}, "_b.example.org": {"TXT": [f"v=spf1 {BOTH} -all"]}}
    found = checked(OWN, zones)
    assert found.suggested_record is None
    fixes = {(each.fix.name, each.fix.value) for each in found.findings if each.fix is not None and each.fix.type}
    assert fixes == {("_a.example.org", mended)}
    assert not checked(OWN, {**zones, "_a.example.org": {"TXT": [mended]}}).findings


def test_several_of_the_owners_records_are_mended_each_where_it_stands():
    zones = {
        f"_{name}.example.org": {"TXT": [f"v=spf1 {text}, -all"]} for name, text in zip("ab", BOTH.split(), strict=True)
    }
    found = checked(OWN, zones)
    assert found.suggested_record is None
    fixes = {each.evidence["domain"]: each.fix for each in found.findings if each.code == "spf.syntax"}
    assert {name: (fix.name, fix.value) for name, fix in fixes.items()} == {
        "_a.example.org": ("_a.example.org", f"v=spf1 ip4:{V4} -all"),
        "_b.example.org": ("_b.example.org", f"v=spf1 ip6:{V6} -all"),
    }


def test_beside_a_broken_record_of_somebody_elses_no_mending_below_ends_all():
    found = checked(f"v=spf1 include:_typo.{DOMAIN} include:typo.example -all")
    assert found.suggested_record == f"v=spf1 {BOTH} -all"


@pytest.mark.parametrize("term", ["include:typo.example", "redirect=typo.example"])
def test_a_fault_below_fails_only_what_no_earlier_term_covers(term):
    told = finding(checked(f"v=spf1 {BOTH} {term}"), "spf.syntax")
    assert "mail that no earlier term covers fails" in told.message
    assert "every message" not in told.message
    assert "every message fails" in finding(checked(f"v=spf1 {BOTH} foo -all"), "spf.syntax").message


LEFT_OUT = [
    (["v=spf1 ip4:192.0.2.300 -all", f"v=spf1 {BOTH} -all"], "spf.multiple", "Find out what `ip4:192.0.2.300` was meant to be"),
    (["v=spf1 include:two.example -all", f"v=spf1 {BOTH} -all"], "spf.multiple", "Ask who publishes two.example"),
    (["v=spf1 redirect=gone.example", f"v=spf1 {BOTH} -all"], "spf.multiple", "Find out whom `redirect=gone.example` was to name"),
    ("v=spf1 redirect=typo.example ~all", "spf.after-all", "Ask who publishes typo.example"),
    (" v=spf1 include:two.example -all", "spf.none", "Ask who publishes two.example"),
    (" v=spf1 ip4:192.0.2.300 -all", "spf.none", "Find out what it was meant to say"),
]  # fmt: skip


@pytest.mark.parametrize(("txt", "code", "sentence"), LEFT_OUT)
def test_nothing_is_left_out_without_a_word(txt, code, sentence):
    found = checked(txt, TWO)
    assert found.suggested_record is not None
    assert finding(found, code).message.count(sentence) == 1


@pytest.mark.parametrize(
    "txt",
    [
        [f"v=spf1 {NEWS} -all", f"v=spf1 {BOTH} ~all"],
        f" v=spf1 {BOTH} {NEWS} -all",
        f"v=spf1 redirect=_r.{DOMAIN} -all",
    ],
)
def test_of_what_stays_no_word_is_said(txt):
    assert not [each for each in checked(txt).findings if "leaves" in each.message]


def test_what_stands_under_the_abandoned_type_is_what_was_meant():
    """RFC 7208 section 3.1."""
    found = checked(None, {DOMAIN: {"SPF": [f"v=spf1 ip4:{V4} {NEWS} ~all"]}})
    assert found.suggested_record == f"v=spf1 ip6:{V6} ip4:{V4} {NEWS} ~all"
    fix = finding(found, "spf.type-99").fix
    assert (fix.action, fix.type) == (FixAction.REMOVE, "")


@pytest.mark.parametrize("txt", [None, "v=spf1 mx -all", "v=spf1 ip4:203.0.113.1 -all", "v=spf1 ptr +all"])
@pytest.mark.parametrize(
    "hidden", ["10.0.0.5", "100.64.0.1", "127.0.0.1", "169.254.0.1", "fd00::5", "fe80::1", "2002::1"]
)
def test_an_address_that_nobody_sees_is_asked_about_and_never_named(txt, hidden):
    """RFC 6890."""
    found = checked(txt, MX, outbound=(V4, ip_address(hidden)))
    assert found.suggested_record is None
    fixes = [each.fix for each in found.findings if each.fix is not None]
    assert not [fix for fix in fixes if fix.type]
    assert any("Which public address" in fix.value and hidden in fix.value for fix in fixes)


def test_a_receivers_own_gateway_is_no_sender_of_the_lists():
    found = checked("v=spf1 -all", observed=(ip_address("172.20.0.1"),))
    assert found.suggested_record == f"v=spf1 {BOTH} -all"
    assert "172.20.0.1" not in str(found.findings)


@pytest.mark.parametrize("txt", ["v=spf1 +all", None, "v=spf1 a mx", ["v=spf1 -all", "v=spf1 +all"]])
def test_where_nobody_is_known_to_send_nobody_is_told_to_shut_everybody_out(txt):
    found = checked(txt, outbound=())
    assert found.suggested_record is None
    assert not [each for each in found.findings if each.fix is not None and each.fix.type]


def test_a_record_that_can_be_mended_without_knowing_who_sends_is():
    assert checked("v=spf1 ip4:192.0.2.9~all", outbound=()).suggested_record == "v=spf1 ip4:192.0.2.9 ~all"


def test_dns_trouble_proposes_nothing():
    found = checked(f"v=spf1 include:slow.example ip4:{V4} ptr -all", errors={"slow.example": "timeout"})
    assert found.suggested_record is None
    assert not [each for each in found.findings if each.fix is not None and each.fix.type]


POINTER6 = f"{V6.reverse_pointer}. PTR {HELO}."


def test_a_ptr_record_names_what_the_server_says_in_ehlo():
    found = finding(checked("v=spf1 mx -all", {**MX, V6.reverse_pointer: {}}), "ptr.missing")
    assert (found.fix.action, found.fix.type, found.fix.value) == (FixAction.ASK, "PTR", POINTER6)
    assert "needs an" not in found.message


def test_a_name_that_has_no_such_address_yet_is_to_get_it_as_well():
    zones = {**MX, V6.reverse_pointer: {}, HELO: {"A": [str(V4)]}}
    found = finding(checked(f"v=spf1 {BOTH} -all", zones), "ptr.missing")
    assert found.fix.value == POINTER6
    assert f"{HELO} needs an AAAA record with this address as well" in found.message


def test_nobody_is_told_to_publish_at_a_name_of_somebody_elses():
    found = finding(
        checked(f"v=spf1 {BOTH} -all", {V6.reverse_pointer: {"PTR": ["host-25.provider.example"]}}), "ptr.mismatch"
    )
    assert (found.fix.type, found.fix.value) == ("PTR", POINTER6)
    zones = {HELO: {"A": [str(V4)]}}
    own = finding(checked(f"v=spf1 {BOTH} -all", zones), "ptr.mismatch")
    assert (own.fix.action, own.fix.name, own.fix.type, own.fix.value) == (FixAction.PUBLISH, HELO, "AAAA", str(V6))


@pytest.mark.parametrize(
    "helo", ["localhost", "localhost.localdomain", "mail", "[192.0.2.25]", "mail.lan", "192.0.2.25"]
)
def test_a_name_that_the_world_does_not_know_is_in_no_record(helo):
    fix = finding(checked(f"v=spf1 {BOTH} -all", {V6.reverse_pointer: {}}, helo=helo), "ptr.missing").fix
    assert (fix.action, fix.type) == (FixAction.ASK, "")
    assert helo not in fix.value


def test_without_a_configured_name_a_mail_server_that_leads_there_is_named():
    """`staysub check DOMAIN`: the domain itself is no host's name unless it has the address."""
    zones = {**MX, V6.reverse_pointer: {}}
    fix = finding(checked("v=spf1 mx -all", zones, helo=DOMAIN, hosts=("old.example", HELO)), "ptr.missing").fix
    assert fix.value == POINTER6
    fix = finding(checked("v=spf1 mx -all", zones, helo=DOMAIN, hosts=("old.example",)), "ptr.missing").fix
    assert fix.type == ""


def test_a_record_of_very_many_includes_is_tried_in_few_ways():
    """Only ways that can be within ten lookups are tried (RFC 7208 section 4.6.4)."""
    names = [f"p{n}.example" for n in range(40)]
    zones = {name: {"TXT": [f"v=spf1 ip4:198.51.{n}.0/24 -all"]} for n, name in enumerate(names)}
    published = {DOMAIN: {"TXT": [" ".join(["v=spf1", *(f"include:{name}" for name in names), "-all"])]}}
    resolver = ZoneResolver({**BASE, **zones, **published})
    subject = Subject(list_id="ops", domain=DOMAIN, reverse_path=f"ops-bounces@{DOMAIN}", helo=HELO, outbound=(V4, V6))
    found = check(subject, resolver, now=NOW)
    assert found.suggested_record.count("include:") == 10
    assert found.suggested_record.startswith(f"v=spf1 {BOTH} ")
    assert len(resolver.asked) < 1000


@pytest.mark.parametrize(
    ("rrtype", "name", "value", "shown"),
    [
        ("TXT", DOMAIN, f"v=spf1 {BOTH} -all", True),
        ("TXT", DOMAIN, f"ip4:{V4}", False),
        ("TXT", DOMAIN, "v=spf1 -all", False),
        ("TXT", DOMAIN, f"v=spf1 {BOTH} ip4:10.0.0.1 -all", False),
        ("TXT", DOMAIN, f"v=spf1 {BOTH} +all", False),
        ("TXT", DOMAIN, f"v=spf1 {BOTH}~all", False),
        ("PTR", "who hands it out", POINTER6, True),
        ("PTR", "who hands it out", f"{V6.reverse_pointer}. PTR <the server's name>.", False),
        ("AAAA", HELO, str(V6), True),
        ("AAAA", HELO, "fd00::25", False),
        ("AAAA", "one of the name servers", str(V6), False),
        ("MX", DOMAIN, HELO, False),
        ("", "who publishes it", "Which records are right?", True),
    ],
)
def test_whatever_a_finding_would_have_published_goes_through_one_gate(rrtype, name, value, shown):
    gate = Gate(ZoneResolver(BASE), DOMAIN, (V4, V6), lambda _changed, _client: SpfResult.PASS)
    assert gate.lets_through(Fix(action=FixAction.PUBLISH, name=name, type=rrtype, value=value)) is shown


def test_an_alias_of_somebody_elses_record_is_replaced_by_a_record_that_includes_it():
    """Its owner is not asked to name our addresses (RFC 1034 section 3.6.2: nothing stands beside a CNAME)."""
    provider = BASE["_spf.provider.example"]["TXT"]
    found = checked(None, {DOMAIN: {"CNAME": ["_spf.provider.example"], "TXT": provider}})
    fix = finding(found, "spf.address-not-authorised").fix
    assert (fix.name, fix.type, found.suggested_record) == (f"whoever publishes {DOMAIN}", "", None)
    assert fix.value.startswith(f"Replace the CNAME record of {DOMAIN} ")
    assert fix.value.endswith(f": v=spf1 {BOTH} {PROVIDER} -all")
