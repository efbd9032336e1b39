"""Every Redis key of Staysub: its name, type, writer, time to live and bound. No key is spelt anywhere else.

"Written by" names the file beside this one. Keys of Celery's broker live beside these under names of its own (`dns`,
`probe`, `notify`, `webhook`, `upkeep`, `_kombu.*`, `unacked*`), its queues bounded by `tasks.bounded`; all of ours
begin with `staysub:`. `{list}` is a list's id, `{id}` an id of ours, `{evidence}` the stream of one kind, by its record
in `monitor.evidence` (`checks`, `arrivals`, `canary`, `canary-notices`, `bounces`, `dmarc-reports`, `tls-reports`).
Nothing grows without limit:
streams, lists and indexes are trimmed at every write, documents expire. Documents are compressed
(`monitor.store.codec`), lists of reports by what these share (`monitor.store.short`).

What versions before kept is read as long as it is there: checks, arrivals and canary posts whole in streams, a stream
`assessments:{list}` of one entry an assessment, a hash `tallies:{list}` of a field a quarter of a day, and a string
`once:{what}:{id}` a mark; the first two shrink as new ones come, all expire. What is in the streams is brought over
into the ledger, which notes how far: a part of an older version may still write there.

| key                        | type   | written by            | TTL   | bound                               |
| -------------------------- | ------ | --------------------- | ----- | ----------------------------------- |
| schedule                   | zset   | schedule              | none  | two members a list                  |
| schedule:slot              | hash   | schedule              | none  | two fields a list                   |
| schedule:every             | hash   | schedule              | none  | two fields a list                   |
| kept:{evidence}:{list}     | list   | evidence              | 90 d  | `kept` of its kind: checks, what arrived |
| bases:{evidence}:{list}    | hash   | evidence              | 90 d  | what those refer to, and four more  |
| {evidence}:{list}          | stream | evidence              | 90 d  | `kept` of its kind: all others      |
| ledger:{list}              | hash   | evidence              | 90 d  | DAYS_WEIGHED fields and nine          |
| levels:{list}              | list   | outcomes              | 90 d  | LEVELS_KEPT runs of equal assessments |
| days:{list}                | hash   | evidence, outcomes, probes | 90 d | DAYS_KEPT fields                 |
| marks:{list}               | zset   | evidence, outcomes    | 31 d  | what was recorded within a mark's life |
| roster:{list}              | string | rosters               | 90 d  | one a list                          |
| reach:{list}               | string | reaches               | 90 d  | one a list, with DAYS_KEPT days     |
| routes                     | hash   | mail_routes           | none  | ROUTES_MOST fields, domains of subscribers |
| routes:due                 | zset   | mail_routes           | none  | one member a domain of those        |
| routes:wanted              | zset   | mail_routes           | none  | likewise; 3 d after a list had it   |
| routes:turn                | string | mail_routes           | 1 min | one: when the next turn may be      |
| mail-host:{host}           | string | mail_routes           | as it holds, 24 h | five a domain of those at most |
| replies:{list}             | hash   | followed              | 91 d  | one field a day of those             |
| waiting:{list}             | hash   | followed              | 35 d  | one field a log                     |
| refused:{list}             | zset   | followed              | 35 d  | REFUSED_MOST members                |
| sources:{list}             | zset   | followed              | 35 d  | SOURCES_MOST members                |
| log-place:{log}            | string | followed              | 400 d | one a log                           |
| log-queue:{log}            | hash   | followed              | 35 d  | one field a message that is known   |
| log-weigh                  | zset   | followed              | none  | one member a list                   |
| learnt:{list}              | string | learnt                | 400 d | one a list, LEARNT_KEPT keys        |
| assessment                 | hash   | outcomes              | none  | one field a list                    |
| once:{what}:{id}           | string | probes                | 2 h after the deadline | one a try to submit a probe |
| probe:{id}                 | string | probes                | 30 d; by hand 8 d | those of the index, and by hand |
| probes:{list}              | zset   | probes                | 30 d  | PROBES_KEPT members                 |
| probe-open:{list}          | string | probes                | probe's deadline | one a list               |
| slow-mta:{host}:{port}     | hash   | submissions           | 1 d   | one an MTA that ran out of time     |
| at-mta:{host}:{port}:{n}   | string | submissions           | the lease, 3 min | CONVERSATIONS_OF_MTA an MTA |
| incident:{id}              | string | incidents             | 400 d after its end; pending 7 d | one an incident |
| incidents                  | zset   | incidents             | none  | INCIDENTS_KEPT members              |
| incidents:{list}           | zset   | incidents             | 400 d | INCIDENTS_KEPT_A_LIST members       |
| incident-open:{list}       | string | incidents             | none; 7 d while pending | one a list        |
| notice:{id}                | string | incidents, notices    | 90 d  | one a notice of a quarter           |
| notices                    | zset   | incidents, notices    | none  | NOTICES_KEPT members                |
| notices:{list}             | zset   | incidents, notices    | 90 d  | NOTICES_KEPT_A_LIST members         |
| notices:of:{incident}      | set    | incidents, notices    | 400 d | notices of one incident             |
| notices:due                | zset   | incidents, notices    | none  | mails not yet delivered             |
| notices:due:webhook        | zset   | incidents, notices    | none  | calls not yet delivered             |
| held:{owner}               | set    | notices               | 2 d   | mails to one owner that wait for more |
| allowance:{owner}          | string | mail_limits           | until it is whole, 5 h | one an owner of that time |
| pause:{owner}:{list}       | string | suppressions          | the pause, 7 d | one a reader and list that paused |
| gone:{endpoint}            | string | suppressions          | 400 d | one an endpoint that answered 410   |
| own-way                    | string | suppressions          | 1 h   | one: addresses, a few               |
| own-way:returns            | string | suppressions          | 1 h   | one: a domain                       |
| cause                      | hash   | shared_causes         | none  | one field a list with an open incident |
| sending                    | hash   | sendings              | none  | one field a list                    |
| host                       | set    | shared_causes         | none  | one an open condition               |
| silences                   | hash   | silences              | none  | one field a silence not yet swept   |
| lists                      | hash   | lists                 | none  | LISTS_ADDED_MOST fields             |
| lists:version              | string | lists                 | none  | one: anew with each change of lists |
| tokens                     | hash   | tokens                | none  | TOKENS_MOST fields                  |
| counts                     | hash   | all parts that count    | none  | one field a series of `monitor.metrics` |
| successes                  | hash   | evidence, metric_totals | none | two fields a list                   |
| heartbeat:sent             | string | heartbeats            | its interval | one                          |
| heartbeat                  | hash   | heartbeats            | none  | one field a part                    |
| heartbeat:back             | hash   | heartbeats            | none  | one field a part                    |
| clocks                     | hash   | clocks                | none  | one field a machine of this day, and one |
| key                        | string | signing_keys          | none  | one: the signing key of the tokens  |
| keys:former                | list   | signing_keys          | none  | FORMER_KEYS_KEPT keys               |
| trial                      | string | tasks/broker          | 1 s   | one: that the broker takes writes   |
| store                      | hash   | identity              | none  | six fields                          |
| writable                   | string | writable              | 1 min | one: whether it can be written      |
| staged:{id}:{key}          | any    | backup/putting_back   | 1 h   | one a key of a backup until all are there |
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

PREFIX: Final = "staysub:"

DAY: Final = timedelta(days=1)
OUTCOME_TTL: Final = 90 * DAY
PROBE_TTL: Final = 30 * DAY
PROBE_BY_HAND_TTL: Final = 8 * DAY  # longer than MTAs try, whose DSN it may wait for
INCIDENT_TTL: Final = 400 * DAY  # more than a year, so that last year's story can still be read
LEARNT_TTL: Final = 400 * DAY  # keys are changed once in months, and their records are looked at all the while
REPLIES_TTL: Final = 91 * DAY
QUEUED_TTL: Final = 35 * DAY  # no MTA keeps a message longer; and who was refused then is no longer evidence
PLACE_TTL: Final = 400 * DAY  # a log that is not followed for so long is another one by then
OWN_OUTBOUND_TTL: Final = timedelta(hours=1)  # four times the interval of its check
SLOW_MTA_TTL: Final = DAY  # four times the longest pause: who is not asked any more is forgotten
PENDING_TTL: Final = 7 * DAY  # longer than three assessments take at the longest interval that is sensible
NOTICE_TTL: Final = 90 * DAY
STAGED_TTL: Final = timedelta(hours=1)  # longer than a backup takes to be put back: 45 GB at 100 Mbit/s
HELD_TTL: Final = 2 * DAY  # longer than an allowance lets wait
# How long it is known that something was recorded. Work is not done again later than its lease (minutes) and the
# broker's visibility timeout (an hour). Mail whose 250 was lost on the way is sent again within hours (RFC 5321 section
# 4.5.4.1). All else, such as a mailbox of bounces, may be read again in the same week.
WORK_MARK: Final = timedelta(hours=2)
MAIL_MARK: Final = DAY
MARK: Final = 7 * DAY
REPORT_MARK: Final = 31 * DAY  # a day longer than receivers' reports are taken after the time that they are about

LEVELS_KEPT: Final = 400  # runs of equal assessments, about 80 bytes each
DAYS_KEPT: Final = 91  # a quarter of a year, about 30 bytes each
PROBES_KEPT: Final = 36  # a day and a half at one an hour; and those that may still arrive
INCIDENTS_KEPT: Final = 20_000
INCIDENTS_KEPT_A_LIST: Final = 200
NOTICES_KEPT: Final = 20_000
NOTICES_KEPT_A_LIST: Final = 500
REFUSED_MOST: Final = 50_000  # subscribers of one list who were refused, about 100 bytes each
SOURCES_MOST: Final = 64  # addresses that a list was sent from
ROUTES_MOST: Final = 100_000  # domains of subscribers, about 200 bytes each in all three keys
LISTS_ADDED_MOST: Final = 50_000  # lists added at run time, about 500 bytes each
TOKENS_MOST: Final = 1_000
FORMER_KEYS_KEPT: Final = 3  # a store is emptied once in years; each key costs one HMAC more a token that is not known

SCHEDULE: Final = PREFIX + "schedule"
SCHEDULE_SLOT: Final = PREFIX + "schedule:slot"
SCHEDULE_EVERY: Final = PREFIX + "schedule:every"
ASSESSMENT: Final = PREFIX + "assessment"
INCIDENTS: Final = PREFIX + "incidents"
NOTICES: Final = PREFIX + "notices"
NOTICES_DUE: Final = PREFIX + "notices:due"
CALLS_DUE: Final = NOTICES_DUE + ":webhook"  # apart, so that slow endpoints keep no mail waiting
SILENCES: Final = PREFIX + "silences"
LISTS: Final = PREFIX + "lists"
LISTS_VERSION: Final = PREFIX + "lists:version"
TOKENS: Final = PREFIX + "tokens"
CAUSES: Final = PREFIX + "cause"
SENDINGS: Final = PREFIX + "sending"
OWN_OUTBOUND: Final = PREFIX + "own-way"
OWN_RETURNS: Final = PREFIX + "own-way:returns"
OPEN_CONDITIONS: Final = PREFIX + "host"
COUNTS: Final = PREFIX + "counts"
SUCCESSES: Final = PREFIX + "successes"
PULSE: Final = PREFIX + "heartbeat:sent"
WRITABLE: Final = PREFIX + "writable"
WRITABLE_TTL: Final = timedelta(minutes=1)  # it says nothing once it was written
HEARTBEAT: Final = PREFIX + "heartbeat"
BACK: Final = PREFIX + "heartbeat:back"
CLOCKS: Final = PREFIX + "clocks"
LOG_WEIGH: Final = PREFIX + "log-weigh"
SIGNING_KEY: Final = PREFIX + "key"
FORMER_KEYS: Final = PREFIX + "keys:former"
STORE: Final = PREFIX + "store"
TRIAL: Final = PREFIX + "trial"
ROUTES: Final = PREFIX + "routes"
ROUTES_DUE: Final = PREFIX + "routes:due"
ROUTES_WANTED: Final = PREFIX + "routes:wanted"
ROUTES_TURN: Final = PREFIX + "routes:turn"


def staged(name: str) -> str:
    """Where a key of a backup stands until all are there."""
    return f"{PREFIX}staged:{name}"


def evidence(stream: str, list_id: str) -> str:
    """Stream of a list's reports of one kind."""
    return f"{PREFIX}{stream}:{list_id}"


def kept(stream: str, list_id: str) -> str:
    """A list's reports of one kind, shortly, newest first."""
    return f"{PREFIX}kept:{stream}:{list_id}"


def bases(stream: str, list_id: str) -> str:
    """What those have in common, by reference."""
    return f"{PREFIX}bases:{stream}:{list_id}"


def ledger(list_id: str) -> str:
    """A list's past in little room: a hash with one field a day, and a few others."""
    return f"{PREFIX}ledger:{list_id}"


def levels(list_id: str) -> str:
    """A list's runs of equal assessments, newest first."""
    return f"{PREFIX}levels:{list_id}"


def days(list_id: str) -> str:
    """A list's counts: a hash from a day's number to its records."""
    return f"{PREFIX}days:{list_id}"


def marks(list_id: str) -> str:
    """What was recorded of a list lately, by when that may be forgotten."""
    return f"{PREFIX}marks:{list_id}"


def assessments(list_id: str) -> str:
    """Stream of a list's assessments, as versions before kept it."""
    return f"{PREFIX}assessments:{list_id}"


def tallies(list_id: str) -> str:
    """A list's counts by quarters of a day, as versions before kept them."""
    return f"{PREFIX}tallies:{list_id}"


def roster(list_id: str) -> str:
    """What the list manager said of a list when it was last asked."""
    return f"{PREFIX}roster:{list_id}"


def reach(list_id: str) -> str:
    """Where a list's subscribers are, as it was last counted."""
    return f"{PREFIX}reach:{list_id}"


def replies(list_id: str) -> str:
    """What receivers said to a list's posts: a hash from a day's number to its rows."""
    return f"{PREFIX}replies:{list_id}"


def waiting(list_id: str) -> str:
    """A list's posts that wait in queues: a hash by log."""
    return f"{PREFIX}waiting:{list_id}"


def refused(list_id: str) -> str:
    """Subscribers whose mail was refused, by digest and receiver, and when last."""
    return f"{PREFIX}refused:{list_id}"


def sources(list_id: str) -> str:
    """Addresses that a list was seen to be sent from, and when last."""
    return f"{PREFIX}sources:{list_id}"


def log_place(log: str) -> str:
    """How far an MTA's log was read."""
    return f"{PREFIX}log-place:{log}"


def log_queue(log: str) -> str:
    """What must be known of messages in the queue of a log."""
    return f"{PREFIX}log-queue:{log}"


def mail_host(host: str) -> str:
    """Whether a mail server has addresses of each family."""
    return f"{PREFIX}mail-host:{host}"


def learnt(list_id: str) -> str:
    """How a list's mail is signed, by what somebody gave us."""
    return f"{PREFIX}learnt:{list_id}"


def once(what: str, ident: str) -> str:
    """Mark that something was done; of what is recorded in a list as versions before set it."""
    return f"{PREFIX}once:{what}:{ident}"


def probe(probe_id: str) -> str:
    """One probe's document."""
    return f"{PREFIX}probe:{probe_id}"


def probes(list_id: str) -> str:
    """Index of a list's probes by time."""
    return f"{PREFIX}probes:{list_id}"


def probe_open(list_id: str) -> str:
    """Id of the list's open probe."""
    return f"{PREFIX}probe-open:{list_id}"


def slow_mta(mta: str) -> str:
    """That an MTA lets submissions run out of time."""
    return f"{PREFIX}slow-mta:{mta}"


def place_at_mta(mta: str, place: int) -> str:
    """One conversation with an MTA."""
    return f"{PREFIX}at-mta:{mta}:{place}"


def incident(incident_id: str) -> str:
    """One incident's document."""
    return f"{PREFIX}incident:{incident_id}"


def incidents_of(list_id: str) -> str:
    """Index of a list's incidents by time."""
    return f"{PREFIX}incidents:{list_id}"


def incident_open(list_id: str) -> str:
    """Id of the list's incident that is not resolved."""
    return f"{PREFIX}incident-open:{list_id}"


def notice(notice_id: str) -> str:
    """One notice's document."""
    return f"{PREFIX}notice:{notice_id}"


def notices_of_list(list_id: str) -> str:
    """Index of a list's notices by time."""
    return f"{PREFIX}notices:{list_id}"


def notices_of_incident(incident_id: str) -> str:
    """Ids of an incident's notices."""
    return f"{PREFIX}notices:of:{incident_id}"


def allowance(owner: str) -> str:
    """When an owner's allowance of mails is whole again. The address stands in no key: its digest does."""
    return f"{PREFIX}allowance:{sha256(owner.encode()).hexdigest()[:20]}"


def held(owner: str) -> str:
    """Ids of the mails to an owner that wait to be told together."""
    return f"{PREFIX}held:{sha256(owner.encode()).hexdigest()[:20]}"


def pause(owner: str, list_id: str) -> str:
    """Until when an owner wants no mail about a list. The address stands in no key: its digest does."""
    return f"{PREFIX}pause:{sha256(owner.encode()).hexdigest()[:20]}:{list_id}"


def gone(endpoint: str) -> str:
    """That an endpoint answered 410. Its URL may be a password: its digest stands here."""
    return f"{PREFIX}gone:{sha256(endpoint.encode()).hexdigest()[:20]}"
