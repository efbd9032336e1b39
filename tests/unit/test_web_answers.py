"""What a receiver's rules answer: addresses that get the same answer stand together, other receivers' are left out."""

from monitor.model.evidence import Admission, AdmissionAction
from monitor.web.views.answers import answers_of
from tests.builders import V4, V6


def an_answer(ip, action=AdmissionAction.REJECT, reply="550 {} no", receiver="gmail"):
    return Admission(
        receiver=receiver, client_ip=ip, action=action, reply=reply.format(ip), rule="r", because=("spf=fail",)
    )


def test_the_same_answer_but_for_the_address_in_it_is_one():
    (both,) = answers_of("gmail", [an_answer(V4), an_answer(V6)])
    assert both.addresses == (V6, V4)
    assert str(V6) in both.admission.reply


def test_other_answers_stand_apart_ipv6_first():
    found = answers_of("gmail", [an_answer(V4, AdmissionAction.ACCEPT, ""), an_answer(V6)])
    assert [each.addresses for each in found] == [(V6,), (V4,)]


def test_of_another_receiver_nothing_is_said():
    assert answers_of("yahoo", [an_answer(V6)]) == ()
