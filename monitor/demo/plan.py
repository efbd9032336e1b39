"""What the demonstration needs before it starts: free ports, a real configuration file, a secret for webhooks."""

import base64
import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from monitor.config.toml import Table, write_document
from monitor.demo.stories import RECEIVER_DOMAIN, RECEIVER_HOST, STORIES, Story

WORKSHOP_OPENS: Final = "workshop_listens"  # what the world says once its page can be opened
_WEB_PORT, _WORKSHOP_PORT = 8025, 8026  # where they are looked for; taken if free


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where everything of the demonstration is."""

    data_dir: str
    web: int
    workshop: int
    dns: int
    receiver: int
    mail: int  # the catcher's SMTP port
    mtas: dict[str, int]  # list id → submission port
    secret: str  # signs the webhooks
    dkim_seed: str  # Ed25519, base64

    @property
    def path(self) -> Path:
        """The file that holds this plan."""
        return Path(self.data_dir) / "demo.json"

    @property
    def configuration(self) -> Path:
        """The configuration of the product."""
        return Path(self.data_dir) / "staysub.toml"

    @property
    def pages(self) -> str:
        """The product's pages."""
        return f"http://127.0.0.1:{self.web}/"

    @property
    def workshop_page(self) -> str:
        """The page with the buttons and the catch."""
        return f"http://127.0.0.1:{self.workshop}/"


def make_plan(data_dir: Path) -> Plan:
    """Choose ports that are free now, and write plan and configuration to the directory, for its owner's eyes only."""
    ports = _free_ports()
    plan = Plan(
        data_dir=str(data_dir),
        web=_preferred(_WEB_PORT) or next(ports),
        workshop=_preferred(_WORKSHOP_PORT) or next(ports),
        dns=next(ports),
        receiver=next(ports),
        mail=next(ports),
        mtas={one.id: next(ports) for one in STORIES},
        secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        dkim_seed=base64.b64encode(secrets.token_bytes(32)).decode(),
    )
    _write_private(plan.path, json.dumps(asdict(plan), indent=1))
    _write_private(plan.configuration, configuration(plan))
    return plan


def read_plan(path: Path) -> Plan:
    """The plan that `make_plan` wrote."""
    return Plan(**json.loads(path.read_text(encoding="utf-8")))


def configuration(plan: Plan) -> str:
    """The product's configuration file for the demonstration."""
    head = "# The demonstration's configuration, written anew at each start. Yours begins with `staysub init`.\n"
    return head + write_document(
        {
            "data_dir": plan.data_dir,
            "dns": Table(nameservers=[f"127.0.0.1:{plan.dns}"], timeout="3s"),
            "receiver": Table(
                domain=RECEIVER_DOMAIN,
                hostname=RECEIVER_HOST,
                listen=f"[::1]:{plan.receiver}",
                proxies=["::1/128"],  # the list MTAs, which say whose address they stand for
            ),
            "web": Table(listen=f"127.0.0.1:{plan.web}", url=plan.pages.rstrip("/")),
            "notices": Table(
                {
                    "from": "staysub@demo.example",
                    "relay": f"smtp://127.0.0.1:{plan.mail}",
                    "allow_networks": ["127.0.0.0/8"],  # the webhook catcher
                }
            ),
            "schedule": Table(check_every="8s", probe_every="12s"),
            "incidents": Table(raise_after=[2, 3], resolve_after=[2, 3]),
            "list": [_list(plan, one) for one in STORIES],
        }
    )


def _list(plan: Plan, one: Story) -> Table:
    return Table(
        id=one.id,
        address=f"{one.id}@{one.domain}",
        reverse_path=f"{one.id}-bounces@{one.domain}",
        helo=one.helo,
        outbound=[str(one.ipv4), str(one.ipv6)],
        author_domains=list(one.author_domains),
        submission=f"smtp://127.0.0.1:{plan.mtas[one.id]}",
        owners=[f"owner@{one.domain}"],
        manager=one.manager,
        mta=one.mta,
        messages_per_day=one.messages_per_day,
        subscribers=dict(one.subscribers),
        webhook=[Table(url=f"{plan.workshop_page}hook/{one.id}", secret=plan.secret)],
    )


def _preferred(port: int) -> int | None:
    """That port, if it is free."""
    with closing(socket.socket()) as tcp, suppress(OSError):
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("127.0.0.1", port))
        return port
    return None


def _free_ports() -> Iterator[int]:
    """Ports that are free for TCP and UDP, each other than those before."""
    given: set[int] = set()
    while True:
        with closing(socket.socket()) as tcp, closing(socket.socket(type=socket.SOCK_DGRAM)) as udp, suppress(OSError):
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            udp.bind(("127.0.0.1", port))
            if port not in given:
                given.add(port)
                yield port


def _write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
