"""Data by keys alone, in a whole window: through rows, into a cell and out again, labels, and all the way back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.desktop.panels.data_label_view import DataLabelView
from app.desktop.panels.data_table import DataTable
from app.desktop.theme.fonts import load_fonts
from app.desktop.theme.theme import theme
from app.desktop.window import Window
from app.workbench.project import create_project
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from pipeline.plan.document import new_document
from pipeline.plan.model import ModelSpec
from tests.support.projects import rows as some_rows
from tests.support.projects import tiny_plan

WAIT_MS = 30_000


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window over a project whose first two rows contradict each other and whose last has no label."""
    load_fonts()
    theme().set("dark")
    project = create_project(tmp_path / "project")
    rows = some_rows()[:40]
    with (project.path / "data" / "messages.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "queue"), rows[0], (rows[0][0], "login"), *rows, ("Help me now", "")])
    new_document(tiny_plan().model_copy(update={"model": ModelSpec()})).save(project.plan)
    made = Window(SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json"))
    made.resize(1480, 920)
    made.show()
    made.open(project.path)
    rest(qtbot, made)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not isValid(made), timeout=WAIT_MS)


def rest(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.tasks.is_idle and window.bench.plan.plan is not None, timeout=WAIT_MS)


def shown(qtbot: QtBot, window: Window, kind: str) -> QWidget:
    """Opens a view of the data file and gives it the keyboard."""
    bench = window.bench
    key = str(bench.require_project().path / "data" / "messages.csv")
    bench.views.open(kind, key)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    panel = window.docks.panel(kind, key)
    assert panel is not None
    return panel


def press(qtbot: QtBot, window: Window, *keys: str) -> None:
    for key in keys:
        if not window.isActiveWindow():
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
        QTest.keySequence(window.focusWidget() or window, key)
        rest(qtbot, window)


def labels(window: Window) -> list[str]:
    return [str(edit.cells.get("queue")) for edit in window.bench.edits.edits]


def test_a_cell_is_edited_undone_and_done_again(window: Window, qtbot: QtBot) -> None:
    view = shown(qtbot, window, "data")
    assert isinstance(view, DataTable)
    qtbot.waitUntil(lambda: window.bench.selection.get("row_key") != "", timeout=WAIT_MS)
    view.table.setFocus()
    press(qtbot, window, "J", "J", "K")
    qtbot.waitUntil(lambda: window.bench.selection.get("row") == "2", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: view.pane.findChild(QWidget, "data.row_edit").isEnabled(), timeout=WAIT_MS)  # type: ignore[union-attr]
    rest(qtbot, window)
    press(qtbot, window, "E")
    field = window.focusWidget()
    assert field is not None
    assert field.objectName() == "data.field.text"
    QTest.keyClicks(field, "1 jkq e")
    press(qtbot, window, "Esc")
    assert view.below.currentWidget() is view.pane
    press(qtbot, window, "E")
    field = window.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "1 jkq e")
    press(qtbot, window, "Ctrl+Return")
    assert window.bench.edits.edits[0].cells == {"text": "1 jkq e"}
    assert window.focusWidget() is view.table
    press(qtbot, window, "Ctrl+Z")
    assert len(window.bench.edits.edits) == 0
    press(qtbot, window, "Ctrl+Shift+Z")
    assert len(window.bench.edits.edits) == 1


def test_rows_are_labelled_without_a_mouse(window: Window, qtbot: QtBot) -> None:
    view = shown(qtbot, window, "labels")
    assert isinstance(view, DataLabelView)
    qtbot.waitUntil(lambda: view.names.count() > 1, timeout=WAIT_MS)
    view.names.setFocus()
    first, second = view.names.name_at(1), view.names.name_at(2)
    press(qtbot, window, "2", "1")
    assert labels(window) == [second, first]
    press(qtbot, window, "Left")
    assert view.work.position == 2
    press(qtbot, window, "Right")
    press(qtbot, window, "N")
    assert window.focusWidget() is view.field
    QTest.keyClicks(view.field, "ew 1")
    press(qtbot, window, "Return")
    assert labels(window)[2:] == ["n" + "ew 1"]
    assert window.focusWidget() is view.names
    press(qtbot, window, "Ctrl+Z", "Ctrl+Z")
    assert labels(window) == [second]
    press(qtbot, window, "Ctrl+F", "Esc")
    assert window.focusWidget() is view.names


def test_labels_are_there_in_the_table_that_was_behind(window: Window, qtbot: QtBot) -> None:
    table = shown(qtbot, window, "data")
    rest(qtbot, window)
    view = shown(qtbot, window, "labels")
    assert isinstance(view, DataLabelView)
    assert isinstance(table, DataTable)
    qtbot.waitUntil(lambda: view.names.count() > 1, timeout=WAIT_MS)
    view.names.setFocus()
    press(qtbot, window, "2")
    given = labels(window)[0]
    shown(qtbot, window, "data")
    qtbot.waitUntil(lambda: table.model.index(0, 2).data() == given, timeout=WAIT_MS)
