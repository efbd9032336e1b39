"""SPF: domains evaluated per second, beside pyspf, checkdmarc and Go's blitiri in the same run on the same data.

NSD serves the zones on loopback, once directly and once with 20 ms added to each answer. All begin with cold caches;
slow peers get an even sample, fast ones several passes in turn of which the quickest counts. Every result is compared
with pyspf's own. Needs NSD; Go and checkdmarc are left out where missing ($CHECKDMARC_PYTHON names an interpreter that
has checkdmarc).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.mix import Domain, build
from monitor.model.dns import SpfResult
from tests.harness import free_port
from tests.servers import nsd, zone_text

DELAY_MS = 20.0
PASSES = 3  # of each peer; the quickest counts, as other work on the machine can only slow one down
PASSES_S = 8.0  # no further pass of a peer that took this long altogether
GO_WORKERS = 64
ONE, BATCH = "staysub, one process", "staysub, a batch"  # as in a worker; as `check --batch` runs it, over all cores
RESULTS = frozenset(SpfResult)
PEERS = Path(__file__).parent / "peers"
LIBSPF2_SERVERS = {0.0: "127.0.0.53", DELAY_MS: "127.0.0.54"}  # where it finds NSD, and the relay
DEBIAN_GOPATH = "/usr/share/gocode"  # where golang-blitiri-go-spf-dev puts its source


@dataclass(frozen=True)
class Row:
    """One measurement."""

    peer: str
    domains: int
    addresses: int
    seconds: float
    answer: dict[str, Any]

    @property
    def rate(self) -> float:
        """Domains per second."""
        return self.domains / self.seconds


def main(arguments: Sequence[str]) -> None:
    """Run and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench spf", description=__doc__)
    parser.add_argument("--domains", type=int, default=2000)
    parser.add_argument("--large", type=int, default=20000, help="for growth and memory; 0 leaves it out")
    parser.add_argument("--write", type=Path, help="also write the table to this file")
    options = parser.parse_args(arguments)
    lines = [
        __doc__.split("\n", 1)[0],
        "",
        f"{options.domains} domains, {os.cpu_count()} cores shared with NSD and the relay.",
        "",
        f"Load average before the run: {os.getloadavg()[0]:.1f}.",
        "",
    ]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        zones, domains = build(options.domains)
        libspf2 = os.geteuid() == 0 and all(map(shutil.which, ("spfquery", "unshare")))
        also = (f"{LIBSPF2_SERVERS[0.0]}@53",) if libspf2 else ()
        port = stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones)}, also=also))
        slow_port = free_port()
        relays = [(slow_port, "127.0.0.1"), *([(53, LIBSPF2_SERVERS[DELAY_MS])] if libspf2 else [])]
        for listen, address in relays:
            command = [sys.executable, "-m", "bench.delay", str(listen), str(port), str(DELAY_MS), address]
            relay = subprocess.Popen(command)
            stack.callback(relay.wait)
            stack.callback(relay.terminate)
        time.sleep(0.5)
        go = build_go(folder)
        for delay, at in ((0.0, port), (DELAY_MS, slow_port)):
            for addresses in (1, 4):
                spf2 = LIBSPF2_SERVERS[delay] if libspf2 else None
                rows = measure(domains, at, addresses, slow=bool(delay), go=go, libspf2=spf2, folder=folder)
                lines += table(rows, f"{delay:.0f} ms, {addresses} address{'es' if addresses > 1 else ''} a domain")
        if options.large:
            lines += growth(folder, options.domains, options.large)
    lines.append(f"Load average after the run, which loads both cores itself: {os.getloadavg()[0]:.1f}.")
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text)


def measure(
    domains: list[Domain],
    port: int,
    addresses: int,
    *,
    slow: bool,
    go: Path | None,
    libspf2: str | None,
    folder: Path,
) -> list[Row]:
    """Every peer on the same domains, or an even sample of them; results compared with pyspf's."""
    few = domains[:: len(domains) // 100] if slow else domains
    peers: list[Callable[[], Row]] = [
        lambda: run("pyspf", [sys.executable, PEERS / "pyspf_peer.py", str(port)], few, addresses),
        lambda: run(ONE, [sys.executable, PEERS / "staysub_peer.py", str(port)], domains, addresses),
        lambda: run(BATCH, [sys.executable, PEERS / "batch_peer.py", str(port)], domains, addresses),
    ]
    if go is not None:
        name, command = f"Go blitiri, {GO_WORKERS} workers", [go, str(port), str(GO_WORKERS)]
        peers.append(lambda: run(name, command, domains, addresses))
    python = os.environ.get("CHECKDMARC_PYTHON")
    if python and addresses == 1:
        fewer = few if slow else domains[:: len(domains) // 200]
        command_of_it = [python, PEERS / "checkdmarc_peer.py", str(port)]
        peers.append(lambda: run("checkdmarc", command_of_it, fewer, addresses))
    if libspf2 is not None:
        peers.append(lambda: run_libspf2(folder, few, addresses, libspf2))
    rows = in_turn(peers)
    for row in rows[1:3]:
        ours = dict(zip((domain.name for domain in domains), row.answer["results"], strict=True))
        for domain, results in zip(few, rows[0].answer["results"], strict=True):
            assert ours[domain.name] == results, f"{row.peer}, {domain}: {ours[domain.name]}, pyspf says {results}"
    return rows


def in_turn(peers: Sequence[Callable[[], Row]]) -> list[Row]:
    """The quickest pass of each, all of them taking turns, so that what else the machine does meets them alike."""
    passes: list[list[Row]] = [[] for _ in peers]
    for _ in range(PASSES):
        for done, peer in zip(passes, peers, strict=True):
            if sum(row.seconds for row in done) < PASSES_S:
                done.append(peer())
    return [min(done, key=lambda row: row.seconds) for done in passes]


def run(peer: str, command: Sequence[str | Path], domains: list[Domain], addresses: int) -> Row:
    """One peer as a process of its own."""
    requests = "".join(
        json.dumps({"domain": domain.name, "ips": [str(ip) for ip in domain.clients[:addresses]]}) + "\n"
        for domain in domains
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ended = subprocess.run(command, input=requests, capture_output=True, text=True, check=False, env=environment)
    if ended.returncode:
        sys.exit(f"{peer} failed: {ended.stderr[-2000:]}")
    answer = json.loads(ended.stdout)
    return Row(peer, len(domains), addresses, answer["seconds"], answer)


def run_libspf2(folder: Path, domains: list[Domain], addresses: int, server: str) -> Row:
    """Spfquery with its own resolv.conf, in a mount namespace."""
    (folder / "resolv.conf").write_text(f"nameserver {server}\n")
    requests = "".join(f"{ip} b@{domain.name} x.example\n" for domain in domains for ip in domain.clients[:addresses])
    script = 'mount --bind "$1" /etc/resolv.conf && exec spfquery -file -'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(folder / "resolv.conf")]
    started = time.perf_counter()
    ended = subprocess.run(command, input=requests, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    said = sum(line in RESULTS for line in ended.stdout.splitlines())
    # For broken syntax it has words of its own; most must be results, or it asked nobody.
    assert said >= 0.9 * len(domains) * addresses, f"spfquery gave {said} results: {ended.stderr[-500:]}"
    return Row("libspf2 spfquery", len(domains), addresses, seconds, {})


def table(rows: list[Row], title: str) -> list[str]:
    """The rows of one setting, with their ratios to pyspf and our batch's to each."""
    base = next(row for row in rows if row.peer == "pyspf")
    ours = next(row for row in rows if row.peer == BATCH)
    lines = [
        f"## {title}",
        "",
        "| | domains | domains/s | × pyspf | our batch is |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.peer} | {row.domains} | {row.rate:,.1f} | {row.rate / base.rate:,.1f} | {ours.rate / row.rate:,.2f} × |"
        for row in rows
    ]
    one = next(row for row in rows if row.peer == ONE)
    second = one.domains / one.answer["second"]
    return [
        *lines,
        f"| {ONE}, second pass within the TTL | {one.domains} | {second:,.0f} | | {second / one.rate:.1f} × its first |",
        "",
    ]


def growth(folder: Path, few: int, many: int) -> list[str]:
    """Cost a domain and memory with ten times as many domains."""
    with ExitStack() as stack:
        peers: list[Callable[[], Row]] = []
        for count in (few, many):
            zones, domains = build(count)
            port = stack.enter_context(nsd(folder / f"nsd{count}", {"": zone_text(zones)}))
            command = [sys.executable, PEERS / "staysub_peer.py", str(port)]
            peers.append(partial(run, ONE, command, domains, 1))
        rows = in_turn(peers)
    cost = [row.seconds / row.domains * 1e6 for row in rows]
    processor = [row.answer["processor"] / row.domains * 1e6 for row in rows]
    return [
        "## Growth",
        "",
        (
            f"{few} → {many} domains: {cost[0]:.0f} → {cost[1]:.0f} µs a domain ({cost[1] / cost[0]:.2f} ×), of processor time "
            f"{processor[0]:.0f} → {processor[1]:.0f} µs ({processor[1] / processor[0]:.2f} ×); "
            f"{rows[1].answer['resident_mib']:.0f} MiB resident with {many} domains."
        ),
        "",
    ]


def build_go(folder: Path) -> Path | None:
    """The Go peer, built from Debian's source; None where Go or the library is missing."""
    go = shutil.which("go")
    if go is None or not Path(DEBIAN_GOPATH, "src/blitiri.com.ar/go/spf").exists():
        print("Go or golang-blitiri-go-spf-dev is missing: that peer is left out.", file=sys.stderr)
        return None
    built = folder / "blitiri"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": DEBIAN_GOPATH, "GOCACHE": str(folder / "go-cache")}
    subprocess.run([go, "build", "-o", built, "."], cwd=PEERS / "blitiri", check=True, env=environment)
    return built
