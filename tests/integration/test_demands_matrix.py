"""What big receivers answer to the mail of a real list, held against a table written by hand.

A post to a list of GNU Mailman 3 or Sympa goes through Debian's Postfix and OpenDKIM to our subscription: From kept or
replaced, signed or not, with TLS or without, from an address that SPF covers or not, of few or many posts. What is
stored of it is first held against OpenDKIM's and OpenDMARC's opinion of the same octets; then what is said of each
receiver against what the receiver's own pages say, with their dates.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from ipaddress import ip_address
from typing import Final, NamedTuple

import pytest

from monitor.admission.mail import evidence_of_mail
from monitor.admission.rules import admit, load_rules
from monitor.model.dns import Identity
from monitor.model.evidence import AdmissionAction, AuthResult
from tests.integration.demands_plan import (
    AUTHORS,
    BY_SYMPA,
    COUNTS,
    FROM,
    NAMELESS,
    SYMPA,
    UNCOVERED,
    WAYS,
    Subject,
    Way,
    subjects,
)
from tests.integration.demands_world import Seen, World, demands_world
from tests.integration.mailman import mailman_environment
from tests.integration.netns import require
from tests.integration.sympa import sympa_unpacked

pytestmark = [pytest.mark.integration, pytest.mark.netns, pytest.mark.timeout(600)]

REJECT, DEFER = AdmissionAction.REJECT, AdmissionAction.DEFER


class Reply(NamedTuple):
    """A reply that a receiver gives to mail with a flaw."""

    receiver: str
    to: str  # "all" senders, or those of "bulk"
    flaw: str
    action: AdmissionAction
    rule: str
    since: date | None  # None: nobody wrote down when it began


# Over IPv6, by what the receivers' pages and logs say. The first day is that of the reply, not of the demand.
REPLIES: Final = (
    # Exchange Online over IPv6: 450 4.7.25 (its page of 2 December 2022) and 450 4.7.26 (since 24 April 2015).
    Reply("microsoft-365", "all", "no PTR", DEFER, "ms.eop.v6.ptr.4725", date(2022, 12, 2)),
    Reply("microsoft-365", "all", "neither SPF nor DKIM", DEFER, "ms.eop.v6.auth.4xx.4726", date(2015, 4, 24)),
    # Both refuse what fails DMARC of a domain with p=reject, whoever sends it and whatever changed it on its way:
    # Exchange Online by 550 5.7.509 (in its list of codes), Outlook.com likewise (announced on 19 July 2023).
    Reply("microsoft-365", "all", "strict author", REJECT, "ms.eop.dmarc.57509", None),
    Reply("outlook", "all", "strict author", REJECT, "ms.olc.dmarc.57509", date(2023, 7, 19)),
    # Outlook.com: 550 5.7.515 unless SPF, DKIM and DMARC all pass (announced on 2 April 2025, in force on 5 May).
    Reply("outlook", "bulk", "no SPF", REJECT, "ms.olc.auth.57515", date(2025, 5, 5)),
    Reply("outlook", "bulk", "unsigned", REJECT, "ms.olc.auth.57515", date(2025, 5, 5)),
    Reply("outlook", "bulk", "no DMARC", REJECT, "ms.olc.auth.57515", date(2025, 5, 5)),
    # Gmail over IPv6: 550 5.7.1 since the autumn of 2013; of bulk what its error page listed first on that day.
    Reply("gmail", "all", "no PTR", REJECT, "goog.v6.571", date(2013, 9, 17)),
    Reply("gmail", "all", "neither SPF nor DKIM", REJECT, "goog.v6.571", date(2013, 9, 17)),
    Reply("gmail", "bulk", "no SPF", REJECT, "goog.bulk.spf.5727", date(2024, 3, 2)),
    Reply("gmail", "bulk", "unsigned", REJECT, "goog.bulk.dkim.5730", date(2024, 5, 10)),
    Reply("gmail", "bulk", "no TLS", REJECT, "goog.bulk.tls.5729", date(2024, 5, 10)),
    Reply("gmail", "bulk", "no record", REJECT, "goog.bulk.dmarc.5740", date(2025, 8, 2)),
    Reply("gmail", "bulk", "not aligned", DEFER, "goog.bulk.align.5732", date(2025, 4, 10)),
    # Since April 2014 in other words; these without a date of their own.
    Reply("gmail", "all", "strict author", REJECT, "goog.dmarc.5726", None),
    Reply("yahoo", "all", "strict author", REJECT, "yahoo.dmarc.5579", None),
    # Yahoo: 550 5.7.9 since February 2024; 550 5.7.25 stands in logs, and no page dates it; of bulk its page asks for
    # SPF, DKIM and DMARC without a reply of its own, and 421 4.7.0 [TSS04] was seen for want of them since March 2024.
    Reply("yahoo", "all", "no PTR", REJECT, "yahoo.ptr.5725", None),
    Reply("yahoo", "all", "neither SPF nor DKIM", REJECT, "yahoo.unauth.579", date(2024, 2, 1)),
    Reply("yahoo", "bulk", "no SPF", DEFER, "yahoo.defer.tss", date(2024, 3, 1)),
    Reply("yahoo", "bulk", "unsigned", DEFER, "yahoo.defer.tss", date(2024, 3, 1)),
    Reply("yahoo", "bulk", "no DMARC", DEFER, "yahoo.defer.tss", date(2024, 3, 1)),
)
RECEIVERS: Final = tuple(dict.fromkeys(each.receiver for each in REPLIES))
TODAY: Final = date(2026, 11, 28)
DAYS: Final = (date(2023, 12, 1), date(2024, 3, 1), date(2024, 5, 10), date(2025, 5, 4), date(2025, 5, 5), TODAY)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require("ip", "nsd", "postfix", "opendkim", "opendmarc")
    if mailman_environment() is None:
        pytest.skip("$STAYSUB_MAILMAN names no environment that has Mailman 3 (see .ci/run)")
    with demands_world() as made:
        for way, manager in WAYS.items():
            if manager != SYMPA or made.sympa is not None:
                made.send(way)
        yield made


def by(way: Way) -> list[Subject]:
    """The lists whose mail goes that way; skips the test where their software is not here."""
    if way == BY_SYMPA and sympa_unpacked() is None:
        pytest.skip("$STAYSUB_SYMPA names no folder that has Debian's Sympa (see .ci/run)")
    return subjects(WAYS[way])


def flaws_of(way: Way, subject: Subject) -> set[str]:
    """What is wrong with a post, by how it was sent: not by anything that was measured."""
    spf, signed, own = way.source != UNCOVERED, way.signed != "no", subject.has_own_from
    aligned = own and (spf or signed)
    record = own or AUTHORS[subject.author] is not None
    found = {
        "no PTR": way.source == NAMELESS,
        "no SPF": not spf,
        "unsigned": not signed,
        "neither SPF nor DKIM": not spf and not signed,
        "no TLS": not way.tls,
        "no record": not record,
        "not aligned": not aligned,
        "no DMARC": not aligned or not record,
        "strict author": not own and subject.author == "strict",
    }
    return {flaw for flaw, there in found.items() if there}


def test_the_matrix_has_every_way_to_treat_from_and_every_flaw():
    """No demand of the table goes untried, and none of its flaws is everywhere."""
    flaws = [flaws_of(way, each) for way, manager in WAYS.items() for each in subjects(manager)]
    for each in REPLIES:
        assert 0 < sum(each.flaw in found for found in flaws) < len(flaws), each.flaw
    for manager in WAYS.values():
        assert {each.treated for each in subjects(manager)} == set(FROM)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_is_stored_is_what_an_independent_judge_finds_in_the_same_octets(world, way):
    """OpenDKIM and OpenDMARC share no line with Staysub: DKIM of each signature, SPF, DMARC and its author domain."""
    for subject in by(way):
        seen = world.seen[way, subject]
        arrival, verdict = seen.arrival, seen.verdict
        (spf,) = (each.result for each in arrival.spf if each.identity is Identity.MAILFROM)
        assert arrival.dmarc is not None
        assert (spf, arrival.dmarc.result) == (verdict.spf, verdict.dmarc), subject
        assert {(each.domain, str(each.result)) for each in arrival.dkim} == verdict.dkim, subject
        assert arrival.from_list is subject.has_own_from, subject
        assert arrival.dmarc.author_domain == subject.author_domain == verdict.author_domain, subject


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_facts_are_those_by_which_it_was_sent(world, way):
    """What is known of the list's mail follows from its newest post; its author's broken signature says nothing."""
    for subject in by(way):
        facts, flaws, own = world.seen[way, subject].facts, flaws_of(way, subject), subject.has_own_from
        policy = "none" if own else {"silent": None, "watching": "none", "strict": "reject"}[subject.author]
        dmarc = (
            AuthResult.NONE if "no record" in flaws else AuthResult.FAIL if "not aligned" in flaws else AuthResult.PASS
        )
        assert facts.dkim is (AuthResult.NONE if "unsigned" in flaws else AuthResult.PASS), subject
        assert (facts.spf_aligned, facts.dkim_aligned) == (own, own and "unsigned" not in flaws), subject
        assert (facts.dmarc, facts.author_policy) == (dmarc, policy), subject
        assert facts.tls is way.tls, subject
        assert facts.one_click is (way.signed == "all"), subject  # RFC 8058 section 4: both fields, and signed
        assert facts.from_form is True, subject
        assert world.seen[way, subject].arrival.client_ip == ip_address(way.source), subject


def replies_to(
    way: Way, subject: Subject, receiver: str, *, bulk: bool, on: date = TODAY
) -> set[tuple[AdmissionAction, str]]:
    """What the receiver may answer, by the table; nothing where it takes the post. Which flaw it names is its own."""
    flaws = flaws_of(way, subject)
    return {
        (each.action, each.rule)
        for each in REPLIES
        if each.receiver == receiver
        and each.flaw in flaws
        and (each.since or TODAY) <= on
        and (bulk or each.to == "all")
    }


@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize("bulk", COUNTS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_receiver_answers_as_its_page_says(world, way, bulk, receiver):
    """As the list's page shows it, after a check with the list's counts."""
    for subject in by(way):
        said = world.seen[way, subject].admission[bulk, receiver]
        refused = replies_to(way, subject, receiver, bulk=bulk == "yes")
        if refused:
            assert (said.action, said.rule) in refused, subject
        elif bulk == "unknown" and replies_to(way, subject, receiver, bulk=True):
            assert (said.action, said.rule) == (AdmissionAction.UNKNOWN, None), subject
            assert "bulk" in said.undecided, subject
        else:
            assert (said.action, said.rule) == (AdmissionAction.ACCEPT, None), subject


def said_on(seen: Seen, receiver: str, *, on: date) -> tuple[AdmissionAction, str | None]:
    """What the rules of a day say to what is stored of a post, had it been of bulk."""
    (spf,) = (each.result for each in seen.arrival.spf if each.identity is Identity.MAILFROM)
    facts = replace(seen.facts, bulk=frozenset({(receiver, True)}))
    evidence = evidence_of_mail(seen.arrival.client_ip, spf=spf, ptr=seen.arrival.ptr.result, mail=facts)
    found = next((each for each in admit(load_rules(), evidence, on=on) if each.receiver == receiver), None)
    return (AdmissionAction.ACCEPT, None) if found is None else (found.action, found.rule)


@pytest.mark.parametrize("receiver", RECEIVERS)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_rule_speaks_from_its_first_day_on(world, day, receiver):
    """The same mail on other days: what was not yet asked for is not said."""
    undated = {each.flaw for each in REPLIES if each.receiver == receiver and each.since is None and day < TODAY}
    for way, subject in world.seen:
        if undated & flaws_of(way, subject):
            continue
        refused = replies_to(way, subject, receiver, bulk=True, on=day)
        action, rule = said_on(world.seen[way, subject], receiver, on=day)
        assert (action, rule) in (refused or {(AdmissionAction.ACCEPT, None)}), (way, subject)
