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
