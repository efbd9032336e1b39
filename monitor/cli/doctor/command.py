"""`staysub doctor`: what keeps Staysub from working here, one sentence each, and what to do."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict

import click
from rich.table import Table

from monitor.cli.doctor.examinations import (
    Diagnosis,
    configuration,
    data_dir,
    notices_way,
    receiver,
    redis,
    resolver,
    servers,
    worst,
)
from monitor.cli.lists import lists_of
from monitor.cli.main import Cli
from monitor.cli.output import NAGIOS_CODES, console, emit_json, inert
from monitor.errors import StoreUnavailable
from monitor.model.findings import CheckStatus

_SIGNS = {CheckStatus.OK: "[green]✓[/]", CheckStatus.WARNING: "[yellow]![/]", CheckStatus.CRITICAL: "[red]✗[/]"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def doctor_command(root: Cli, *, as_json: bool) -> int:
    """Examine configuration, Redis, resolver, receiver and mail servers; say what is wrong and what to do.

    Mail servers are greeted, nothing more: no mail is sent. Ends with 0 (well), 1 (something to mend) or 2 (does not work).
    """
    found = []
    for one in _examine(root):
        found.append(one)
        if not as_json:
            _print(one)
    status = worst(found)
    if as_json:
        emit_json("doctor", {"status": status, "examined": [asdict(one) for one in found]})
    return NAGIOS_CODES[status]


def _examine(root: Cli) -> Iterator[Diagnosis]:
    """All examinations, those that take long last. Raises ConfigError: without a configuration there is no patient."""
    from monitor.config.load import find, load
    from monitor.dns.resolver import system_resolver
    from monitor.wiring import now, policy_faults, store_of

    path = find(root.config_path)
    settings = load(path, policies=policy_faults)
    asked = system_resolver(settings.dns.nameservers, timeout=settings.dns.timeout)
    yield from configuration(path, settings)
    yield from data_dir(settings)
    yield from redis(lambda: store_of(settings), now(), receiver=settings.receiver is not None)
    with suppress(StoreUnavailable):  # told above; those of the file are examined then
        settings = settings.model_copy(update={"lists": lists_of(settings)})
    yield from resolver(asked, settings)
    yield from receiver(settings, asked, lambda: store_of(settings), now())
    yield from notices_way(settings, asked, now())
    yield from servers(settings)


def _print(one: Diagnosis) -> None:
    """One row as soon as it is known."""
    table = Table.grid(padding=(0, 1))
    table.add_row(_SIGNS[one.status], f"[bold]{one.subject}[/]", inert(one.sentence))
    if one.advice:
        table.add_row("", "", inert(f"→ {one.advice}"))
    console().print(table)
