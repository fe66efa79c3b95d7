"""Labelling and editing as a user does it: by keys, one row at a time, with the way back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListWidgetItem,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.desktop.panels.data_label_view import DataLabelView
from app.desktop.panels.data_table import DataTable
from app.desktop.widgets.histogram import Histogram, Line
from app.workbench.actions import data, data_editing, plan
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest
from pipeline.plan.document import new_document
from pipeline.plan.model import ModelSpec
from tests.support.projects import rows as some_rows
from tests.support.projects import tiny_plan

QUEUES = 11


@pytest.fixture
def filled(bench: Workbench, tmp_path: Path) -> Workbench:
    """A project with messages, of which the last three have no label, and the first two contradict each other."""
    bench.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    project = bench.create(tmp_path / "project")
    rows = [*some_rows()[:60], ("I have lost my way here", ""), ("Nobody tells me anything", ""), ("Help me now", "")]
    rows.insert(1, (rows[0][0], "queue-3"))
    rows += [(f"Something about thing {number}", f"queue-{number}") for number in range(QUEUES)]
    with path(bench).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "queue"])
        writer.writerows(rows)
    new_document(tiny_plan().model_copy(update={"model": ModelSpec()})).save(project.plan)
    bench.open(project.path)
    return bench


def path(bench: Workbench) -> Path:
    return bench.require_project().path / "data" / "messages.csv"


def labelling(bench: Workbench, qtbot: QtBot, size: tuple[int, int] = (900, 640)) -> DataLabelView:
    view = DataLabelView(bench, str(path(bench)))
    _show(view, bench, qtbot, ViewRequest("labels", view.key), size)
    return view


def table(bench: Workbench, qtbot: QtBot) -> DataTable:
    view = DataTable(bench, str(path(bench)))
    _show(view, bench, qtbot, ViewRequest("data", view.key), (1100, 800))
    qtbot.waitUntil(lambda: "as a conversation" in texts(view.pane), timeout=2000)
    return view


def _show(view: QWidget, bench: Workbench, qtbot: QtBot, request: ViewRequest, size: tuple[int, int]) -> None:
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    bench.views.activated(request)


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def labels(bench: Workbench) -> list[str]:
    return [str(edit.cells["queue"]) for edit in bench.edits.edits]


def test_a_row_is_shown_with_why_it_is_asked_about_and_what_speaks_against_it(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    shown = texts(view)
    assert "Row 1 · 1 of" in shown
    assert "has the same text under “queue-3”" in shown
    assert "row 2, labelled “queue-3”" in shown
    assert "0 of" in shown


def test_a_number_gives_the_label_and_goes_on(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    first = view.names.name_at(1)
    QTest.keyClick(view.names, Qt.Key.Key_1)
    assert labels(filled) == [first]
    assert "Row 2 ·" in texts(view)
    filled.run("data.label_2")
    assert labels(filled) == [first, view.names.name_at(2)]
    assert "2 of" in texts(view)


def test_letters_find_a_label_beyond_the_ninth(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    assert view.names.count() > 9
    QTest.keyClick(view.names, Qt.Key.Key_Q)
    assert view.field.text() == "q"
    QTest.keyClicks(view.field, "ueue-10")
    assert view.names.name_at(1) == "queue-10"
    QTest.keyClick(view.field, Qt.Key.Key_Return)
    assert labels(filled) == ["queue-10"]
    assert view.field.text() == ""


def test_a_label_that_is_not_there_is_added(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    view.field.setText("complaints")
    assert view.names.count() == 1
    QTest.keyClick(view.field, Qt.Key.Key_Return)
    assert labels(filled) == ["complaints"]
    assert view.names.name_at(view.names.count()) == "complaints"


def test_arrows_and_escape_in_the_filter(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    view.field.setText("queue-1")
    QTest.keyClick(view.field, Qt.Key.Key_Down)
    assert view.names.currentRow() == 1
    QTest.keyClick(view.field, Qt.Key.Key_Up)
    QTest.keyClick(view.field, Qt.Key.Key_Escape)
    assert view.field.text() == ""
    assert labels(filled) == []


def test_skip_back_and_undo(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    filled.run("data.label_skip")
    assert "Row 2 ·" in texts(view)
    filled.run("data.label_back")
    QTest.keyClick(view.names, Qt.Key.Key_1)
    filled.run("data.undo")
    assert labels(filled) == []
    assert "Row 1 · 1 of" in texts(view)


def test_one_kind_at_a_time(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    view.findChild(QWidget, "labels.kind.unlabelled").click()  # type: ignore[union-attr]
    assert "1 of 3" in texts(view)
    assert "No label yet" in texts(view)


def test_when_all_is_decided_it_says_so(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    while view.work.decided < len(view.work.items):
        view.work.label("billing")
    filled.run("data.label_again")
    while view.work.items and view.work.decided < len(view.work.items):
        view.work.label("billing")
        if view.work.decided == len(view.work.items):
            filled.run("data.label_again")
    assert "rows have a label that nothing speaks against" in texts(view)


def test_keys_of_labelling_act_in_the_view_in_front_only(filled: Workbench, qtbot: QtBot) -> None:
    labelling(filled, qtbot)
    filled.views.activated(ViewRequest("labels", "another.csv"))
    filled.views.layout("label 1")
    assert labels(filled) == []


def test_a_cell_is_edited_and_undone(filled: Workbench, qtbot: QtBot) -> None:
    view = table(filled, qtbot)
    filled.run("data.edit_row")
    field = view.findChild(QPlainTextEdit, "data.field.text")
    assert field is not None
    assert field.toPlainText() == some_rows()[0][0]
    field.setPlainText("Another text")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: view.model.index(0, 1).data() == "Another text", timeout=2000)
    qtbot.waitUntil(lambda: "edited: text" in texts(view.pane), timeout=2000)
    filled.run("data.undo")
    qtbot.waitUntil(lambda: view.model.index(0, 1).data() == some_rows()[0][0], timeout=2000)


def test_escape_leaves_the_row_as_it_was(filled: Workbench, qtbot: QtBot) -> None:
    view = table(filled, qtbot)
    filled.run("data.edit_row")
    field = view.findChild(QPlainTextEdit, "data.field.text")
    assert field is not None
    field.setPlainText("Another text")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert view.below.currentWidget() is view.pane
    assert filled.edits.edits == ()


def test_a_plan_that_leaves_the_edits_out_is_named_with_the_way_back(filled: Workbench, qtbot: QtBot) -> None:
    view = table(filled, qtbot)
    filled.run("data.edit_row")
    view.editor.findChild(QPlainTextEdit, "data.field.queue").setPlainText("other")  # type: ignore[union-attr]
    filled.run("data.keep_edit")
    filled.plan.unset_field("dataset.edits")
    filled.plan.save()
    qtbot.waitUntil(lambda: "leaves out the edits" in texts(view), timeout=2000)
    filled.run("data.use_edits")
    assert "leaves out the edits" not in texts(view)


def test_rows_to_look_at_and_lengths_are_a_command_away(filled: Workbench, qtbot: QtBot) -> None:
    view = table(filled, qtbot)
    filled.run("data.marked")
    assert 0 < view.model.rowCount() < 40
    qtbot.waitUntil(view.pane.isVisible)  # the row's pane comes once the rows have been painted
    filled.run("data.lengths")
    assert "tokens of pocket" in texts(view)
    assert view.pane.lengths.findChild(Histogram, "data.histogram").accessibleName().startswith("Half of")  # type: ignore[union-attr]


def test_a_histogram_says_and_copies_what_it_draws(qtbot: QtBot) -> None:
    widget = Histogram("histogram")
    qtbot.addWidget(widget)
    widget.show_counts((3, 0, 1), 29, [Line("p50", 5), Line("limit", 400, "warn")], "Half have at most 5.")
    widget.resize(300, 140)
    widget.show()
    QApplication.processEvents()
    assert widget.accessibleName() == "Half have at most 5."
    assert widget.as_text().splitlines() == ["tokens\trows", "0 to 9\t3", "10 to 19\t0", "20 to 29\t1"]


def test_a_problem_leads_to_the_rows_that_it_asks_to_decide(filled: Workbench, qtbot: QtBot) -> None:
    opened: list[ViewRequest] = []
    view = table(filled, qtbot)
    filled.views.requested.connect(opened.append)
    decide = view.findings.findChild(QPushButton, "data.way.data.contradiction.label")
    assert decide is not None
    decide.click()
    more = view.findings.findChild(QPushButton, "data.way.data.rare_labels.add")
    assert more is not None
    more.click()
    assert [request.kind for request in opened] == ["labels", "examples"]


def test_the_bar_leads_to_labels_and_versions(filled: Workbench, qtbot: QtBot) -> None:
    opened: list[ViewRequest] = []
    view = table(filled, qtbot)
    filled.views.requested.connect(opened.append)
    for name in ("data.bar.data.label", "data.bar.data.freeze"):
        found = view.bar.findChild(QToolButton, name)
        assert found is not None
        found.click()
    assert [request.kind for request in opened] == ["labels", "data"]
    assert opened[1].key.startswith("queues@")


def test_a_column_that_only_labels_have_can_be_written(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    view.work.load("label")
    assert "is a new column" not in texts(view)
    view.field.setText("good")
    QTest.keyClick(view.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is a new column" in texts(view), timeout=2000)
    view.findChild(QPushButton, "labels.write").click()  # type: ignore[union-attr]
    assert path(filled).with_name("messages-edited.csv").read_text().startswith("text,queue,label\n")


# merging labels


def choice(view: DataLabelView, name: str) -> QListWidgetItem:
    (found,) = view.names.findItems(name, Qt.MatchFlag.MatchExactly)
    return found


def mark(view: DataLabelView, *names: str) -> None:
    """Clicks labels as a person does who wants several: the first alone would be given to the row."""
    for name in names:
        view.names.scrollToItem(choice(view, name))
        place = view.names.visualItemRect(choice(view, name)).center()
        QTest.mouseClick(view.names.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, place)


def rows_of(view: DataLabelView) -> dict[str, int]:
    return {each.name: each.rows for each in view.names.choices}


def test_marked_labels_become_one_by_the_keyboard_and_ctrl_z_takes_it_back(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    before, content = rows_of(view), path(filled).read_bytes()
    mark(view, "queue-7", "queue-8")
    assert labels(filled) == [], "marking gives no label"
    filled.run("data.merge_labels")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [each.text() for each in menu.actions()] == [
        "Merge queue-7 and queue-8 into “queue-7” · 1",
        "Merge queue-7 and queue-8 into “queue-8” · 1",
    ]
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    after = rows_of(view)
    assert f"1 of {len(view.work.items)}" in texts(view)
    assert (after.get("queue-7"), after.get("queue-8")) == (2, None)
    assert sum(after.values()) == sum(before.values())
    assert path(filled).read_bytes() == content, "the file stays as it is"
    filled.run("data.undo")
    assert rows_of(view) == before
    filled.run("data.redo")
    assert rows_of(view) == after


def test_one_label_is_merged_into_another_by_its_menu(filled: Workbench, qtbot: QtBot) -> None:
    view = labelling(filled, qtbot)
    mark(view, "queue-3")
    place = view.names.visualItemRect(choice(view, "queue-3")).center()
    view.names.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    wanted = next(each for each in menu.actions() if "into “billing”" in each.text())
    assert wanted.text().startswith("Merge queue-3 into “billing” · ")
    before = rows_of(view)
    wanted.trigger()
    menu.close()
    assert rows_of(view)["billing"] == before["billing"] + before["queue-3"]
    assert "queue-3" not in rows_of(view)
    assert "has the same text" not in texts(view), "both say the same now"
    view.names.clearSelection()
    assert view.merge_menu().isEmpty()


def test_labels_can_be_merged_where_no_row_wants_one(filled: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [(f"message number {number}", ("bug", "error", "billing")[number % 3]) for number in range(6)]
    with path(filled).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "queue"), *rows])
    view = labelling(filled, qtbot)
    view.work.merge(["bug", "error"], "bug")
    assert rows_of(view) == {"bug": 4, "billing": 2}
    assert view.names.isVisible()


def test_merged_rows_are_not_marked_as_edited_by_hand(filled: Workbench, qtbot: QtBot) -> None:
    view = table(filled, qtbot)
    view_of_labels = labelling(filled, qtbot)
    filled.views.activated(ViewRequest("data", view.key))
    view_of_labels.work.merge(["queue-5"], "queue-6")
    qtbot.waitUntil(lambda: view._facts is not None and view._facts.edited == 1)
    assert view._facts is not None
    assert "edited" not in " ".join(str(view.model.index(row, 4).data()) for row in range(view.model.rowCount()))
