"""Values of the model for tests: each builder gives a usual one, and takes what is to differ."""

from monitor.config.lists import ListSettings
from monitor.model.lists import MailingList


def a_list(**differs: object) -> MailingList:
    """A list under watch, read as from the file: addresses, URLs and times may be text; `webhook` has its endpoints' tables."""
    name = differs.get("id", "ops")
    usual = {
        "id": name,
        "address": f"{name}@lists.example.org",
        "reverse_path": f"{name}-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": ("192.0.2.25", "2001:db8:25::25"),
    }
    return ListSettings.model_validate({**usual, **differs}).value()
