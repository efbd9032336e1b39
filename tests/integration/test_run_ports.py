"""`staysub run` and the ports of one's own configuration: an address that opens, or one sentence and nothing left."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest

from monitor.processes.ports import has_ipv6
from tests.harness import STAYSUB, TOP, ended, free_port, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
RECEIVER = '[receiver]\ndomain = "v6.example.org"\nhostname = "mx.v6.example.org"\nlisten = "{}"\n'
SEVERAL = '[[receiver]]\nid = "ams1"\n' + RECEIVER.partition("\n")[2]
ELSEWHERE = '[[receiver]]\nid = "fra1"\ndomain = "v6.example.net"\nhostname = "mx.v6.example.net"\n'
WITHIN_S = 15.0  # in which a taken port is told and all has ended
RUN = "from monitor.cli.main import main; main(['run'])"
IMPATIENT = f"import monitor.cli.run as run; run._READY_S = 1.0; {RUN}"


@contextmanager
def taken(host):
    """A port at which somebody else listens."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        sock.listen()
        yield sock.getsockname()[1]


def written(directory, web, text=""):
    (directory / "staysub.toml").write_text(f'data_dir = "data"\n[web]\nlisten = "{web}"\n{text}')


@contextmanager
def run(directory, command=(*STAYSUB, "run")):
    """A run with its output in a file; ended afterwards."""
    with (directory / "out").open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environ(),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        ended(process)


def environ():
    return {**{k: v for k, v in os.environ.items() if k != "STAYSUB_CONFIG"}, "PYTHONPATH": str(TOP)}


def said(directory):
    return (directory / "out").read_text()


def left_behind(session):
    """What still runs of that run: its parts, and the store, which has a session of its own and our directory."""
    found = subprocess.run(["ps", "-eo", "pid=,sess=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if line.split()[1] == str(session)]


def refused(directory, *, within_s=WITHIN_S):
    """What a run said that had to stop: within the time, with a code of its own, and nothing left of it."""
    began = time.monotonic()
    with run(directory) as process:
        code = process.wait(60)
        took_s = time.monotonic() - began
        assert code not in (0, None)
        assert took_s < within_s
        assert left_behind(process.pid) == []
    assert not (directory / "data" / "redis" / "redis.sock").exists()
    return said(directory)


def the_sentence(text):
    (line,) = text.strip().splitlines()
    return line


def test_taken_pages_stop_the_whole_with_one_sentence(tmp_path):
    with taken("127.0.0.1") as port:
        written(tmp_path, f"127.0.0.1:{port}")
        line = the_sentence(refused(tmp_path))
    assert line.startswith(f"staysub: 127.0.0.1:{port}, where the pages would listen, is taken by ")
    assert line.endswith("give web.listen another port.")


@NEEDS_IPV6
@pytest.mark.parametrize(
    ("table", "name"),
    [
        pytest.param(RECEIVER, "the receiver would listen", id="the receiver"),
        pytest.param(SEVERAL + ELSEWHERE, "the receiver ams1 would listen", id="one of several"),
    ],
)
def test_a_taken_receiver_stops_the_whole_with_one_sentence(tmp_path, table, name):
    with taken("::1") as port:
        written(tmp_path, f"127.0.0.1:{free_port()}", table.format(f"[::1]:{port}"))
        line = the_sentence(refused(tmp_path))
    assert line.startswith(f"staysub: [::1]:{port}, where {name}, is taken by ")


def test_pages_at_an_address_of_another_machine_stop_the_whole(tmp_path):
    written(tmp_path, f"[2001:db8::25]:{free_port()}", "token = '0123456789abcdef'\n")
    assert "is no address of this machine" in the_sentence(refused(tmp_path))


@NEEDS_IPV6
def test_a_port_that_is_taken_while_the_parts_start_stops_the_whole_too(tmp_path):
    """Two parts of one configuration, of which the second cannot have what the first has got."""
    port = free_port()
    both = SEVERAL.format(f"[::1]:{port}") + ELSEWHERE
    written(tmp_path, f"[::1]:{port}", both)
    told = refused(tmp_path, within_s=60)
    assert told.count("would listen, is taken by") == 1
    assert "Trying again" not in told
    assert "Traceback" not in told
    assert told.strip().splitlines()[-1].startswith(f"staysub: [::1]:{port}, where ")
    assert "Nothing is lost" not in told


@NEEDS_IPV6
def test_a_receiver_whose_address_this_machine_lacks_waits_and_the_rest_runs(tmp_path):
    written(tmp_path, f"127.0.0.1:{free_port()}", RECEIVER.format("[2001:db8::25]:25"))
    with run(tmp_path) as process:
        wait_for(lambda: "Its pages: " in said(tmp_path), "address of the pages", within_s=60)
        assert process.poll() is None
    assert "[2001:db8::25]:25 is no address of this machine: lists are not probed. The receiver waits" in said(tmp_path)
    assert "receiver stopped" not in said(tmp_path)


def test_the_address_that_is_printed_opens(tmp_path):
    """As soon as it can be read, a connection is taken there."""
    port = free_port()
    written(tmp_path, f"127.0.0.1:{port}")
    with run(tmp_path):
        wait_for(
            lambda: re.search(r"Its pages: \S+/\n", said(tmp_path)), "address of the pages", within_s=60, every_s=0.01
        )
        with socket.create_connection(("127.0.0.1", port), timeout=5) as session:
            session.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert session.recv(100).startswith(b"HTTP/1.1 ")


def test_no_address_is_printed_before_the_pages_open(tmp_path):
    """The web part is held still as it starts: what is said is that it does not answer, and the address only then."""
    port = free_port()
    written(tmp_path, f"127.0.0.1:{port}")
    with run(tmp_path, (sys.executable, "-c", IMPATIENT)) as process:
        web = wait_for(lambda: part(process.pid, "monitor web"), "web part", within_s=60, every_s=0.005)
        kill(web, signal.SIGSTOP)
        try:
            wait_for(lambda: "do not answer yet" in said(tmp_path), "word of it", within_s=60)
            assert "http://" not in said(tmp_path)
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", port), timeout=5)
        finally:
            kill(web, signal.SIGCONT)
        wait_for(lambda: f"Its pages: http://127.0.0.1:{port}/" in said(tmp_path), "address of the pages", within_s=60)


@NEEDS_IPV6
@pytest.mark.parametrize("before", [0, 1], ids=["the pages", "the workshop"])
def test_the_demonstration_takes_another_port_where_its_own_is_taken_while_it_starts(tmp_path, before):
    """A port that is found free is somebody else's by the time its server would listen there."""
    with taken("127.0.0.1") as port:
        found = f"found = [None] * {before} + [{port}]"
        takes = "plan._preferred = lambda wanted: (found.pop(0) if found else None) or real(wanted)"
        code = f"import monitor.demo.plan as plan; real = plan._preferred; {found}; {takes}; {RUN}"
        with run(tmp_path, (sys.executable, "-c", code)) as process:
            wait_for(lambda: "Staysub, the demonstration" in said(tmp_path), "the guide", within_s=120)
            assert process.poll() is None
    told = said(tmp_path)
    assert "A port was taken meanwhile; others are tried." in told
    assert not re.search(rf"Pages +http://127.0.0.1:{port}/|Workshop +http://127.0.0.1:{port}/", told)


def part(parent, words):
    """The child whose command ends with these words; None while there is none."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return next((int(line.split()[0]) for line in found.stdout.splitlines() if line.rstrip().endswith(words)), None)


def kill(pid, number):
    with suppress(ProcessLookupError):
        os.kill(pid, number)
