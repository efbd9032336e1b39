"""Where bounces of notices go: to the receiver only where that surely harms no notice."""

from datetime import UTC, datetime

import pytest

from monitor.cli.doctor.examinations import returns
from monitor.config.settings import Settings
from monitor.model.findings import CheckStatus
from monitor.operations.own_returns import returns_of
from tests.fakes import ZoneResolver

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SIX, FOUR = "2001:db8:26::26", "192.0.2.26"
DOMAIN = "v6.probe.example.org"
GOOD = f"v=spf1 ip4:{FOUR} ip6:{SIX} -all"


def settings(*, receiver=True, **changes):
    notices = {"from": "staysub@example.org", "relay": "smtp://relay.example.net", "relay_outbound": [FOUR, SIX]}
    document = {"notices": notices | changes}
    if receiver:
        document["receiver"] = {"domain": DOMAIN, "hostname": "receiver.example.org"}
    return Settings.model_validate(document, by_alias=True)


def resolver(record=GOOD, dmarc=None, errors=None):
    texts = {} if dmarc is None else {"_dmarc.example.org": {"TXT": [dmarc]}}
    return ZoneResolver({DOMAIN: {"TXT": [record]}, **texts}, errors=errors or {})


@pytest.mark.parametrize(
    ("configured", "dns", "why"),
    [
        pytest.param(settings(), resolver(), "", id="SPF passes, nothing asks for DMARC"),
        pytest.param(settings(), resolver(dmarc="v=DMARC1; p=reject"), "", id="aligned in the relaxed mode"),
        pytest.param(settings(bounces="from"), resolver(), "says so", id="not wanted"),
        pytest.param(settings(receiver=False), resolver(), "no receiver", id="no receiver"),
        pytest.param(settings(relay_outbound=[]), resolver(), "It is not known from where", id="addresses not named"),
        pytest.param(
            settings(relay_outbound=[FOUR]), resolver(), "has no IPv6 address", id="a bounce could not get there"
        ),
        pytest.param(
            settings(), resolver("v=spf1 -all"), f"let the relay's address {FOUR} send (fail)", id="as it was advised"
        ),
        pytest.param(
            settings(), resolver(f"v=spf1 ip4:{FOUR} -all"), f"{SIX} send (fail)", id="one address is missing"
        ),
        pytest.param(settings(), resolver(f"v=spf1 ip4:{FOUR} ?all"), f"{SIX} send (neutral)", id="neutral is no pass"),
        pytest.param(settings(), resolver(errors={DOMAIN: "timeout"}), "not known now", id="DNS trouble"),
        pytest.param(
            settings(),
            resolver(dmarc="v=DMARC1; p=none; aspf=s"),
            "does not align with example.org",
            id="strict alignment",
        ),
        pytest.param(
            settings(**{"from": "staysub@elsewhere.example"}),
            ZoneResolver({DOMAIN: {"TXT": [GOOD]}, "_dmarc.elsewhere.example": {"TXT": ["v=DMARC1; p=quarantine"]}}),
            "does not align with elsewhere.example",
            id="another organisation's",
        ),
        pytest.param(
            settings(),
            resolver(errors={"_dmarc.example.org": "timeout"}),
            "is not known to align",
            id="DMARC not known",
        ),
        pytest.param(settings(bounces="receiver"), resolver("v=spf1 -all"), "", id="wanted in any case"),
    ],
)
def test_notices_leave_with_a_reverse_path_at_the_receiver_only_where_all_is_in_order(configured, dns, why):
    found = returns_of(configured, dns, now=NOW)
    assert found.domain == ("" if why else DOMAIN)
    assert why in found.why


def test_doctor_says_what_to_publish_so_that_bounces_are_noticed():
    (bad,) = returns(settings(), resolver("v=spf1 -all"), NOW)
    assert bad.status is CheckStatus.WARNING
    assert f"(TXT) at {DOMAIN}: {GOOD}" in bad.advice
    (good,) = returns(settings(), resolver(), NOW)
    assert good.status is CheckStatus.OK
    assert "come back to the receiver" in good.sentence
    (unset,) = returns(settings(relay_outbound=[]), resolver(), NOW)
    assert unset.status is CheckStatus.OK, "who has not said where the relay sends from has done nothing wrong"
    assert list(returns(settings(receiver=False), resolver(), NOW)) == []
