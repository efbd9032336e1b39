"""How far what is reckoned of a receiver may be off."""

import pytest

from monitor.model.evidence import AdmissionAction
from monitor.model.risk import FailureRate, ReceiverForecast
from monitor.wording.certainty import certainty
from monitor.wording.receiver import ReceiverWords

SURE = FailureRate(mean=1.0, low=0.96, high=1.0, evidence=())
NEVER = FailureRate(mean=0.0, low=0.0, high=0.0, evidence=())
ALIKE, OTHERWISE = {"6": "refuses mail", "4": "refuses mail"}, {"6": "refuses mail", "4": "takes the mail"}


@pytest.mark.parametrize(
    ("action", "families", "said"),
    [
        (AdmissionAction.REJECT, ALIKE, "(96 % to 100 % refused, with 95 % certainty)"),
        (AdmissionAction.DEFER, ALIKE, "(96 % to 100 % put off, with 95 % certainty)"),
        (AdmissionAction.REJECT, OTHERWISE, "(over IPv6 96 % to 100 % refused, with 95 % certainty)"),
        (AdmissionAction.DEFER, OTHERWISE, "(over IPv6 96 % to 100 % put off, with 95 % certainty)"),
    ],
)
def test_it_is_told_of_the_family_that_is_reckoned(action, families, said):
    forecast = ReceiverForecast(
        receiver="gmail", action=action, failure_rate=SURE, failure_rates={"6": SURE, "4": NEVER},
        post_bounces=None, disabled=None, removed=None,
    )  # fmt: skip
    assert certainty(forecast, ReceiverWords(whom="", families=families)) == said


def test_of_what_is_not_reckoned_nothing_is_told():
    forecast = ReceiverForecast(receiver="gmail", failure_rate=None, post_bounces=None, disabled=None, removed=None)
    assert certainty(forecast, ReceiverWords(whom="")) == ""
