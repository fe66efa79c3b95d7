"""Garbage is collected in the window's thread, and nowhere else."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.background.collector import YOUNG, Collector
from app.desktop.background.qt_tasks import QtTasks
from app.workbench.tasks import Job, JobList
from pipeline.errors import BadInput, VibetuneError


class Knot:
    """Holds itself: only the collector finds it."""

    def __init__(self, went: list[str]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: went.append(threading.current_thread().name))


def knots(went: list[str], count: int = 3 * YOUNG) -> None:
    for _ in range(count):
        Knot(went)


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[Collector]:
    made = Collector()
    made.start()
    yield made
    made.stop()
    assert gc.isenabled()


def test_what_a_thread_leaves_goes_in_the_window_s_thread(collector: Collector, qtbot: QtBot) -> None:
    went: list[str] = []
    worker = threading.Thread(target=knots, args=(went,), name="worker")
    worker.start()
    worker.join()
    assert went == []
    qtbot.waitUntil(lambda: len(went) == 3 * YOUNG)
    assert set(went) == {threading.main_thread().name}


def test_what_has_grown_old_goes_too(collector: Collector, qtbot: QtBot) -> None:
    went: list[str] = []
    old = [Knot(went)]
    gc.collect(1)  # it is among the oldest now
    old.clear()
    for _ in range(200):
        knots([], YOUNG + 1)
        collector.collect()
    assert went == [threading.main_thread().name]


def test_what_was_set_apart_goes_with_a_full_look(collector: Collector) -> None:
    went: list[str] = []
    apart = [Knot(went)]
    gc.freeze()
    apart.clear()
    gc.collect()
    assert went == []
    collector.collect_all()
    assert went == [threading.main_thread().name]
    gc.unfreeze()


class Rows:
    """What a failed piece of work had in its hands."""


def test_an_error_that_is_kept_holds_nothing_of_the_work(qapp: QApplication, qtbot: QtBot) -> None:
    jobs, kept = JobList(), list[weakref.ref[Rows]]()
    tasks, told = QtTasks(jobs), list[VibetuneError]()

    def work(_job: Job) -> None:
        rows = Rows()
        kept.append(weakref.ref(rows))
        try:
            raise OSError("the disk")
        except OSError as error:
            raise BadInput("data.unreadable", "It can't be read.") from error

    tasks.submit(work, title="Read it", failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    tasks.close()
    assert jobs.jobs[0].error is told[0]
    assert kept[0]() is None
