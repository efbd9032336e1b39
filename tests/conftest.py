"""What holds for every test: where `STAYSUB_NO_SKIP` is set, a skipped test is a failure."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Machines are noisy: how long an example takes says nothing about whether it is right.
settings.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make fuzz`: far more examples than a test run has time for, of what reads octets from outside.
settings.register_profile(
    "fuzz", deadline=None, suppress_health_check=list(HealthCheck), max_examples=int(os.environ.get("FUZZ", "3000"))
)
settings.load_profile("noisy")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and os.environ.get("STAYSUB_NO_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although nothing may be: {report.longrepr}"
    return report
