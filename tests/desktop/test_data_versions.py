"""Two versions side by side as a user sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.data_version_diff import DataVersionDiff
from app.desktop.views import VIEWS
from app.desktop.widgets.side_diff import SideDiff
from app.workbench.actions import data, data_editing
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest
from pipeline.datasets.versions.build import build_version
from tests.support.projects import make_tiny_project, tiny_plan


@pytest.fixture
def compared(bench: Workbench, tmp_path: Path, qtbot: QtBot) -> DataVersionDiff:
    """A version, and one whose first label is another."""
    bench.commands.add(*data.commands(), *data_editing.commands())
    project = make_tiny_project(tmp_path)
    older = build_version(tiny_plan(), project.path)
    path = project.path / "data" / "messages.csv"
    head, first, *rest = path.read_text().splitlines()
    text, _, _label = first.rpartition(",")
    path.write_text("\n".join([head, f"{text},login", *rest, '"A new one, not seen before",billing']) + "\n")
    newer = build_version(tiny_plan(), project.path)
    bench.open(project.path)
    view = DataVersionDiff(bench, f"queues@{older.id}..queues@{newer.id}")
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    bench.views.activated(ViewRequest("compare_data", view.key))
    return view


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def test_rows_that_differ_are_counted_and_listed(compared: DataVersionDiff) -> None:
    chips = {each.objectName(): each.text() for each in compared.findChildren(QPushButton)}
    assert chips["versions.changed"] == "Changed 1"
    assert chips["versions.added"] == "Added 1"
    assert "rows are the same" in texts(compared)
    assert compared.model.index(0, 0).data() == "~ changed"


def test_words_that_differ_are_marked_on_both_sides(compared: DataVersionDiff) -> None:
    old, new = _texts(compared.sides, "versions.sides")
    assert old.toPlainText().rpartition("\n")[2] != new.toPlainText().rpartition("\n")[2] == "login"
    assert _last_font(old).strikeOut()
    assert _last_font(new).underline()


def test_one_kind_is_shown_and_keys_go_through_it(compared: DataVersionDiff) -> None:
    bench = compared._bench
    bench.run("data.next_row")
    assert compared.table.currentIndex().row() == 1
    bench.run("data.previous_row")
    assert compared.table.currentIndex().row() == 0
    compared.findChild(QPushButton, "versions.added").click()  # type: ignore[union-attr]
    assert compared.model.rowCount() == 1
    assert "not there" in texts(compared)
    compared.findChild(QPushButton, "versions.removed").click()  # type: ignore[union-attr]
    assert "No row differs" in texts(compared)


def test_a_tab_has_both_in_short() -> None:
    title = VIEWS["compare_data"].tab_title("queues@04eed6d8c7f7..queues@218bb6100e69")
    assert title == "queues@04eed6 ↔ queues@218bb6"


def test_a_text_that_is_not_there_leaves_its_side_empty(qtbot: QtBot) -> None:
    sides = SideDiff("sides")
    qtbot.addWidget(sides)
    sides.show_texts("", "all new", ("before", "after"), ("not there", "train"))
    old, new = _texts(sides, "sides")
    assert (old.toPlainText(), new.toPlainText()) == ("", "all new")
    assert old.accessibleName() == "before: not there"


def _last_font(side: QTextEdit) -> QFont:
    cursor = QTextCursor(side.document())
    cursor.movePosition(QTextCursor.MoveOperation.End)
    return cursor.charFormat().font()


def _texts(sides: SideDiff, name: str) -> tuple[QTextEdit, QTextEdit]:
    old, new = sides.findChild(QTextEdit, f"{name}.old_text"), sides.findChild(QTextEdit, f"{name}.new_text")
    assert old is not None
    assert new is not None
    return old, new
