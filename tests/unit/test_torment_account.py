"""The account of a torment can fail: one story in which all is well, and for each thing that may go wrong one more."""

from dataclasses import replace

import pytest

from tests.torment.account import End, IncidentSeen, NoticeSeen, count
from tests.torment.journal import Done, Handed, Journal, Shown, Taken, Told
from tests.torment.lists import ADMINISTRATOR, BY_ID, LISTS

RIGHT_S, END_S = 600.0, 800.0
STEADY, TURNING, GONE = "steady-0", "turning-0", "gone-0"
OWNER = BY_ID[TURNING].owner


def ident(list_id, number=1):
    return f"<probe.{list_id}.{number}@v6.probe.example>"


def told(kind, revision, at_s, **more):
    facts = {"to": TURNING, "list_id": TURNING, "incident": "inc-1", "change": kind, "revision": revision}
    return Told(**{"at_s": at_s, "channel": "webhook", "ident": f"w{revision}", "content": kind, **facts, **more})


def mailed(kind, revision, at_s, **more):
    facts = {"to": OWNER, "list_id": TURNING, "incident": "inc-1", "subject": kind, "content": kind}
    return Told(**{"at_s": at_s, "channel": "mail", "ident": f"m{revision}", **facts, **more})


def noticed(revision, channel, **more):
    to = OWNER if channel == "mail" else "http://127.0.0.1/"
    facts = {"incident_id": "inc-1", "list_id": TURNING, "type": "list.risk", "target": to, "state": "delivered"}
    return NoticeSeen(**{"id": f"{channel[0]}{revision}", "revision": revision, "channel": channel, **facts, **more})


class Story:
    """A list is broken, told, mended, told; everybody is probed and checked until the end."""

    def __init__(self):
        self.journal = Journal(
            taken=[Taken(at_s=RIGHT_S + 50, list_id=one.id, message_id=ident(one.id)) for one in LISTS],
            handed=[
                Handed(at_s=RIGHT_S + 51, taken_at_s=RIGHT_S + 50, list_id=one.id, message_id=ident(one.id), code=250)
                for one in LISTS
            ],
            told=[
                told("raised", 2, 110),
                mailed("raised", 2, 110),
                told("resolved", 4, 310),
                mailed("resolved", 4, 310),
            ],
            shown=[
                Shown(at_s=at_s, levels={STEADY: "ok", TURNING: level}, incidents=())
                for at_s, level in ((50, "ok"), (150, "critical"))
            ],
            asked_s={one.id: END_S - 5 for one in LISTS},
            turned=[(100, TURNING, True), (300, TURNING, False)],
        )
        self.end = End(
            at_s=END_S,
            right_s=RIGHT_S,
            ready=True,
            levels=dict.fromkeys(BY_ID, "ok"),
            incidents=(
                IncidentSeen(
                    id="inc-1",
                    list_id=TURNING,
                    state="resolved",
                    changes=((1, "pending"), (2, "raised"), (3, "resolving"), (4, "resolved")),
                ),
                IncidentSeen(id="inc-2", list_id=GONE, state="open", changes=()),
            ),
            notices=tuple(noticed(revision, channel) for revision in (2, 4) for channel in ("mail", "webhook")),
            probes={ident(one.id): "arrived" for one in LISTS},
            broken=frozenset({GONE}),
            memory={"web": (100_000_000, 120_000_000)},
            tracebacks={"web": {}},
        )

    def differs(self, **facts):
        self.end = replace(self.end, **facts)

    def counted(self):
        found = count(self.journal, self.end)
        numbers = {"lost": found.lost, "double": found.double, "accused": found.accused, "unwell": found.unwell}
        return {kind: len(sentences) for kind, sentences in numbers.items() if sentences}


@pytest.fixture
def story():
    return Story()


def test_a_story_in_which_all_is_well_has_nothing_wrong(story):
    assert count(story.journal, story.end).wrong == ()


def a_list_is_checked_no_more(story):
    story.journal.asked_s[STEADY] = RIGHT_S


def a_list_was_never_checked(story):
    del story.journal.asked_s[STEADY]


def a_list_is_probed_no_more(story):
    story.journal.handed = [one for one in story.journal.handed if one.list_id != STEADY]


def an_incident_does_not_begin(story):
    story.differs(incidents=story.end.incidents[:1])


def an_incident_does_not_end(story):
    again = IncidentSeen(id="inc-3", list_id=TURNING, state="open", changes=())
    story.differs(incidents=(*story.end.incidents, again))


def a_notice_still_waits(story):
    first, *others = story.end.notices
    story.differs(notices=(replace(first, state="pending"), *others))


def a_notice_is_dead(story):
    first, *others = story.end.notices
    story.differs(notices=(replace(first, state="dead"), *others))


def a_mail_is_said_to_be_delivered_and_was_not(story):
    story.journal.told = [one for one in story.journal.told if one.ident != "m4"]


def a_change_has_no_notice(story):
    story.differs(notices=story.end.notices[:-2])


def the_endpoint_never_hears_of_the_end_and_the_incident_is_forgotten(story):
    story.journal.told = story.journal.told[:2]
    story.differs(incidents=story.end.incidents[1:], notices=())


def a_probe_is_refused_by_the_receiver(story):
    refused = Handed(at_s=201, taken_at_s=199, list_id=STEADY, message_id=ident(STEADY, 0), code=550)
    story.journal.handed.append(refused)


def a_probe_is_refused_long_after_the_clock_went_on(story):
    story.journal.done.append(Done(began_s=160, ended_s=160, kind="clock-goes-on"))
    a_probe_is_refused_by_the_receiver(story)


def the_store_is_emptied_and_nobody_says_so(story):
    story.journal.done.append(Done(began_s=200, ended_s=200, kind="redis-emptied"))


def a_probe_is_sent_twice(story):
    story.journal.taken.insert(0, Taken(at_s=500, list_id=STEADY, message_id=ident(STEADY)))


def two_probes_come_within_an_interval(story):
    story.journal.taken += [
        Taken(at_s=RIGHT_S + 55, list_id=LISTS[-1].id, message_id=ident(LISTS[-1].id, 2)),
    ]


def one_id_says_two_things(story):
    story.journal.told.append(told("raised", 2, 120, content="otherwise"))


def a_webhook_has_two_ids(story):
    story.journal.told.append(told("raised", 2, 120, ident="w9"))


def a_mail_has_two_ids(story):
    story.journal.told.append(mailed("raised", 2, 120, ident="m9"))


def a_mail_is_told_alone_and_in_a_digest(story):
    first, *others = story.end.notices
    story.differs(notices=(replace(first, digest_id="d1"), *others))
    story.journal.told.append(mailed("digest", 2, 130, ident="d1", incident=""))


def a_change_has_two_notices(story):
    again = replace(story.end.notices[0], id="m8")
    story.differs(notices=(*story.end.notices, again))
    story.journal.told.append(mailed("raised, once more", 2, 130, ident="m8"))


def two_incidents_of_a_list_are_open(story):
    story.journal.shown.append(
        Shown(at_s=200, levels={}, incidents=((TURNING, "inc-1"), (TURNING, "inc-2"), (GONE, "inc-3")))
    )


def a_steady_list_is_told(story):
    story.journal.told.append(
        mailed("raised", 1, 200, list_id=STEADY, to=BY_ID[STEADY].owner, ident="m7", incident="i")
    )


def a_steady_list_is_shown_in_danger(story):
    story.journal.shown += [Shown(at_s=at_s, levels={STEADY: "watch"}, incidents=()) for at_s in (200, 202)]


def a_steady_list_has_an_incident(story):
    story.journal.shown.append(Shown(at_s=200, levels={}, incidents=((STEADY, "inc-4"),)))


def a_list_is_told_before_it_was_broken(story):
    story.journal.shown.append(Shown(at_s=90, levels={TURNING: "critical"}, incidents=()))


def the_whole_is_not_ready(story):
    story.differs(ready=False, said="beat")


def a_part_is_dead(story):
    story.differs(dead=("web",))


def a_part_grows(story):
    story.differs(memory={"web": (100_000_000, 300_000_000)})


def a_part_logs_a_traceback(story):
    story.differs(tracebacks={"web": {"KeyError: 'a'": 3}})


@pytest.mark.parametrize(
    ("wrong", "counted"),
    [
        (a_list_is_checked_no_more, {"lost": 1}),
        (a_list_was_never_checked, {"lost": 1}),
        (a_list_is_probed_no_more, {"lost": 1}),
        (an_incident_does_not_begin, {"lost": 1}),
        (an_incident_does_not_end, {"lost": 1}),
        (a_notice_still_waits, {"lost": 1}),
        (a_notice_is_dead, {"lost": 1}),
        (a_mail_is_said_to_be_delivered_and_was_not, {"lost": 1}),
        (a_change_has_no_notice, {"lost": 2}),
        (the_endpoint_never_hears_of_the_end_and_the_incident_is_forgotten, {"lost": 1}),
        (a_probe_is_refused_by_the_receiver, {"lost": 1}),
        (a_probe_is_refused_long_after_the_clock_went_on, {"lost": 1}),
        (the_store_is_emptied_and_nobody_says_so, {"lost": 1}),
        (a_probe_is_sent_twice, {"double": 1}),
        (two_probes_come_within_an_interval, {"double": 1}),
        (one_id_says_two_things, {"double": 1}),
        (a_webhook_has_two_ids, {"double": 1}),
        (a_mail_has_two_ids, {"double": 1}),
        (a_mail_is_told_alone_and_in_a_digest, {"double": 1}),
        (a_change_has_two_notices, {"double": 1}),
        (two_incidents_of_a_list_are_open, {"double": 1}),
        (a_steady_list_is_told, {"accused": 1}),
        (a_steady_list_is_shown_in_danger, {"accused": 1}),
        (a_steady_list_has_an_incident, {"accused": 1}),
        (a_list_is_told_before_it_was_broken, {"accused": 1}),
        (the_whole_is_not_ready, {"unwell": 1}),
        (a_part_is_dead, {"unwell": 1}),
        (a_part_grows, {"unwell": 1}),
        (a_part_logs_a_traceback, {"unwell": 1}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_wrong_is_counted_where_it_belongs(story, wrong, counted):
    wrong(story)
    assert story.counted() == counted


def an_administrator_was_told_of_the_store(story):
    the_store_is_emptied_and_nobody_says_so(story)
    subject = "The store was emptied"
    story.journal.told.append(mailed("", 0, 240, to=ADMINISTRATOR, list_id="", ident="m6", subject=subject))


def a_probe_was_refused_after_the_store_was_emptied(story):
    an_administrator_was_told_of_the_store(story)
    a_probe_is_refused_by_the_receiver(story)


def a_probe_was_made_before_the_clock_went_on(story):
    story.journal.done.append(Done(began_s=190, ended_s=190, kind="clock-goes-on"))
    a_probe_is_refused_by_the_receiver(story)


def the_endpoint_that_is_gone_got_nothing(story):
    dead = noticed(2, "webhook", list_id=GONE, state="dead", incident_id="inc-2")
    story.differs(notices=(*story.end.notices, dead))


def an_emptied_store_let_one_id_say_it_anew(story):
    an_administrator_was_told_of_the_store(story)
    story.journal.told.append(told("raised", 2, 220, content="otherwise"))


def a_notice_came_twice_under_one_id(story):
    story.journal.told += story.journal.told[:2]


def what_was_seen_in_the_broken_time_fades(story):
    an_incident_does_not_end(story)
    story.differs(levels={**story.end.levels, TURNING: "watch"})


def a_mail_was_told_in_a_digest(story):
    story.journal.told = [one for one in story.journal.told if one.ident != "m4"]
    story.journal.told.append(mailed("digest", 4, 130, ident="d1", incident=""))
    story.differs(notices=tuple(replace(one, digest_id="d1") if one.id == "m4" else one for one in story.end.notices))


@pytest.mark.parametrize(
    "right",
    [
        an_administrator_was_told_of_the_store,
        a_probe_was_refused_after_the_store_was_emptied,
        a_probe_was_made_before_the_clock_went_on,
        the_endpoint_that_is_gone_got_nothing,
        an_emptied_store_let_one_id_say_it_anew,
        a_notice_came_twice_under_one_id,
        a_mail_was_told_in_a_digest,
        what_was_seen_in_the_broken_time_fades,
    ],
)
def test_what_is_as_promised_is_not_counted(story, right):
    right(story)
    assert count(story.journal, story.end).wrong == ()
