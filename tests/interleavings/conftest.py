"""Says how much was tried."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the pairs that met, and the schedules in which they did."""
    tried = [
        properties["schedules"]
        for report in terminalreporter.getreports("passed")
        if "schedules" in (properties := dict(report.user_properties)) and report.when == "call"
    ]
    if tried:
        terminalreporter.write_line(f"{len(tried)} pairs met in {sum(tried)} schedules.")
