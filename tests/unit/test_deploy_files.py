"""What deploy/ holds can be checked without a container engine: it parses, and it names only what exists."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from celery.signals import worker_init

from monitor.cli.main import COMMANDS, cli
from monitor.model.vantage import Vantage
from monitor.receiver.zone import dns_zone_lines
from tasks import signals
from tasks.signals import FILES
from tests.harness import free_port, wait_for

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = sorted((DEPLOY / "systemd").iterdir())


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_has_one_service_for_each_part_and_the_store():
    services = compose()["services"]
    assert set(services) == {"redis", "worker", "beat", "receiver", "web"}
    for name in ("worker", "beat", "receiver", "web"):
        assert services[name]["command"] == [name]
        assert name in COMMANDS
        assert services[name]["cap_drop"] == ["ALL"]
    assert "ports" not in services["worker"], "a worker with a port could not be scaled"
    assert "container_name" not in str(services)


def test_compose_never_lets_the_receiver_be_reached_over_ipv4():
    assert compose()["services"]["receiver"]["ports"] == ["[::]:25:25"]
    assert compose()["networks"]["outside"]["enable_ipv6"] is True


def test_compose_mounts_only_files_that_are_there_or_that_its_head_tells_to_make():
    head = (DEPLOY / "compose.yaml").read_text().partition("name: staysub")[0]
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists() or Path(source).name in head


def test_redis_is_set_so_that_nothing_is_lost_in_silence():
    lines = (DEPLOY / "redis.conf").read_text().splitlines()
    assert "maxmemory-policy noeviction" in lines
    assert "appendonly yes" in lines


def test_redis_is_open_to_its_host_alone_or_to_a_network_that_leads_nowhere():
    lines = (DEPLOY / "redis.conf").read_text().splitlines()
    assert "bind 127.0.0.1 -::1" in lines
    assert "protected-mode yes" in lines
    redis = compose()["services"]["redis"]
    assert redis["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert "ports" not in redis


def test_redis_asks_for_a_password_and_is_bounded():
    """A password that no list of processes shows; without one, protected mode stays on and lets nobody in."""
    redis = compose()["services"]["redis"]
    program = redis["command"][-1]
    assert "requirepass" in program
    assert "valkey-server - " in program, "the password comes by standard input"
    assert "protected-mode" not in program
    assert redis["secrets"] == ["redis-url"]
    assert redis["read_only"] is True
    assert redis["cap_drop"] == ["ALL"]
    assert redis["user"] != "0"
    maxmemory = next(line for line in (DEPLOY / "redis.conf").read_text().splitlines() if line.startswith("maxmemory "))
    assert (maxmemory, redis["mem_limit"]) == ("maxmemory 512mb", "1g"), "room for the copy while its file is rewritten"
    for name in ("worker", "beat", "receiver", "web"):
        assert "redis-url" in compose()["services"][name]["secrets"]
    assert "redis://" not in str(compose()["services"]["worker"]), "no URL that everybody can read"


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_the_password_of_the_url_is_the_servers(tmp_path):
    """The very shell lines of the compose file, over a server of this machine."""
    redis = compose()["services"]["redis"]
    url, port = tmp_path / "redis-url", free_port()
    url.write_text("redis://:s3same0123456789@redis:6379/0\n")
    here = {
        "/etc/redis.conf": str(DEPLOY / "redis.conf"),
        "/run/secrets/redis-url": str(url),
        "valkey-server - --bind '*' '-::*'": f"redis-server - --port {port}",
        "valkey-cli": f"redis-cli -p {port}",
        "$$": "$",
    }

    def on_this_machine(program):
        for there, instead in here.items():
            program = program.replace(there, instead)
        return program

    server = subprocess.Popen(
        ["sh", "-c", on_this_machine(redis["command"][-1])], cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    try:
        healthy = on_this_machine(redis["healthcheck"]["test"][1])
        wait_for(lambda: subprocess.run(["sh", "-c", healthy], check=False, capture_output=True).returncode == 0)
        asked = subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, text=True, check=False)
        assert "NOAUTH" in asked.stdout
    finally:
        subprocess.run(
            ["redis-cli", "-p", str(port), "-a", "s3same0123456789", "shutdown", "nosave"],
            check=False,
            capture_output=True,
        )
        server.wait(30)


def test_every_file_that_the_image_is_built_from_exists():
    top = DEPLOY.parent
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (top / source).exists(), source


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_named_exists(path):
    """`staysub X` in code or at the start of a command, with X a command and its options known."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|bin/|^ {4})staysub ((?:--config \S+ )?[a-z]+(?: [a-z]+| --[a-z-]+)*)", text, re.MULTILINE)
    for words in named:
        name, *rest = re.sub(r"^--config \S+ ", "", words).split()
        assert name in COMMANDS, words
        command = cli.get_command(None, name)
        options = {option for parameter in command.params for option in parameter.opts}
        subcommands = set(getattr(command, "commands", {}))
        for word in rest:
            assert not word.startswith("--") or word in options, words
            assert word.startswith("--") or not subcommands or word in subcommands, words


def test_the_zone_is_what_the_receiver_prints():
    """Renew it with `staysub receiver --dns` on a configuration with these names."""
    settings = Vantage(domain="v6.probe.example.org", hostname="mx.v6.probe.example.org")
    assert (DEPLOY / "probe-domain.zone").read_text() == dns_zone_lines(settings)


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name)
def test_units_start_their_part_without_any_privilege(unit):
    lines = unit.read_text().splitlines()
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    part = unit.stem.removeprefix("staysub-").removesuffix("@")
    one_of_several = " --id %i" if part == "follow" else ""
    assert start == f"ExecStart=/opt/staysub/bin/staysub {part}{one_of_several}"
    for hardened in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "User=staysub"):
        assert hardened in lines


def systemd_analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path):
    """The units as they would stand in /etc/systemd/system, with a program that exists here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    for unit in UNITS:
        there = unit.read_text().replace("/opt/staysub/bin/staysub", shutil.which("true"))
        (tmp_path / unit.name).write_text(there)
    return tmp_path


def test_units_are_verified_by_systemd(installed):
    names = [unit.name.replace("@.", "@1.") for unit in UNITS]
    ended = systemd_analyze("verify", "--man=no", *(str(installed / name) for name in names))
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("unit", [unit.name for unit in UNITS if unit.suffix == ".service"])
def test_units_are_as_little_exposed_as_a_network_service_can_be(installed, unit):
    """The measure is systemd's own, 0 to 10, times ten: up to 2.0 is "OK"; without hardening it is 9.6, "UNSAFE"."""
    instance = installed / unit.replace("@.", "@1.")
    if not instance.exists():
        shutil.copy(installed / unit, instance)
    ended = systemd_analyze("security", "--offline=true", "--threshold=20", str(instance))
    assert ended.returncode == 0, ended.stdout


@pytest.mark.skipif(shutil.which("postconf") is None, reason="Postfix is not installed")
def test_the_postfix_service_is_understood_by_postfix(tmp_path):
    (tmp_path / "main.cf").write_text((DEPLOY / "postfix" / "main.cf.snippet").read_text())
    (tmp_path / "master.cf").write_text((DEPLOY / "postfix" / "master.cf.snippet").read_text())
    ended = subprocess.run(
        ["postconf", "-c", str(tmp_path), "-P", "2525/inet/*"], capture_output=True, text=True, check=True
    )
    assert "warning" not in ended.stderr
    assert "smtpd_relay_restrictions = permit_mynetworks, reject" in ended.stdout
    assert ended.stdout.count("v6.probe.example.org = permit") == 1


@pytest.mark.parametrize("page", ["deploy/runbook.md", "docs/upgrading.md"])
def test_what_administrators_read_links_to_what_is_there(page):
    path = DEPLOY.parent / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_a_worker_may_open_the_files_that_it_asks_for():
    """A unit may forbid to ask for more, so it is given at once."""
    unit = (DEPLOY / "systemd" / "staysub-worker@.service").read_text()
    assert f"\nLimitNOFILE={FILES}\n" in unit
    assert compose()["services"]["worker"]["ulimits"] == {"nofile": FILES}


def test_a_worker_asks_for_its_files_before_it_begins(monkeypatch):
    asked = []
    monkeypatch.setattr(signals, "allow_files", asked.append)
    worker_init.send(sender=None)
    assert asked == [FILES]
