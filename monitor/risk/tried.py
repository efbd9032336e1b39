"""How many subscribers a receiver has, by how many its posts were tried for: where nobody has counted them. Pure."""

from collections.abc import Iterable, Mapping

from monitor.evidence.ledger import Ledger
from monitor.evidence.replies.counted import Row, RowKey
from monitor.evidence.sketch import Sketch
from monitor.model.evidence import AdmissionAction

ENDS = frozenset({AdmissionAction.ACCEPT, AdmissionAction.REJECT})  # what is put off is tried again and again


def tried_of(rows: Iterable[tuple[RowKey, Row]], ledger: Ledger) -> Mapping[str, int]:
    """Recipients of one post, on average, by receiver; of the days that the ledger has."""
    posts: dict[str, int] = {}
    days = {day.date: day for day in ledger.days}
    for day in days.values():
        for receiver in {key.receiver for key in day.replies}:
            cells = [cell.posts for key, cell in day.replies.items() if key.receiver == receiver and key.action in ENDS]
            if cells:
                posts[receiver] = posts.get(receiver, 0) + Sketch.of_all(cells).number
    recipients: dict[str, int] = {}
    for key, row in rows:
        if key.day in days and key.action in ENDS:
            recipients[key.receiver] = recipients.get(key.receiver, 0) + row.recipients
    return {name: round(recipients[name] / number) for name, number in posts.items() if number and name in recipients}
