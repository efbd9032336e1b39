"""`staysub tokens`: tokens with a scope for programs that use the API."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.main import Cli, Group
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import duration_option, json_option
from monitor.cli.output import console, emit_json, inert, local, print_paragraph, say, table
from monitor.errors import UsageError

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.store.tokens import Token


@click.group("tokens", cls=Group, invoke_without_command=True)
@json_option
@click.pass_context
def tokens_command(ctx: click.Context, *, as_json: bool) -> None:
    """Tokens that open the API to programs, each for reading or also for writing. Alone it lists them.

    Only digests are kept, in Redis; the token of [web] in the configuration opens everything beside them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_tokens, as_json=as_json)


@tokens_command.command("list")
@json_option
@click.pass_obj
def list_tokens(cli: Cli, *, as_json: bool) -> None:
    """List the tokens: who has them, what they open, until when."""
    store = store_of(settings_of(cli))
    found, at = store.tokens.all(), store.clocks.now()
    if as_json:
        emit_json("tokens", {"tokens": [_document(one, at) for one in found]})
        return
    if not found:
        print_paragraph(console(), "There are no tokens. `staysub tokens create NAME --scope read` makes one.")
        return
    rows = table("token", "name", "scope", "made", "until")
    for one in found:
        until = "" if one.expires_at is None else local(one.expires_at) + ("" if one.holds(at) else " (over)")
        rows.add_row(one.id, inert(one.name), one.scope, local(one.created_at), until)
    console().print(rows)


@tokens_command.command("create")
@click.argument("name")
@click.option("--scope", type=click.Choice(["read", "write"]), default="read", show_default=True, help="What it opens.")
@duration_option("--for", "lasting", help="For so long, such as 90d; otherwise until it is revoked.")
@json_option
@click.pass_obj
def create(cli: Cli, name: str, scope: str, lasting: timedelta | None, *, as_json: bool) -> None:
    """Make a token for whoever NAME says, and print it: this once, for only its digest is kept."""
    from monitor.store.tokens import Scope

    store = store_of(settings_of(cli))
    at = store.clocks.now()
    until = None if lasting is None else at + lasting
    made, shown = store.tokens.create(name, Scope(scope), now=at, expires_at=until)
    if as_json:
        emit_json("tokens-create", {"token": shown, **_document(made, at)})
        return
    click.echo(shown)
    what = "read and write" if made.scope is Scope.WRITE else "read"
    say(f"{made.id} may {what}. Keep it safe: it is not shown again.", err=True)


@tokens_command.command("revoke")
@click.argument("token_id", metavar="ID")
@json_option
@click.pass_obj
def revoke(cli: Cli, token_id: str, *, as_json: bool) -> None:
    """Let a token open nothing any more, at once. ID is what `staysub tokens` shows, or the token itself."""
    store = store_of(settings_of(cli))
    wanted = token_id.split("_")[1] if token_id.startswith("staysub_") and token_id.count("_") >= 2 else token_id
    if not store.tokens.revoke(wanted):
        known = ", ".join(one.id for one in store.tokens.all()) or "none"
        raise UsageError(f"There is no token {wanted!r}; there is {known}.")
    if as_json:
        emit_json("tokens-revoke", {"id": wanted, "revoked": True})
        return
    print_paragraph(console(), inert(f"{wanted} opens nothing any more."))


def _document(one: "Token", at: datetime) -> dict[str, Any]:
    """A token without its digest."""
    return {
        "id": one.id,
        "name": one.name,
        "scope": one.scope,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "holds": one.holds(at),
    }
