"""A refusal that quotes our own receiver is ours, however a mail server wraps it."""

import pytest

from monitor.receiver import replies
from monitor.receiver.replies import quotes_us


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("550 5.1.1 There is no such address here.", id="as it is said"),
        pytest.param("450 4.1.1 <a@b>: host mx[2001:db8::1] said: 550 5.1.1 There is no\n such address here. (in reply to RCPT TO)", id="Postfix"),
        pytest.param("550-Callout verification failed:\r\n550-550 5.1.1 There is no such address here.", id="Exim"),
        pytest.param("smtp; 451 4.3.0 Whose address this is cannot be told now; please try again later.", id="in doubt"),
    ],
)  # fmt: skip
def test_our_own_words_are_known_again(text):
    assert quotes_us(text)


@pytest.mark.parametrize(
    "text",
    ["", "550 5.1.1 no such user", "550 5.7.1 Relaying denied", "451 4.3.0 Try again later", replies.RECORDED],
)
def test_others_words_are_not_ours(text):
    assert not quotes_us(text)


def test_every_refusal_of_ours_is_known():
    said = [each for name, each in vars(replies).items() if name.isupper() and isinstance(each, str)]
    assert len(said) > 9
    assert all(quotes_us(each) for each in said if each[0] in "45")
