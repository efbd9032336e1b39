"""Whether a list's mail is bulk: messages a day from one author domain, over all lists of the installation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.authors import author_shares
from monitor.evidence.source import ListEvidence
from monitor.model.evidence import Admission, AdmissionAction, AuthResult, CanaryKind, CanaryMail, Roster
from monitor.model.risk import RiskLevel
from monitor.model.sending import Sending, Sendings, summed
from monitor.risk.bulk import bulk_of, sending_of
from monitor.risk.facts import RiskFacts
from monitor.risk.judge import judge
from monitor.risk.whatif import published
from tests.builders import NOW, V4, V6, a_check, a_dmarc, a_list, an_arrival, ledger_of

RULES = load_rules()
GOOD = "v=spf1 ip4:192.0.2.25 ip6:2001:db8:25::25 -all"
LIST = a_list()
OWN = "example.org"
BUSY = {"messages_per_day": 12.0, "subscribers": {"gmail.com": 600, "outlook.com": 600}}
POST = CanaryMail(kind=CanaryKind.POST)
KNOWN_OF = ("gmail", "outlook", "yahoo")


def post(author):
    return an_arrival(probe_id=None, canary=POST, dmarc=a_dmarc(author, AuthResult.FAIL))


def sends(traffic, subscribers, *authors):
    mail = [post(each) for each in authors]
    return sending_of(LIST, mail, subscribers=subscribers, traffic=traffic, rules=RULES)


def bulk(own, **others):
    return dict(bulk_of("ops", own, summed({"ops": own, **others}), RULES))


@pytest.mark.parametrize(
    ("traffic", "there", "expected"),
    [
        pytest.param(12.0, 600, True, id="7,200 a day"),
        pytest.param(10.0, 500, True, id="5,000 a day"),
        pytest.param(9.99, 500, False, id="a few less"),
        pytest.param(2.0, 100, False, id="200 a day"),
        pytest.param(None, 600, None, id="no traffic known"),
    ],
)
def test_bulk_is_posts_by_subscribers_against_the_receivers_threshold(traffic, there, expected):
    for receiver, domain in (("gmail", "gmail.com"), ("outlook", "hotmail.com"), ("yahoo", "aol.com")):
        assert bulk(sends(traffic, {domain: there})).get(receiver) is expected


def test_without_subscribers_and_without_a_number_it_is_not_known():
    assert bulk(sends(1000.0, {})) == {}
    assert "apple" not in bulk(sends(1000.0, {"icloud.com": 1000}))


def test_only_a_providers_own_mailboxes_count():
    """Google's guidelines are about personal accounts; its hosting of other domains is not."""
    assert bulk(sends(100.0, {"gmail.com": 10, "example.edu": 1000}))["gmail"] is False


def test_lists_of_one_organisation_add_up_and_those_of_others_do_not():
    """Google: all messages from the same primary domain count, with the domains below it."""
    half = sends(5.0, {"gmail.com": 600})
    assert bulk(half)["gmail"] is False
    assert bulk(half, talk=half)["gmail"] is True
    assert bulk(half, talk=Sending(a_day={"example.net": {"gmail": 3000}}, counted=True))["gmail"] is False


def test_what_others_send_is_enough_where_the_list_itself_is_not_counted():
    own = sends(None, {})
    assert bulk(own, talk=Sending(a_day={OWN: {"gmail": 6000}}, counted=True)) == {"gmail": True}


def test_no_is_said_only_where_every_list_in_that_name_is_counted():
    """What another one sends, nobody knows how much, may make it bulk."""
    own, unknown = sends(2.0, {"gmail.com": 100}), sends(None, {})
    assert bulk(own, talk=unknown) == {}
    assert bulk(own, talk=replace(unknown, a_day={"example.net": {}}))["gmail"] is False
    assert bulk(own, ops=unknown)["gmail"] is False, "what it was itself when it was last judged"
    assert bulk(sends(60.0, {"gmail.com": 100}), talk=unknown) == {"gmail": True}


def test_sums_kept_up_one_list_after_another_are_those_of_all_of_them():
    steps = [
        ("a", sends(2.0, {"gmail.com": 100})),
        ("b", sends(None, {})),
        ("a", sends(5.0, {"gmail.com": 100, "yahoo.com": 7})),
        ("c", sends(1.0, {"gmail.com": 9}, "example.net", "example.com")),
        ("b", sends(3.0, {"gmail.com": 50})),
        ("c", sends(None, {}, "example.net")),
    ]
    kept, by_list = Sendings(), {}
    for list_id, sending in steps:
        kept, by_list = kept.with_one(list_id, sending), {**by_list, list_id: sending}
        whole = summed(by_list)
        assert kept.by_list == whole.by_list
        assert {key: number for key, number in kept.sums.items() if number} == {
            key: number for key, number in whole.sums.items() if number
        }
        assert {of: set(lists) for of, lists in kept.uncounted.items() if lists} == whole.uncounted


def test_a_list_counts_itself_once_as_it_is_now():
    """What it sent when it was last judged is in the sums."""
    before, now = sends(9.0, {"gmail.com": 500}), sends(1.0, {"gmail.com": 500})
    assert dict(bulk_of("ops", now, summed({"ops": before}), RULES))["gmail"] is False
    assert dict(bulk_of("ops", before, Sendings(), RULES))["gmail"] is False


@pytest.mark.parametrize(
    ("authors", "shares"),
    [
        pytest.param((), {OWN: 1.0}, id="nothing seen: the cautious reading"),
        pytest.param(("lists.example.org",), {OWN: 1.0}, id="From rewritten"),
        pytest.param(("example.net", "lists.example.org"), {OWN: 1.0}, id="rewritten for some"),
        pytest.param(("a.example.net", "example.net"), {"example.net": 1.0}, id="one organisation's authors"),
        pytest.param(("example.net", "example.com"), {"example.net": 0.5, "example.com": 0.5}, id="From left alone"),
    ],
)
def test_who_stands_in_from(authors, shares):
    assert author_shares(LIST, authors) == shares


def test_a_list_that_leaves_from_alone_spreads_its_mail_over_its_authors():
    spread = sends(12.0, {"gmail.com": 600}, "example.net", "example.com")
    assert spread.a_day["example.net"]["gmail"] == 3600
    assert bulk(spread)["gmail"] is False


def judged(*, sendings=None, roster=None, signed=(), tls=None, result=AuthResult.FAIL, previous=None, **settings):
    check = a_check(GOOD, at=NOW, slot=1)
    seen = an_arrival(
        received_at=NOW - timedelta(minutes=5), dkim=signed, tls_version=tls, dmarc=a_dmarc("example.net", result)
    )
    reports = {"check": [check], "arrival": [seen]}
    listed = replace(LIST, subscribers={}, messages_per_day=None)
    evidence = ListEvidence(
        listed=replace(listed, **settings),
        rules=RULES,
        now=NOW,
        reports=reports,
        ledger=ledger_of(reports),
        roster=roster,
        sendings=sendings or Sendings(),
        previous=previous,
    )
    return judge(evidence)


def said_by(assessment, receiver):
    return {each.client_ip: each for each in assessment.admission if each.receiver == receiver}


def test_unsigned_bulk_mail_that_fails_dmarc_is_refused_and_the_dates_of_dropping_are_told():
    """12 posts a day to 600 at Gmail and 600 at Outlook.com, with PTR and SPF in order: it was "accepted", and OK."""
    assessment = judged(**BUSY)
    for client_ip in (V4, V6):
        gmail, outlook = said_by(assessment, "gmail")[client_ip], said_by(assessment, "outlook")[client_ip]
        assert (gmail.action, gmail.rule) == (AdmissionAction.REJECT, "goog.bulk.dkim.5730")
        assert (outlook.action, outlook.rule) == (AdmissionAction.REJECT, "ms.olc.auth.57515")
        assert "bulk=yes" in gmail.because
    assert assessment.level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    assert assessment.act_by is not None
    dates = {each.receiver: (each.disabled_on, each.removed_on) for each in assessment.forecasts}
    assert all(None not in dates[each] for each in ("gmail", "outlook"))
    assert assessment.reason.startswith(
        "This list's mail is bulk to Outlook.com and Gmail, which ask more of it and refuse it: "
    )
    assert "posts are not signed with DKIM" in assessment.reason
    assert "Sign each post with DKIM" in assessment.reason


def test_the_same_mail_of_a_small_list_is_taken():
    assessment = judged(messages_per_day=2.0, subscribers={"gmail.com": 100, "outlook.com": 100})
    for receiver in ("gmail", "outlook"):
        for said in said_by(assessment, receiver).values():
            assert said.action is AdmissionAction.ACCEPT
            assert "bulk=no" in said.because
    assert assessment.level is RiskLevel.OK


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"messages_per_day": 12.0}, id="no subscribers"),
        pytest.param({"subscribers": {"gmail.com": 600, "outlook.com": 600}}, id="no traffic"),
    ],
)
def test_without_counts_the_answer_is_unknown_and_the_level_as_if_it_were_not_asked(settings):
    assessment = judged(**settings)
    for receiver in ("gmail", "outlook"):
        for said in said_by(assessment, receiver).values():
            assert (said.action, said.undecided) == (AdmissionAction.UNKNOWN, ("bulk",))
    assert assessment.level is RiskLevel.OK


def test_a_level_is_not_held_by_what_is_open_only_because_bulk_is_unknown():
    """Better news counts where nothing but that is unknown."""
    previous = replace(judged(**BUSY), level=RiskLevel.CRITICAL)
    assert judged(previous=previous).level is RiskLevel.OK


def test_what_the_list_manager_told_counts_as_what_is_configured_does():
    roster = Roster(
        list_id="ops",
        manager=LIST.manager,
        taken_at=NOW,
        subscribers={"gmail.com": 600},
        posts=1200,
        earlier_at=NOW - timedelta(days=100),
        earlier_posts=0,
    )
    assert said_by(judged(roster=roster), "gmail")[V6].action is AdmissionAction.REJECT


def test_another_list_in_the_same_name_makes_it_bulk():
    alone = {"messages_per_day": 6.0, "subscribers": {"gmail.com": 600}}
    other = Sending(a_day={OWN: {"gmail": 3000}}, counted=True)
    assert said_by(judged(**alone), "gmail")[V6].action is AdmissionAction.ACCEPT
    assert said_by(judged(**alone, sendings=summed({"talk": other})), "gmail")[V6].action is AdmissionAction.REJECT


def test_what_only_the_record_lacks_is_mended_by_publishing_it():
    """Signed bulk mail whose SPF fails: Gmail asks for both, and publishing the record is enough."""
    refused = Admission(
        receiver="gmail",
        client_ip=V6,
        action=AdmissionAction.REJECT,
        rule="goog.bulk.spf.5727",
        because=("spf=fail", "dkim=pass", "dmarc=pass", "ptr=pass", "tls=pass", "bulk=yes"),
    )
    facts = RiskFacts(manager="mailman3", mta="postfix", messages_per_day=12.0, admission=(refused,))
    assert [each.action for each in published(facts).admission] == [AdmissionAction.ACCEPT]
    unsigned = replace(refused, because=("spf=fail", "dkim=none", "dmarc=fail", "ptr=pass", "tls=pass", "bulk=yes"))
    assert [each.action for each in published(replace(facts, admission=(unsigned,))).admission] == [
        AdmissionAction.REJECT
    ]
