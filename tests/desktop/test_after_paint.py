"""Views show what is seen first, and make the rest once that has been painted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.living import AfterPaint
from app.desktop.panels.plan_form import FIRST, PlanForm
from app.desktop.panels.playground import Playground
from app.desktop.playground.comparison_pane import ComparisonPanes
from app.desktop.widgets.basics import column, label
from app.desktop.widgets.flow import Flow
from app.workbench.bench import Workbench
from app.workbench.plan_form import FIELDS
from tests.desktop.test_playground import with_commands
from tests.support.projects import make_tiny_project


class Painted(QWidget):
    """Tells when it is painted."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        super().paintEvent(event)
        self._told.append("painted")


def test_it_comes_after_the_painting_and_after_what_waits_meanwhile(qtbot: QtBot) -> None:
    told: list[str] = []
    widget = Painted(told)
    qtbot.addWidget(widget)
    AfterPaint(widget, lambda: told.append("the rest"))
    widget.show()
    QTimer.singleShot(0, widget, lambda: told.append("heard"))
    QApplication.processEvents()
    assert "painted" in told and "heard" in told and "the rest" not in told
    qtbot.waitUntil(lambda: told.count("the rest") == 1)


def test_nothing_comes_when_the_owner_is_gone(qtbot: QtBot) -> None:
    told: list[str] = []
    widget = QWidget()
    AfterPaint(widget, lambda: told.append("the rest"))
    widget.deleteLater()
    QTest.qWait(40)
    assert told == []


@pytest.fixture
def opened(bench: Workbench, tmp_path: Path) -> Workbench:
    with_commands(bench).open(make_tiny_project(tmp_path / "queues").path)
    return bench


def test_the_form_begins_with_the_fields_in_sight(qtbot: QtBot, opened: Workbench) -> None:
    form = PlanForm(opened)
    qtbot.addWidget(form)
    form.resize(560, 600)
    form.show()
    assert len(form._fields) == FIRST < len(FIELDS)
    qtbot.waitUntil(lambda: len(form._fields) == len(FIELDS))
    below = form._fields[FIELDS[FIRST].field]
    qtbot.waitUntil(lambda: below.isVisible() and below.y() > form.height())


def test_the_playground_begins_with_the_question(qtbot: QtBot, opened: Workbench) -> None:
    made = Playground(opened)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    assert made.form.prompt.isVisible() and not made.findChildren(ComparisonPanes)
    middle = made._middle.height()
    qtbot.waitUntil(lambda: bool(made.findChildren(ComparisonPanes)))
    QApplication.processEvents()
    assert made.panes is not None and made.panes.isVisible() and made.panes.code.text.isVisible()
    assert abs(made._middle.height() - middle) < 100, "its place was kept: the answers do not jump"


class Counted(Flow):
    """Counts how often its lines are measured."""

    measured = 0

    def _place(self, rect: QRect, *, moves: bool) -> int:
        self.measured += not moves
        return super()._place(rect, moves=moves)


def test_a_line_is_measured_once_for_a_width(qtbot: QtBot) -> None:
    lines = Counted()
    words = [label(f"word {number}") for number in range(4)]
    lines.add(*words)
    page = QWidget()
    page.setLayout(column(lines))
    qtbot.addWidget(page)
    page.show()
    lines.measured = 0
    heights = [lines.heightForWidth(width) for width in (95, 405, 95, 405, 95)]
    assert lines.measured == 2 and heights[0] > heights[1] and heights[::2] == [heights[0]] * 3
    words[3].hide()
    words[2].hide()
    QApplication.processEvents()
    assert lines.heightForWidth(95) < heights[0], "what was measured before holds no longer"
