"""Every reader of octets from outside: it gives a value or its named error, in a time that does not explode.

The table is `tests/hostile/readers.py`. A function that reads octets, and is neither called by a reader there nor known
to meet none from outside, fails here.
"""

import ast
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import TOP, nothing_raised
from tests.hostile.readers import READERS

# Seven times what the slowest takes on a busy machine, and less than what grew with the square took. How time grows is
# measured by `make bench BENCH=hostile`, where nothing else runs.
WITHIN_S = 5.0
# Each shape at the first reader that it is aimed at.
SHAPES = {shape: name for name, each in reversed(READERS.items()) for shape in each.shapes}
# First words of names of functions that read text.
READING = ("read_", "parse", "decode", "split_", "verify", "first_")
# Functions that are given octets or text and need no line in the table, by module, with the reason.
NO_READERS = {
    "monitor.cli.check.batch": "parts a stream into lines; question() reads them",
    "monitor.config": "what an operator wrote; parse() of the whole file is in the table",
    "monitor.dns.servers": "what an operator wrote",
    "monitor.dns.text": "shows records",
    "monitor.dns.wire": "writes a question",
    "monitor.tongue.catalogue": "the program's own catalogues",
    "monitor.dkim": "verify_all() is in the table, and calls all the others",
    "monitor.evidence.bounces.read": "a key is ours",
    "monitor.evidence.ledger_letters": "read_ledger() is in the table, and calls all of them",
    "monitor.mtas.exim": "EximLog.read() is in the table, and calls all of them",
    "monitor.mtas.names": "the readers of logs are in the table, and call all of them",
    "monitor.mtas.opensmtpd": "OpenSmtpdLog.read() is in the table, and calls all of them",
    "monitor.mtas.sendmail": "SendmailLog.read() is in the table, and calls all of them",
    "monitor.mtas.unread": "every LogReader.read() is in the table, and calls them",
    "monitor.notify.share_keys": "a key is ours",
    "monitor.operations.make_probe": "a key is ours",
    "monitor.probe.token": "a key is ours; verify() is in the table",
    "monitor.proposal": "what an operator typed",
    "monitor.signing": "a key is ours",
    "monitor.smtp.submission": "what an operator wrote",
    "monitor.spf": "check() is in the table, and calls all of them",
    "monitor.store": "unpack(), and what reads short forms, are in the table, and call all the others",
    "monitor.trace": "explain() and read_bounce() are in the table, and call all the others",
    "monitor.web.access": "keys are ours; what the header of a request says is in the table",
    "monitor.web.api.list_detail": "a key is ours",
}
SPOKEN = [
    *(
        b"From: ",
        b"Received: ",
        b"To: ",
        b"Subject: =?utf-8?b?",
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"--x\n",
    ),
    *(
        b"Content-Type: message/rfc822\n",
        b"Content-Type: message/delivery-status\n",
        b"DKIM-Signature: v=1; a=",
        b"\r\n",
    ),
    *(
        b"Final-Recipient: rfc822; a@b\n",
        b"Diagnostic-Code: smtp; 550 5.7.1 ",
        b"MAILER-DAEMON@x.example\n",
        b"\n\n",
        b" ",
    ),
    *(
        b"v=spf1 ",
        b"include:",
        b"ip4:192.0.2.1",
        b"v=DMARC1; p=",
        b"v=DKIM1; p=",
        b"k=rsa; ",
        b"%{",
        b"-all",
        b"~",
        b"/",
        b"=",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"(",
        b")",
        b"<",
        b">",
        b"@",
        b";",
        b":",
        b",",
        b".",
        b"-",
        b"1",
        b"null",
        b"\x00",
    ),
    *(
        b"staysub_session=",
        b"//[",
        b"https://",
        b"Mon, 2 Nov 2026 10:00:00 +0000",
        b"99999999999999999999",
        b"\xff",
        b"\xc3",
    ),
    *(b"[web]\n", b'id = "a"\n', b"\xc0\x0c", b"\x00\x10\x00\x01", b"\x00\x01\x84\x00\x00\x01\x00\x05\x00\x00\x00\x00"),
]
OCTETS = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(st.sampled_from(SPOKEN), st.binary(max_size=4)), max_size=60).map(b"".join),
)
REPEATED = st.tuples(st.sampled_from(SPOKEN), st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1])


@pytest.mark.parametrize("name", READERS)
@given(octets=st.one_of(OCTETS, st.tuples(OCTETS, REPEATED, OCTETS).map(b"".join)))
def test_whatever_the_octets_a_reader_gives_a_value_or_its_error(name, octets):
    reader = READERS[name]
    began = time.process_time()
    with nothing_raised(but=reader.raises):
        reader.read(octets[: reader.octets_max])
    assert time.process_time() - began < WITHIN_S


@pytest.mark.parametrize(("shape", "name"), SHAPES.items())
def test_no_shape_at_a_readers_limit_takes_long(shape, name):
    reader = READERS[name]
    octets = reader.shapes[shape](reader.octets_max)[: reader.octets_max]
    assert len(octets) > reader.octets_max // 2
    began = time.process_time()
    with nothing_raised(but=reader.raises):
        reader.read(octets)
    assert time.process_time() - began < WITHIN_S


def readers_in(path: Path):
    """The public functions that are given octets, or are called as what reads text."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.args.args:
            annotation = node.args.args[0].annotation
            given = set(ast.unparse(annotation).replace("[", " ").replace("]", " ").split() if annotation else ())
            if "bytes" in given or (given & {"str", "Sequence"} and node.name.startswith(READING)):
                yield node.name


def test_every_function_that_reads_octets_is_in_the_table_or_is_known_to_meet_none_from_outside():
    known = {f"{each.__module__}.{each.__name__}" for reader in READERS.values() for each in reader.reads}
    found = {}
    for path in (TOP / "monitor").rglob("*.py"):
        module = ".".join(path.relative_to(TOP).with_suffix("").parts)
        found |= {f"{module}.{name}": module for name in readers_in(path)}
    excused = {
        name for name, module in found.items() if any(f"{module}.".startswith(f"{each}.") for each in NO_READERS)
    }
    assert set(found) - known - excused == set()
    assert [
        each for each in NO_READERS if not any(f"{module}.".startswith(f"{each}.") for module in found.values())
    ] == []


def test_the_rule_sees_a_reader(tmp_path):
    """The rule itself: octets count by their type, text by the name."""
    path = tmp_path / "a.py"
    path.write_text(
        "def a(x: bytes): 1\ndef b(x: int): 1\ndef read_c(x: str): 1\ndef d(x: Iterable[bytes]): 1\ndef e(x: str): 1\n"
    )
    assert list(readers_in(path)) == ["a", "read_c", "d"]
