"""Docks: what a saved layout does with windows that float."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from app.desktop.dock_host import DockHost


def test_layouts_with_and_without_floating_windows_follow_one_another(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    host = DockHost(window)
    for name in "abcd":
        host.add(name, name, QIcon(), "center", QLabel(name), keeps=True)
    window.show()
    together = host.save()
    for name in "ab":
        host._manager.addDockWidgetFloating(host._manager.findDockWidget(name))
    apart = host.save()
    for _ in range(3):  # without a turn of the event loop in between, as when projects are changed
        assert host.restore(together)
        assert host._manager.floatingWidgets() == []
        assert host.restore(apart)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    host.show("a")
    host.add("e", "e", QIcon(), "center", QLabel("e"))
    host.close("e")
    assert {name for name in host.names() if host.is_shown(name)} == set("abcd")


def test_a_tab_that_a_layout_does_not_know_stays_in_the_middle(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    host = DockHost(window)
    host.add("a", "a", QIcon(), "center", QLabel("a"), keeps=True)
    before = host.save()
    host.add("b", "b", QIcon(), "center", QLabel("b"), keeps=True)
    assert host.restore(before)
    assert host.is_shown("b")
    assert host.is_beside("a", "b")
    assert host._manager.floatingWidgets() == []
