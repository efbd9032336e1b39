"""Where pages stand for whom: an owner's all lie below the own link, a stranger is led nowhere."""

from monitor.web.paths import EVERYWHERE, NOWHERE, Paths

OWNER = Paths(keys={"ops": "k-ops", "dev": "k-dev"})


def test_who_may_see_all_goes_by_plain_paths():
    assert EVERYWHERE.home == "/"
    assert EVERYWHERE.list("a/b") == "/lists/a%2Fb"
    assert EVERYWHERE.check("ops", 7) == "/lists/ops/checks/7"
    assert EVERYWHERE.incident("inc-1", "ops") == "/incidents/inc-1"
    assert EVERYWHERE.finding("spf.none") == "/findings/spf.none"


def test_an_owners_pages_lie_below_the_link_of_that_list():
    assert OWNER.home == "/own"
    assert OWNER.list("dev") == "/own/k-dev"
    assert OWNER.check("dev", 7) == "/own/k-dev/checks/7"
    assert OWNER.incident("inc-1", "dev") == "/own/k-dev/incidents/inc-1"
    assert OWNER.finding("spf.none").startswith("/own/k-")
    assert OWNER.explain("dev") == "/own/k-dev/explain"


def test_an_owner_of_one_list_is_at_home_there():
    assert Paths(keys={"ops": "k-ops"}).home == "/own/k-ops"


def test_a_stranger_is_led_nowhere():
    assert NOWHERE.home == ""
