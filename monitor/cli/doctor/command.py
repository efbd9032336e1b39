"""`staysub doctor`: what keeps Staysub from working here, one sentence each, and what to do."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli.lists import known_lists
from monitor.cli.main import Cli
from monitor.cli.opening import receiver_rules
from monitor.cli.options import json_option
from monitor.cli.output import NAGIOS_CODES, console, emit_json, inert, print_paragraph
from monitor.inert import inert as escape
from monitor.model.findings import CheckStatus
from monitor.model.order import worst_status

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.cli.doctor.examinations import Diagnosis

_SIGNS = {CheckStatus.OK: ("✓", "green"), CheckStatus.WARNING: ("!", "yellow"), CheckStatus.CRITICAL: ("✗", "red")}


@click.command("doctor")
@json_option
@click.pass_obj
def doctor_command(root: Cli, *, as_json: bool) -> int:
    """Examine configuration, Redis, resolver, receiver and mail servers; say what is wrong and what to do.

    Mail servers are greeted, nothing more: no mail is sent. Ends with 0 (well), 1 (something to mend) or 2 (does not
    work).
    """
    found = []
    for one in _examine(root):
        found.append(one)
        if not as_json:
            _print(one)
    status = worst_status(one.status for one in found)
    if as_json:
        emit_json("doctor", {"status": status, "examined": [asdict(one) for one in found]})
    return NAGIOS_CODES[status]


def _examine(root: Cli) -> "Iterator[Diagnosis]":
    """All examinations, those that take long last. Raises ConfigError: without a configuration there is no patient."""
    from monitor.cli.doctor import examinations as examine
    from monitor.cli.doctor.mta_logs import mta_logs
    from monitor.clock import now
    from monitor.config.load import find, read
    from monitor.dns.resolver import system_resolver
    from monitor.store.configured import store_of

    path = find(root.config_path)
    loaded = read(path)
    settings = loaded.settings
    asked = system_resolver(settings.dns.nameservers, timeout=settings.dns.timeout)
    yield from examine.configuration(path, loaded)
    yield from examine.secrets(loaded)
    yield from examine.data_dir(settings)
    yield from examine.redis(lambda: store_of(settings), now(), receivers=settings.receivers)
    lists = known_lists(settings)  # where the store is away, which is told above, those of the file are examined
    yield from examine.keys_of_others(lambda: store_of(settings), lists)
    yield from examine.resolver(asked, lists)
    yield from examine.receivers(settings.receivers, lists, asked, lambda: store_of(settings), now())
    yield from examine.notices_way(settings, lists, asked, receiver_rules(), now())
    yield from mta_logs(settings, lists, receiver_rules(), lambda: store_of(settings), now())
    yield from examine.returns(settings, asked, now())
    yield from examine.servers(settings.notices, lists)


def _print(one: "Diagnosis") -> None:
    """One examination as soon as it is made."""
    from rich.text import Text

    out = console()
    found = Text.assemble(_SIGNS[one.status], " ", (escape(one.subject), "bold"), " ", inert(one.sentence))
    print_paragraph(out, found)
    if one.advice:
        print_paragraph(out, Text("  ").append(inert(f"→ {one.advice}")), hang=4)
