"""Root for the port, nobody in particular for the mail."""

import grp
import os
import pwd

from monitor.errors import UsageError


def drop_privileges(user: str) -> None:
    """Become `user` for good, with that user's groups. Does nothing where we are not root; may be repeated.

    Raises UsageError where there is no such user, or where it is root itself.
    """
    if os.geteuid() != 0:
        return
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise UsageError(f"There is no user {user!r} to become; create one, or leave --user away.") from None
    if entry.pw_uid == 0:
        raise UsageError("The receiver shall not run as root; name another user.")
    groups = [group.gr_gid for group in grp.getgrall() if user in group.gr_mem]
    os.setgroups([*groups, entry.pw_gid])
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)  # the saved id too: there is no way back
