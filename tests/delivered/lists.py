"""The lists whose posts are delivered, how their list managers write the reverse-path, and mail of no list."""

from dataclasses import dataclass
from typing import Final

DOMAIN: Final = "lists.example.org"
NO_LIST: Final = ""
CUSTOMER: Final = "shop@customer.example"  # the reverse-path of mail of no list


@dataclass(frozen=True, slots=True)
class MailingList:
    """One."""

    id: str
    reverse_path: str  # without VERP
    verp: str = ""  # its form: {user} and {domain} are the recipient's; "XVERP": as the MTA makes it
    manager: str = "mailman3"


LISTS: Final = (
    MailingList("dev", f"dev-bounces@{DOMAIN}", f"dev-bounces+{{user}}={{domain}}@{DOMAIN}"),
    MailingList("users", f"users-bounces@{DOMAIN}", manager="mailman2"),
    MailingList("talk", f"talk+bounces@{DOMAIN}", f"talk+bounces-17-{{user}}={{domain}}@{DOMAIN}", "mlmmj"),
    MailingList("ops", f"ops-return@{DOMAIN}", f"ops-return-5-{{user}}={{domain}}@{DOMAIN}", "ezmlm"),
    MailingList("news", f"news-owner@{DOMAIN}", manager="sympa"),
    MailingList("announce", f"owner-announce@{DOMAIN}", "XVERP", "none"),
)
BY_ID: Final = {each.id: each for each in LISTS}
VERP: Final = tuple(each.id for each in LISTS if each.verp)
GROUPED: Final = tuple(each.id for each in LISTS if not each.verp)


def reverse_path(mailing_list: str, user: str, domain: str) -> str:
    """Of a post of that list to that recipient."""
    if mailing_list == NO_LIST:
        return CUSTOMER
    found = BY_ID[mailing_list]
    if found.verp in ("", "XVERP"):
        return found.reverse_path
    return found.verp.format(user=user, domain=domain)


def list_of(path: str) -> str:
    """Whose mail it is that comes with that reverse-path: an address without VERP, "" of the null reverse-path.

    That of what we sent ourselves: it is found by how it begins.
    """
    for each in LISTS:
        if path.partition("@")[0].startswith(each.reverse_path.partition("@")[0]):
            return each.reverse_path
    return path


def has_verp(path: str) -> bool:
    """Whether mail with that reverse-path has one recipient alone."""
    return "=" in path or not path
