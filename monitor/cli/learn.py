"""`staysub learn`: how a list's mail is signed, by a post or a DMARC report that somebody has at hand."""

from collections.abc import Sequence
from typing import BinaryIO

import click

from monitor.cli.lists import ListName, lists_to_fill
from monitor.cli.main import Cli
from monitor.cli.opening import settings_of, store_of
from monitor.cli.options import json_option
from monitor.cli.output import console, emit_json, inert, print_paragraph, warn
from monitor.errors import Unparsable, UsageError
from monitor.model.lists import named
from monitor.model.signing import SignedAs


@click.command("learn")
@click.argument("list_id", metavar="LIST", type=ListName())
@click.argument("given", metavar="FILE|-", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what it shows: keep nothing.")
@json_option
@click.pass_obj
def learn_command(cli: Cli, *, list_id: str, given: BinaryIO, dry_run: bool, as_json: bool) -> int:
    """Learn from a post or a DMARC report how a list's mail is signed.

    For lists whose mail no receiver of Staysub's sees. Give a post as a subscriber received it, with all its header
    fields ("show original", "view source"; what was copied by hand will do), or an aggregate report (RFC 9990) as it
    came: .xml, .gz or .zip. The list's next check, and each after it, looks at the record of the key. Kept are the
    key's name, the author's domain and the time; no address, no subject, no text.

    Exit codes: 0 learnt, 1 it shows nothing of the list, 64 wrong usage.
    """
    from monitor.operations.learn import OCTETS_MAX, learn, shown_by
    from monitor.wording.signing import signed_words

    settings = settings_of(cli)
    store = store_of(settings)
    listed = named(lists_to_fill(settings, store, (list_id,)), list_id)
    octets = given.read(OCTETS_MAX + 1)
    if not octets.strip() or listed is None:
        raise UsageError("There is nothing to learn from: the file is empty.")
    if len(octets) > OCTETS_MAX:
        raise UsageError(f"The file has more than {OCTETS_MAX >> 20} MiB.")
    at = store.clocks.now()
    try:
        shown = shown_by(octets, listed, now=at) if dry_run else learn(store, octets, listed, now=at)
    except Unparsable as error:
        warn(error)
        return 1
    if as_json:
        emit_json("learn", document(list_id, shown))
    else:
        for each in shown:
            print_paragraph(console(), inert(signed_words(each)))
        if not dry_run:
            print_paragraph(console(), "The list's next check looks at its key.")
    return 0


def document(list_id: str, shown: Sequence[SignedAs]) -> dict[str, object]:
    """What was learnt, for programs."""
    return {
        "list": list_id,
        "signed": [
            {
                "known_by": each.known_by.value,
                "seen_at": each.seen_at,
                "domain": None if each.key is None else each.key.domain,
                "selector": None if each.key is None else each.key.selector,
                "author_domain": each.author_domain,
                "munged": each.munged,
                "fails": each.fails,
            }
            for each in shown
        ],
    }
