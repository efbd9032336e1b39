"""How far the share of posts that a receiver is reckoned to refuse may be off, in words. Pure."""

from monitor.model.evidence import AdmissionAction
from monitor.model.risk import ReceiverForecast
from monitor.phrase.phrase import listed, percent, say
from monitor.wording.receiver import ReceiverWords


def certainty(forecast: ReceiverForecast, words: ReceiverWords) -> str:
    """In brackets, to stand behind what is reckoned; "" where nothing is."""
    rate = forecast.failure_rate
    if rate is None:
        return ""
    low, high = percent(rate.low), percent(rate.high)
    put_off = forecast.action is AdmissionAction.DEFER
    if len(set(words.families.values())) > 1:
        over = listed(f"IPv{family}" for family, each in forecast.failure_rates.items() if each == rate)
        if over and put_off:
            return say(
                "(over {families} {low} to {high} put off, with 95 % certainty)", families=over, low=low, high=high
            )
        if over:
            return say(
                "(over {families} {low} to {high} refused, with 95 % certainty)", families=over, low=low, high=high
            )
    if put_off:
        return say("({low} to {high} put off, with 95 % certainty)", low=low, high=high)
    return say("({low} to {high} refused, with 95 % certainty)", low=low, high=high)
