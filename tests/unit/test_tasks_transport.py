"""What in a queue is a message as the broker's client writes it, and what is dropped."""

import copy

import pytest

from tasks.transport import fault_of

GOOD = {
    "body": "W1tdLCB7fSwge31d",
    "content-encoding": "utf-8",
    "content-type": "application/json",
    "headers": {"task": "staysub.tick", "id": "c0ffee"},
    "properties": {
        "delivery_tag": "f00",
        "delivery_info": {"exchange": "upkeep", "routing_key": "upkeep"},
        "body_encoding": "base64",
    },
}


def with_(path, value):
    made = copy.deepcopy(GOOD)
    *way, last = path.split("/")
    inner = made
    for each in way:
        inner = inner[each]
    inner[last] = value
    return made


def test_a_message_is_one():
    assert fault_of(GOOD) == ""
    assert fault_of(with_("headers", {"hostname": "w1"})) == "", "an event of Celery's names no task"


@pytest.mark.parametrize("garbage", [None, 1, "x", [], {}, {"properties": {}}, {"properties": None}])
def test_other_json_is_none(garbage):
    assert fault_of(garbage) != ""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/delivery_tag", ["x"]),
        ("properties/delivery_tag", None),
        ("properties/delivery_info", {}),
        ("properties/delivery_info", "x"),
        ("properties/delivery_info/exchange", 1),
        ("properties/body_encoding", "klingon"),
        ("properties/body_encoding", {}),
        ("headers", []),
        ("headers", None),
        ("headers/task", ["staysub.tick"]),
        ("headers/id", {}),
        ("headers/id", None),
        ("body", None),
        ("body", {}),
        ("content-type", 5),
        ("content-encoding", None),
    ],
)
def test_a_message_with_one_part_wrong_is_none(path, value):
    assert fault_of(with_(path, value)) != ""
