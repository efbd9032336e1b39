"""`staysub check` as people and programs call it, over a real name server with one zone a case."""

import json
import subprocess
import sys

import pytest

from tests.servers import needs_nsd, nsd, zone_text

pytestmark = [pytest.mark.integration, needs_nsd]

V4, V6 = "192.0.2.25", "2001:db8:25::25"
ZONES = {
    "good.example": {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} -all"]},
    "old.example": {"TXT": [f"v=spf1 ip4:{V4} -all"]},
    "none.example": {"A": [V4]},
    "soft.example": {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} ptr ~all"]},
    "typo.example": {"TXT": [f"v=spf1 ip4:{V4} {V6} -all"]},
    "twice.example": {"TXT": [f"v=spf1 x=1 x=2 ip4:{V4} ip6:{V6} -all"]},
    "xn--mnchen-3ya.example": {"TXT": [f"v=spf1 ip4:{V4} ip6:{V6} -all"]},
    "own.example": {"TXT": ["v=spf1 mx -all"], "MX": [(10, "mx.own.example")]},
    "mx.own.example": {"A": [V4], "AAAA": [V6]},
    "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["mx.own.example"]},
    "25.2.0.192.in-addr.arpa": {"PTR": ["mx.own.example"]},
}


@pytest.fixture(scope="module")
def staysub(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}) as port:

        def call(*args, stdin="", ips=(V4, V6)):
            command = [sys.executable, "-m", "monitor", "check", *args, "--nameserver", f"127.0.0.1:{port}"]
            command += [word for ip in ips for word in ("--ip", ip)]
            return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)

        yield call


@pytest.mark.parametrize(
    ("domain", "code", "status", "codes"),
    [
        pytest.param("good.example", 0, "ok", [], id="in order"),
        pytest.param("old.example", 2, "critical", ["spf.ipv6-not-covered"], id="IPv6 forgotten"),
        pytest.param("none.example", 2, "critical", ["spf.none"], id="no record"),
        pytest.param("soft.example", 1, "warning", ["spf.ptr"], id="a warning"),
        pytest.param("typo.example", 2, "critical", ["spf.syntax"], id="a bare address"),
        pytest.param("twice.example", 1, "warning", ["spf.verifier-disagreement"], id="another verifier differs"),
        pytest.param("münchen.example", 0, "ok", [], id="a name beyond ASCII"),
    ],
)
def test_the_document_says_what_is_wrong_and_the_exit_code_how_bad(staysub, domain, code, status, codes):
    ended = staysub(domain, "--json")
    assert ended.returncode == code, ended.stderr
    found = json.loads(ended.stdout)
    assert found["schema"] == "staysub.check/1"
    assert found["status"] == status
    assert [each["code"] for each in found["findings"]] == codes
    assert found.keys() >= {
        "domain", "evaluated_at", "record", "cost", "results", "findings", "admission", "suggested_record",
    }  # fmt: skip
    assert found["cost"].keys() == {"lookups", "lookup_limit", "void", "void_limit"}
    for each in found["results"]:
        assert each.keys() == {
            "client_ip", "family", "identity", "domain", "result", "lenient_result", "mechanism", "problem", "lookups",
            "void",
        }  # fmt: skip
    for each in found["admission"]:
        assert each.keys() == {"receiver", "client_ip", "action", "reply", "rule", "because", "undecided"}


def test_without_addresses_a_domain_is_checked_for_its_own_mail_servers(staysub):
    found = json.loads(staysub("own.example", "--json", ips=()).stdout)
    assert {each["client_ip"] for each in found["results"]} == {V4, V6}
    assert found["status"] == "ok"


def test_the_trace_holds_every_question(staysub):
    found = json.loads(staysub("good.example", "--json", "--trace").stdout)
    (question, *_) = found["results"][0]["trace"]
    assert (question["name"], question["rrtype"], question["rcode"]) == ("good.example", "TXT", "NOERROR")
    assert question["server"].startswith("127.0.0.1")


def test_the_null_reverse_path_is_checked_by_the_name_in_ehlo(staysub):
    """RFC 7208 section 2.4."""
    found = json.loads(staysub("good.example", "--mail-from", "", "--helo", "old.example", "--json").stdout)
    told = {(each["identity"], each["client_ip"]): (each["domain"], each["result"]) for each in found["results"]}
    assert told["mailfrom", V4] == ("old.example", "pass")
    assert told["mailfrom", V6] == ("old.example", "fail")


def test_what_is_not_known_is_not_called_absent():
    command = [sys.executable, "-m", "monitor", "check", "good.example", "--ip", V4, "--nameserver", "127.0.0.1:1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "record: not known: DNS does not answer" in ended.stdout


def test_a_failure_common_to_all_domains_is_told_once_and_as_ours():
    lines = [json.dumps({"mail_from": f"a@d{n}.example", "helo": "x.example", "client_ip": [V4]}) for n in range(6)]
    command = [sys.executable, "-m", "monitor", "check", "--batch", "-", "--nameserver", "127.0.0.1:1"]
    ended = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    assert [json.loads(line)["results"][0]["result"] for line in ended.stdout.splitlines()] == ["temperror"] * 6
    (said,) = ended.stderr.splitlines()
    assert "Our own resolver or network does not answer" in said


def test_nagios_gets_one_line_with_performance_data(staysub):
    ended = staysub("old.example", "--nagios")
    assert ended.returncode == 2
    (line,) = ended.stdout.splitlines()
    words, data = line.split("|")
    assert words.startswith("STAYSUB CRITICAL - old.example: ")
    assert data.strip() == "lookups=0;;10 void=0;;2 passing=1"


def test_a_person_reads_the_record_to_publish_and_the_tree(staysub):
    said = staysub("old.example", "--tree").stdout
    assert f"v=spf1 ip6:{V6} ip4:{V4} -all" in said
    assert "0 of 10 lookups" in said


def test_a_batch_is_answered_in_order_and_a_wrong_line_costs_nothing_else(staysub):
    lines = [
        {"mail_from": "a@good.example", "helo": "mx.good.example", "client_ip": [V4, V6]},
        {"mail_from": "a@old.example", "helo": "mx.old.example", "client_ip": ["::ffff:192.0.2.25", V6]},
        {"mail_from": "", "helo": "own.example", "client_ip": [V6]},
        {"mail_from": "a@none.example", "helo": "x.example", "client_ip": []},
        {"mail_from": "a@none.example", "helo": "x.example", "client_ip": [V4]},
    ]
    ended = staysub("--batch", "-", stdin="\n".join(map(json.dumps, lines)) + "\nno json\n", ips=())
    assert ended.returncode == 64
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [answer.get("domain") for answer in answers] == [
        "good.example", "old.example", "own.example", None, "none.example", None,
    ]  # fmt: skip
    results = [[each["result"] for each in answer.get("results", [])] for answer in answers]
    assert results == [["pass", "pass"], ["pass", "fail"], ["pass"], [], ["none"], []]
    assert [answer["line"] for answer in answers if "error" in answer] == [4, 6]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["nonsense"], "neither a list of the configuration nor a domain name", id="no domain"),
        pytest.param([], "Name a domain or a list to check", id="nothing"),
        pytest.param(["a.example", "--batch", "-"], "Name a domain or a list to check, or a file", id="both"),
        pytest.param(["--batch", "/nonexistent"], "cannot be read", id="no such file"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_64(staysub, args, says):
    ended = staysub(*args, ips=())
    assert ended.returncode == 64
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_each_name_server_is_asked_directly_where_it_is_wished(tmp_path):
    """Two servers of one zone say different things, a third is gone; a port that is not 53 is the resolver's own."""

    def zone(record):
        servers = "".join(f"@ 300 IN NS ns{n}\nns{n} 300 IN A 127.0.0.{n}\n" for n in (1, 2))
        return f'$ORIGIN both.example.\n@ 300 IN SOA ns1 hostmaster 1 3600 600 86400 60\n{servers}@ 300 IN TXT "{record}"\n'

    with (
        nsd(tmp_path / "1", {"both.example": zone(f"v=spf1 ip4:{V4} -all")}) as port,
        nsd(tmp_path / "2", {"both.example": zone("v=spf1 -all")}, port=port, hosts=("127.0.0.2",)),
    ):

        def codes(*args):
            command = [sys.executable, "-m", "monitor", "check", "both.example", "--ip", V4, "--json", *args]
            command += ["--nameserver", f"127.0.0.1:{port}"]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            return {finding["code"]: finding for finding in json.loads(ended.stdout)["findings"]}

        asked, unasked = codes("--servers"), codes()
    assert asked.keys() >= {"dns.servers-disagree", "dns.no-ipv6-server"}
    assert asked["dns.servers-disagree"]["severity"] == "critical"
    assert not any(code.startswith("dns.") for code in unasked)
