"""GNU Mailman 3."""

from monitor.managers.kind import Asking, ManagerKind, RosterSource
from monitor.managers.mailman3.policy import Mailman3
from monitor.managers.mailman3.remedies import REMEDIES


def _connect(url: str, user: str, password: str) -> RosterSource:
    from monitor.managers.mailman3.client import Client

    return Client(url, user, password)


KIND = ManagerKind(
    id="mailman3",
    machine=Mailman3,
    remedies=REMEDIES,
    aliases=("mailman",),
    lever="bounce_score_threshold",
    asking=Asking(
        name="Mailman 3",
        url="http://localhost:8001/3.1",
        url_help="Where Mailman core serves its REST API.",
        user="restadmin",
        user_help="`admin_user` of its [webservice].",
        credential_help="File with `admin_pass`",
        credential_variable="MAILMAN_REST_PASSWORD",
        connect=_connect,
    ),
)
