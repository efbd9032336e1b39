"""Who may read of a list, as it is set now: every link in a mail ends with its reader's part in the list. Pure."""

from monitor.config.settings import Settings
from monitor.model.incidents import Notice
from monitor.model.lists import Lists, MailingList, named
from monitor.notify.notice import WEEKLY


def reads_of(reader: str, listed: MailingList | None, settings: Settings) -> bool:
    """Whether mails about this list are for that address: one of its owners, or an administrator."""
    return reader in (*(() if listed is None else listed.owners), *settings.notices.administrators)


def still_told(notice: Notice, lists: Lists, settings: Settings) -> bool:
    """Whether a mail is still for its reader; a weekly one is for the owner of any list."""
    about = lists if notice.type == WEEKLY else (named(lists, notice.list_id),)
    return any(reads_of(notice.target, each, settings) for each in about)
