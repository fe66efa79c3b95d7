"""The verdict as a user sees it: the sentence, the opponents, the matrix, changed answers, the next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QTextBrowser
from pytestqt.qtbot import QtBot

from app.desktop.panels.verdict_view import VerdictView
from app.desktop.theme.theme import theme
from app.desktop.theme.tokens import contrast, readable_on
from app.desktop.widgets.confusion_matrix import ConfusionMatrix
from app.desktop.widgets.interval_rows import LEAST_SHARE, IntervalRow, IntervalRows, _shares_that_fit
from app.workbench.bench import Workbench
from app.workbench.verdict_parts import VerdictReading
from app.workbench.views import ViewRequest
from pipeline.runs.layout import ProjectFolder
from tests.desktop.test_runs import child, shown
from tests.support.runs import planted_run, project_in
from tests.support.verdicts import measured_run
from tests.unit.workbench.test_run_store import trained

NAME = "20260101-100000-queues-aaaa"


@pytest.fixture
def measured(tmp_path: Path, bench: Workbench) -> ProjectFolder:
    project = project_in(tmp_path)
    measured_run(project, NAME)
    bench.open(project.path)
    bench.views.activated(ViewRequest("verdict", NAME))
    return project


@pytest.fixture
def view(qtbot: QtBot, bench: Workbench, measured: ProjectFolder) -> VerdictView:
    panel = VerdictView(bench, NAME)
    shown(qtbot, panel, 1300, 850)
    return panel


def reading_of(bench: Workbench) -> VerdictReading:
    found = bench.runs.verdict(NAME)
    assert isinstance(found, VerdictReading)
    return found


def rows(view: VerdictView) -> int:
    return child(view, QTableView, "verdict.answers").model().rowCount()


def test_sentence_opponents_and_gates_are_shown(view: VerdictView, bench: Workbench) -> None:
    headline = child(view, QLabel, "verdict.headline")
    assert headline.accessibleName().startswith("Better: +")
    assert theme().color("good").name() in headline.text()
    assert "This adapter" in child(view, IntervalRows, "verdict.opponents").accessibleName()
    assert any(each.text() == "✓ accuracy > base" for each in view.findChildren(QLabel))


def test_chips_count_and_choose_answers(qtbot: QtBot, view: VerdictView, bench: Workbench) -> None:
    reading = reading_of(bench)
    counts = {change: reading.count(change) for change in reading.changes}
    assert sum(counts.values()) == reading.n
    assert rows(view) == counts["fixed"] + counts["broken"]
    child(view, QPushButton, "verdict.chip.fixed").click()
    assert rows(view) == counts["broken"]
    bench.run("verdict.show_wrong")
    assert rows(view) == counts["broken"] + counts["both wrong"]


def test_keys_move_through_changed_answers(view: VerdictView, bench: Workbench) -> None:
    table = child(view, QTableView, "verdict.answers")
    bench.run("verdict.next_answer")
    bench.run("verdict.next_answer")
    assert table.currentIndex().row() == 1
    bench.run("verdict.previous_answer")
    assert table.currentIndex().row() == 0
    bench.run("verdict.open_answer")
    whole = child(view, QTextBrowser, "verdict.whole")
    assert whole.isVisible()
    assert "right answer:" in whole.toPlainText()


def test_cell_of_the_matrix_filters_the_answers(qtbot: QtBot, view: VerdictView, bench: Workbench) -> None:
    matrix = child(view, ConfusionMatrix, "verdict.matrix")
    reading = reading_of(bench)
    assert reading.matrix is not None
    bench.run("verdict.next_cell")
    expected, given = bench.selection.get("cell").split("\t")
    count = reading.matrix.counts[reading.matrix.expected.index(expected)][reading.matrix.given.index(given)]
    assert rows(view) == count
    assert matrix.accessibleDescription() == f"expected {expected}, given {given}: {count} rows"
    child(view, QPushButton, "verdict.cell").click()
    assert bench.selection.get("cell") == ""


def test_numbers_in_the_matrix_can_be_read(view: VerdictView, bench: Workbench) -> None:
    matrix, reading = child(view, ConfusionMatrix, "verdict.matrix"), reading_of(bench)
    assert reading.matrix is not None
    for choice in ("dark", "light"):
        theme().set(choice)
        for row in range(len(reading.matrix.expected)):
            for column in range(len(reading.matrix.given)):
                ground = matrix.cell_colour(row, column)
                assert contrast(readable_on(ground, theme().tokens), ground) >= 4.5
    theme().set("dark")


def test_advice_names_what_was_measured(view: VerdictView, bench: Workbench) -> None:
    advice = reading_of(bench).advice
    assert advice, "one fifth of the answers is wrong, so something would help"
    pair = next(each for each in advice if each.cell is not None)
    assert "are mixed up in" in pair.why
    place = advice.index(pair) + 1
    child(view, QPushButton, f"verdict.advice.{place}").click()
    assert bench.selection.get("cell") == "\t".join(pair.cell or ())


def test_copy_gives_the_sentence(view: VerdictView, bench: Workbench) -> None:
    bench.run("verdict.copy")
    assert bench.clipboard.text == reading_of(bench).text


def test_run_that_was_not_measured_offers_it(qtbot: QtBot, bench: Workbench, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    planted_run(project, NAME, trained())
    bench.open(project.path)
    panel = shown(qtbot, VerdictView(bench, NAME))
    assert child(panel, QPushButton, "verdict.evaluate").isVisible()
    bench.views.activated(ViewRequest("verdict", NAME))
    bench.run("verdict.copy")
    assert "has not been measured yet" in bench.notices.items[0].text


def test_focusable_widgets_have_names(view: VerdictView) -> None:
    nameless = [
        each
        for each in view.findChildren(QPushButton) + view.findChildren(QTableView)
        if each.focusPolicy() != Qt.FocusPolicy.NoFocus and not each.accessibleName() and not each.isHidden()
    ]
    assert nameless == []


def test_intervals_have_room_and_numbers_that_do_not_touch_in_a_narrow_dock(qtbot: QtBot) -> None:
    rows = IntervalRows()
    qtbot.addWidget(rows)
    told = [IntervalRow("This adapter", "as it is served", 0.78, 0.63, 0.89, "78.4", "+46 (23 to 64)")]
    rows.show_rows(told, head="accuracy on 37", aside_head="leads by, points")
    for width, fewest in ((316, 2), (420, 3), (700, 5)):
        rows.resize(width, rows.height())
        room = rows._x(1.0) - rows._x(0.0)
        shares = _shares_that_fit(room)
        assert len(shares) >= fewest and room / (len(shares) - 1) >= LEAST_SHARE, width
