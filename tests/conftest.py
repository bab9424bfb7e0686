"""Options of the whole suite, and what becomes of failures while the machine stood still."""

import gc
import sys
import time
import warnings

import pytest
from _pytest.runner import runtestprotocol
from standstills import MUCH, Standstills

FAST = ("cykooz_resizer", "zlib_ng", "numpy", "pyjpegxl")
"""Packages of the extra `fast`, and one of another extra that needs numpy."""

AGAIN = 2
"""How often a test is run again that failed while the machine stood still."""

RERUN = "rerun"


def pytest_addoption(parser):
    parser.addoption(
        "--plain",
        action="store_true",
        help="as if the extra `fast` were not installed: Pillow alone makes the pictures",
    )


def pytest_configure(config):
    if config.getoption("plain"):
        for name in FAST:
            sys.modules[name] = None  # neither found nor imported
    if not config.getoption("numprocesses", None):  # not the one that only hands out tests
        config.pluginmanager.register(_Forgiving())


def pytest_report_teststatus(report):
    if report.outcome == RERUN:
        return RERUN, "R", (RERUN.upper(), {"yellow": True})
    return None


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports(RERUN):
        terminalreporter.line(f"{RERUN.upper()} {report.nodeid} - the machine had stood still")


class _Forgiving:
    """Many tests hold the clock against the server. One that fails while nothing on the machine
    ran is run again; one that fails while it ran has failed."""

    def __init__(self):
        self._standstills = Standstills()

    def pytest_sessionstart(self):
        self._standstills.begin()

    def pytest_sessionfinish(self):
        self._standstills.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for left in reversed(range(AGAIN + 1)):
            began = time.monotonic()
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            if not left or not self._excused(reports, began):
                break
            self._tell(item, [_as_rerun(each) for each in reports if each.failed])
            _let_go()
        self._tell(item, reports)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _excused(self, reports, began):
        return any(each.failed for each in reports) and self._standstills.since(began) > MUCH

    def _tell(self, item, reports):
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)


def _let_go():
    """What the failure left open is closed here, and not for a warning in some later test."""
    for name in ("last_exc", "last_value", "last_traceback"):  # pytest keeps them for debuggers
        setattr(sys, name, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


def _as_rerun(report):
    report.outcome = RERUN
    return report
