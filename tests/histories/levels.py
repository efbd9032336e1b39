"""Short names that tables of stories share."""

from typing import Final

from monitor.model.risk import RiskLevel
from tests.histories.story import EVER, Refused

OK, WATCH, RISK, CRITICAL = RiskLevel.OK, RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL
FROM_THE_FIRST: Final = (
    Refused(1),
    EVER,
)  # the danger: from the first post that was refused, for as long as it is told
AT_THE_SECOND: Final = Refused(2, 1)  # one post is a post, two are a pattern; an hour has four checks
