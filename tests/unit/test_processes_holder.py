"""Who listens on a port, as Linux's /proc tells it."""

import sys

import pytest

from monitor.processes import holder as asked
from monitor.processes.holder import holder

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LINE = (
    "   0: {where}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n"
)
LOOPBACK, ANY = "0100007F", "00000000"
LOOPBACK6, ANY6 = "0" * 24 + "01000000", "0" * 32

pytestmark = pytest.mark.skipif(
    sys.byteorder != "little", reason="the addresses of this test are a little-endian kernel's"
)


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A /proc with these sockets that listen, and processes that have them open: name → its words and its inode."""

    def write(tcp="", tcp6="", **processes):
        (tmp_path / "net").mkdir()
        (tmp_path / "net" / "tcp").write_text(HEAD + tcp)
        (tmp_path / "net" / "tcp6").write_text(HEAD + tcp6)
        for number, (name, (cmdline, inode)) in enumerate(processes.items(), start=700):
            files = tmp_path / str(number) / "fd"
            files.mkdir(parents=True)
            (files.parent / "comm").write_text(f"{name}\n")
            (files.parent / "cmdline").write_bytes(cmdline)
            (files / "3").symlink_to(f"socket:[{inode}]")

    monkeypatch.setattr(asked, "_PROC", tmp_path)
    return write


def line(where, port=8025, state="0A", inode=41):
    return LINE.format(where=where, port=port, state=state, inode=inode)


@pytest.mark.parametrize(
    ("tcp", "tcp6", "wanted", "found"),
    [
        pytest.param(line(LOOPBACK), "", "127.0.0.1", True, id="the same address"),
        pytest.param(line(ANY), "", "127.0.0.1", True, id="all addresses"),
        pytest.param(line(LOOPBACK), "", "0.0.0.0", True, id="one of all"),
        pytest.param(line("0200007F"), "", "127.0.0.1", False, id="another address"),
        pytest.param(line(LOOPBACK, port=8026), "", "127.0.0.1", False, id="another port"),
        pytest.param(line(LOOPBACK, state="01"), "", "127.0.0.1", False, id="a connection"),
        pytest.param("", line(LOOPBACK6), "::1", True, id="over IPv6"),
        pytest.param("", line(ANY6), "::1", True, id="all over IPv6"),
        pytest.param("", line(ANY6), "127.0.0.1", True, id="all over IPv6, which takes IPv4 as well"),
        pytest.param(line(ANY), "", "::1", False, id="all over IPv4 leave IPv6 alone"),
        pytest.param("nonsense\n", "", "127.0.0.1", False, id="what cannot be read"),
        pytest.param("", line(LOOPBACK6), "localhost", True, id="this machine, by name"),
        pytest.param(line(LOOPBACK), "", "mail.example.org", False, id="no name is looked up"),
    ],
)
def test_a_listener_is_found_by_address_and_port(proc, tcp, tcp6, wanted, found):
    proc(tcp, tcp6, other=(b"other\0", 7), nginx=(b"nginx: master process\0", 41))
    assert holder(wanted, 8025) == ("nginx (process 701)" if found else "")


@pytest.mark.parametrize(
    ("cmdline", "name"),
    [
        (b"/usr/bin/python3\0-m\0monitor\0web\0", "another Staysub"),
        (b"/usr/bin/python3\0/usr/bin/staysub\0web\0", "another Staysub"),
        (b"/usr/bin/python3\0server.py\0--password=sesame\0", "python3"),
        (b"", "python3"),
    ],
)
def test_ours_is_named_and_nobodys_arguments_are_told(proc, cmdline, name):
    proc(line(LOOPBACK), python3=(cmdline, 41))
    assert holder("127.0.0.1", 8025) == f"{name} (process 700)"


def test_where_there_is_no_such_thing_nobody_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(asked, "_PROC", tmp_path / "none")
    assert holder("127.0.0.1", 8025) == ""
