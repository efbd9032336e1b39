"""Collections are as they were once the last batch has ended."""

import gc

from monitor.spf.gc_pause import gc_paused


def test_the_usual_thresholds_come_back_with_the_last_of_several():
    usual = gc.get_threshold()
    with gc_paused():
        with gc_paused():
            assert gc.get_threshold() != usual
        assert gc.get_threshold() != usual
    assert gc.get_threshold() == usual
