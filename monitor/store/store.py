"""The store as one thing: its parts over one connection."""

from dataclasses import replace

from monitor.model.incidents import Incident
from monitor.store.client import Redis, connect, translated
from monitor.store.clocks import Clocks
from monitor.store.evidence import Evidence
from monitor.store.followed import Followed
from monitor.store.heartbeats import Heartbeats
from monitor.store.identity import Identity
from monitor.store.incidents import Incidents
from monitor.store.learnt import LearntSigning
from monitor.store.ledgers import Ledgers
from monitor.store.list_record import Depth, ListRecord, read_list
from monitor.store.lists import AddedLists
from monitor.store.mail_limits import MailLimits
from monitor.store.mail_routes import MailRoutes
from monitor.store.metric_totals import MetricTotals
from monitor.store.notices import Notices
from monitor.store.outcomes import Outcomes
from monitor.store.probes import Probes
from monitor.store.reaches import Reaches
from monitor.store.replies import Replies
from monitor.store.rosters import Rosters
from monitor.store.schedule import Schedule
from monitor.store.sendings import ListSendings
from monitor.store.shared_causes import SharedCauses
from monitor.store.signing_keys import SigningKeys
from monitor.store.silences import Silences
from monitor.store.streams import Streams
from monitor.store.submissions import Submissions
from monitor.store.suppressions import Suppressions
from monitor.store.tokens import Tokens
from monitor.store.writable import Writable


class Store:
    """All that is kept in Redis. Every method raises StoreUnavailable where Redis is away."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.schedule = Schedule(client)
        self.outcomes = Outcomes(client)
        self.probes = Probes(client)
        ledgers = Ledgers(client)
        self.evidence = Evidence(Streams(client, ledgers), ledgers, self.probes)
        self.followed = Followed(client, ledgers)
        self.replies = Replies(client)
        self.submissions = Submissions(client)
        self.rosters = Rosters(client)
        self.reaches = Reaches(client)
        self.mail_routes = MailRoutes(client)
        self.learnt = LearntSigning(client)
        self.incidents = Incidents(client)
        self.notices = Notices(client)
        self.mail_limits = MailLimits(client)
        self.silences = Silences(client)
        self.lists = AddedLists(client)
        self.tokens = Tokens(client)
        self.suppressions = Suppressions(client)
        self.shared_causes = SharedCauses(client)
        self.sendings = ListSendings(client)
        self.heartbeats = Heartbeats(client)
        self.clocks = Clocks(client)
        self.metric_totals = MetricTotals(client)
        self.signing_keys = SigningKeys(client)
        self.identity = Identity(client)
        self.writable = Writable(client)

    def ping(self) -> None:
        """Nothing, if Redis answers."""
        with translated("asked whether it is there"):
            self.client.ping()

    def waiting(self, queue: str) -> int:
        """How many tasks wait in that queue of Celery's; those that a worker has in hand are not counted."""
        with translated("counted the waiting tasks"):
            return int(self.client.llen(queue))

    def list_record(self, list_id: str, depth: Depth, *, about: Incident | None = None) -> ListRecord:
        """What is recorded of a list, as deep as that; with an incident also the notices of it."""
        record = read_list(self.client, list_id, depth, about=about)
        return replace(record, sendings=self.sendings.all()) if depth.sendings else record

    def signing_key(self) -> bytes:
        """The key that probe tokens and links are signed with: made at first need, then always the same."""
        return self.signing_keys.all()[0]


def open_store(url: str, *, hurried: bool = False) -> Store:
    """The store at that Redis URL; `hurried` as in `connect`. Nothing is sent yet."""
    return Store(connect(url, hurried=hurried))
