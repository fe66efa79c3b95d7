"""Data as a user sees it: files and versions, rows by page, filters, problems, a row as a conversation, drops."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.background.qt_tasks import QtTasks
from app.desktop.item_models.paged_table import PAGE_ROWS, PAGES, PagedTable, Take
from app.desktop.panels.data_table import DataTable
from app.desktop.panels.dataset_list import DatasetList
from app.desktop.panels.explorer import Explorer
from app.workbench.actions import data, data_editing, explorer
from app.workbench.bench import Workbench
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import JobList
from app.workbench.views import ViewRequest
from pipeline.datasets.versions.build import build_version
from pipeline.plan.model import Plan
from tests.support.projects import rows as some_rows


@pytest.fixture
def filled(bench: Workbench, tmp_path: Path) -> Workbench:
    """A project with 144 messages in three queues, and one row twice."""
    bench.commands.add(*data.commands(), *explorer.commands())
    project = bench.create(tmp_path / "project")
    with (project.path / "data" / "messages.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "queue"])
        writer.writerows(some_rows())
        writer.writerow(some_rows()[0])
    bench.data.refresh_now()
    return bench


def file_view(bench: Workbench, qtbot: QtBot, size: tuple[int, int] = (1100, 800)) -> DataTable:
    key = str(bench.data.files[0].path)
    return shown(DataTable(bench, key), bench, qtbot, size)


def shown(view: DataTable, bench: Workbench, qtbot: QtBot, size: tuple[int, int] = (1100, 800)) -> DataTable:
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    bench.views.activated(ViewRequest("data", view.key))
    return view


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def named(view: QWidget, kind: type[QWidget], name: str) -> QWidget:
    found = view.findChild(kind, name)
    assert found is not None, name
    return found


def cell(view: DataTable, row: int, column: int) -> str:
    return str(view.model.index(row, column).data())


def test_rows_and_problems_stand_beside_each_other(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    assert cell(view, 0, 0) == "1"
    assert cell(view, 0, 2) == "billing"
    assert "145 rows" in texts(view)
    assert "word for word the same" in texts(view)
    assert "Balance" in texts(view)


def test_a_large_file_shows_its_first_rows_and_can_be_stopped(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workbench.data_reader_process.LARGE_BYTES", 1 << 20)
    tasks = QtTasks(JobList())
    bench = Workbench(
        tasks, JobList(), SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    )
    bench.commands.add(*data.commands())
    path = bench.create(tmp_path / "project").path / "data" / "large.csv"
    path.write_text("text,queue\n" + "A message about a parcel,delivery\n" * 100_000, "utf-8")
    try:
        view = shown(DataTable(bench, str(path)), bench, qtbot)
        bar = named(view, QWidget, "data.reading")
        qtbot.waitUntil(lambda: bar.isVisible() and view.model.rowCount() > 0, timeout=60_000)
        assert 100 < view.model.rowCount() < 100_000, "the first rows, while the others are on their way"
        assert "the first" in texts(bar)
        button = named(view, QPushButton, "data.stop_reading")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "was stopped" in texts(view), timeout=60_000)
        assert not bar.isVisible()
        again = next(each for each in view.findChildren(QPushButton) if each.text() == "Read it again")
        again.click()
        qtbot.waitUntil(lambda: view.model.rowCount() == 100_000, timeout=60_000)
        assert not bar.isVisible()
    finally:
        bench.data.close()
        tasks.close()


def test_typing_into_the_filter_leaves_fewer_rows(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    field = named(view, QLineEdit, "data.filter")
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "queue:delivery parcel")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert 0 < view.model.rowCount() < 48
    assert {cell(view, row, 2) for row in range(view.model.rowCount())} == {"delivery"}
    assert "of 145 rows" in texts(view)


def test_a_broken_pattern_is_said_beside_the_filter(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    view.bar.field.setText("(open")
    view.bar.pattern.setChecked(True)
    assert "no regular expression" in view.bar.error.text()
    assert view.model.rowCount() == 145, "the rows stay"


def test_a_filter_that_leaves_nothing_can_be_taken_away(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    view.bar.choose("all", "no such text")
    assert "No row has this" in texts(view)
    button = next(each for each in view.findChildren(QPushButton) if each.text() == "Show all rows")
    button.click()
    assert view.model.rowCount() == 145


def test_single_keys_go_through_the_rows(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    filled.run("data.next_row")
    filled.run("data.next_row")
    filled.run("data.previous_row")
    qtbot.waitUntil(lambda: "Row 2 as a conversation" in texts(view), timeout=2000)
    assert filled.selection.get("row") == "2"
    qtbot.waitUntil(lambda: "case 1" in texts(view.pane), timeout=2000)


def test_keys_do_nothing_in_a_view_that_is_not_in_front(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    filled.views.activated(ViewRequest("run", "some"))
    filled.views.layout("data next")
    assert view.table.currentIndex().row() == 0


def test_a_problem_leads_to_its_row(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    filled.run("data.next_problem")
    assert view.table.currentIndex().row() == 144


def test_a_file_that_changed_is_read_again(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    Path(view.key).write_text("text,queue\nhello there,a\nbye now,b\n", "utf-8")
    filled.data.refresh_now()
    assert view.model.rowCount() == 2


def test_an_unreadable_file_says_where_and_why(filled: Workbench, qtbot: QtBot) -> None:
    path = filled.data.files[0].path.with_name("broken.parquet")
    path.write_bytes(b"PAR1 this is none")
    view = shown(DataTable(filled, str(path)), filled, qtbot)
    assert "can't be read as Parquet" in texts(view)


def test_findings_make_room_in_a_narrow_window(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot, (600, 500))
    assert not view.findings.isVisible()


def version(bench: Workbench) -> str:
    plan = Plan.model_validate(
        {
            "name": "queues",
            "goal": "Sort messages.",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/messages.csv"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "checks": {"duplicates": "exact"},
            },
        }
    )
    project = bench.require_project()
    built = build_version(plan, project.path)
    bench.data.refresh_now()
    return f"queues@{built.id}"


def test_a_version_has_its_splits_and_the_rows_that_were_set_aside(filled: Workbench, qtbot: QtBot) -> None:
    view = shown(DataTable(filled, version(filled)), filled, qtbot)
    chips = {each.objectName(): each.text() for each in view.findChildren(QPushButton) if each.isVisibleTo(view)}
    assert chips["data.part.all"] == "All 144"
    assert chips["data.part.quarantine"] == "Set aside 1"
    filled.run("data.set_aside")
    assert view.model.rowCount() == 1
    assert cell(view, 0, 4) == "data.duplicate"
    qtbot.waitUntil(lambda: "Set aside:" in texts(view.pane), timeout=2000)


def test_a_label_of_the_balance_filters_by_it(filled: Workbench, qtbot: QtBot) -> None:
    view = shown(DataTable(filled, version(filled)), filled, qtbot)
    view.findings.label_wanted.emit("delivery")
    assert view.model.rowCount() == 48


def test_the_list_names_files_and_versions_and_opens_them(filled: Workbench, qtbot: QtBot) -> None:
    address = version(filled)
    panel = DatasetList(filled)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show()
    opened: list[ViewRequest] = []
    filled.views.requested.connect(opened.append)
    QTest.keyClick(named(panel, QWidget, "datasets.file.messages.csv"), Qt.Key.Key_Return)
    QTest.mouseClick(named(panel, QWidget, f"datasets.version.{address}"), Qt.MouseButton.LeftButton)
    assert opened == [ViewRequest("data", str(filled.data.files[0].path)), ViewRequest("data", address)]


def test_an_empty_project_leads_to_a_file(bench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.create(tmp_path / "empty")
    panel = DatasetList(bench)
    qtbot.addWidget(panel)
    panel.show()
    assert "No data yet" in texts(panel)


def drop(widget: QWidget, *paths: Path) -> bool:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(10, 10), copy, content, buttons, keys)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(QPointF(10, 10), copy, content, buttons, keys)
    QApplication.sendEvent(widget, event)
    return enter.isAccepted() and event.isAccepted()


def test_a_dropped_file_is_copied_and_opened(filled: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    panel = DatasetList(filled)
    qtbot.addWidget(panel)
    panel.show()
    opened: list[ViewRequest] = []
    filled.views.requested.connect(opened.append)
    (tmp_path / "more.csv").write_text("text,queue\nhello,a\n", "utf-8")
    assert drop(panel, tmp_path / "more.csv")
    copied = filled.require_project().path / "data" / "more.csv"
    assert copied.is_file()
    assert opened == [ViewRequest("data", str(copied))]


def test_asking_about_a_file_fills_the_chat(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    named(view, QPushButton, "data.ask").click()  # type: ignore[attr-defined]
    assert filled.conversation.draft == "With data/messages.csv: "


def test_the_tree_opens_a_plan_as_a_plan_and_data_as_rows(filled: Workbench, qtbot: QtBot) -> None:
    project = filled.require_project()
    project.plan.write_text("version: 1\n", "utf-8")
    (project.path / "notes.md").write_text("notes", "utf-8")
    panel = Explorer(filled)
    qtbot.addWidget(panel)
    panel.show()
    opened: list[ViewRequest] = []
    filled.views.requested.connect(opened.append)
    for name in ("plan.yaml", "notes.md", "data/messages.csv"):
        index = panel.model.index(str(project.path / name))
        panel.tree.activated.emit(index)
    kinds = [each.kind for each in opened]
    assert kinds == ["plan", "text", "data"]


def test_a_file_that_is_put_away_can_be_put_back(filled: Workbench) -> None:
    path = filled.data.files[0].path
    filled.selection.set("path", str(path))
    filled.run("file.put_away")
    assert not path.exists()
    assert filled.notices.items[0].actions == (("Undo", "file.put_back"),)
    filled.run("file.put_back")
    assert path.is_file()


def paged(total: int, qtbot: QtBot) -> tuple[QTableView, PagedTable, list[int]]:
    """A table over rows that are made up on the spot."""
    asked: list[int] = []

    def fetch(start: int, count: int, take: Take) -> None:
        asked.append(start)
        take(start, [(start + at + 1, (f"row {start + at}",)) for at in range(min(count, total - start))])

    model = PagedTable(fetch, lambda _column, _text: (None, "text"))
    view = QTableView()
    view.setModel(model)
    model.show_rows(["text"], total)
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    return view, model, asked


def test_a_million_rows_fetch_only_what_is_seen(qtbot: QtBot) -> None:
    view, model, asked = paged(1_000_000, qtbot)
    qtbot.waitUntil(lambda: str(model.index(0, 1).data()) == "row 0", timeout=2000)
    view.scrollTo(model.index(700_000, 0))
    view.viewport().repaint()
    qtbot.waitUntil(lambda: str(model.index(700_000, 1).data()) == "row 700000", timeout=2000)
    assert len(asked) <= 4
    assert model.rowCount() == 1_000_000


def test_rows_that_are_not_there_yet_show_that_they_come(qtbot: QtBot) -> None:
    waiting: list[tuple[int, Take]] = []
    model = PagedTable(lambda start, _count, take: waiting.append((start, take)), lambda _c, _t: (None, "text"))
    model.show_rows(["text"], 1000)
    assert model.index(5, 1).data() == "…"
    qtbot.waitUntil(lambda: bool(waiting), timeout=2000)
    start, take = waiting[0]
    model.show_rows(["text"], 3)
    take(start, [(1, ("old",))] * 3)
    assert model.index(0, 1).data() == "…", "rows of an earlier filter are not shown"


def test_only_the_last_pages_are_kept(qtbot: QtBot) -> None:
    model = PagedTable(lambda start, _c, take: take(start, [(1, ("x",))] * PAGE_ROWS), lambda _c, _t: (None, "text"))
    model.show_rows(["text"], PAGE_ROWS * (PAGES + 10))
    for number in range(PAGES + 10):
        model.index(number * PAGE_ROWS, 1).data()
        qtbot.waitUntil(lambda number=number: model.index(number * PAGE_ROWS, 1).data() == "x", timeout=2000)  # type: ignore[misc]
    assert model.kept_pages == PAGES


def test_what_the_model_sees_is_counted_and_coloured(filled: Workbench, qtbot: QtBot) -> None:
    view = file_view(filled, qtbot)
    qtbot.waitUntil(lambda: "tokens:" in texts(view.pane), timeout=5000)
    told = texts(view.pane)
    assert "1 end" in told
    assert "fit: answer and end are learned" in told
    assert "pocket" in told


def test_an_answer_of_weight_0_is_said_to_be_read_only(filled: Workbench, qtbot: QtBot) -> None:
    said = ("user", "Hello"), ("assistant", "Hi."), ("user", "Where is my parcel?"), ("assistant", "On its way.")
    turns: list[dict[str, object]] = [{"role": role, "content": text} for role, text in said]
    turns[1]["weight"] = 0
    (filled.data.files[0].path.parent / "chat.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    filled.data.refresh_now()
    key = next(str(file.path) for file in filled.data.files if file.path.name == "chat.jsonl")
    view = shown(DataTable(filled, key), filled, qtbot)
    qtbot.waitUntil(lambda: "On its way." in texts(view.pane), timeout=5000)
    heads = [text for text in texts(view.pane).splitlines() if text.startswith("assistant")]
    assert heads == ["assistant · read, not learned", "assistant · completion"]


def test_a_view_that_is_gone_is_left_alone(filled: Workbench, qtbot: QtBot) -> None:
    view, panel = DataTable(filled, str(filled.data.files[0].path)), DatasetList(filled)
    for each in (view, panel):
        shiboken6.delete(each)
    filled.data.changed.emit()
    filled.views.layout("data next")
    filled.data.page(view.key, 0, 10, view._show_page)
    assert filled.data.files, "the state goes on"
    assert not filled.notices.items


def test_a_row_is_set_aside_by_key_and_taken_back_by_undo(filled: Workbench, qtbot: QtBot) -> None:
    assert filled.project is not None
    filled.plan.set_text(
        "version: 1\nname: rows\ngoal: Sort rows.\ntask: classification\n"
        "dataset:\n  sources: [{path: data/messages.csv}]\n  columns: {prompt: [text], completion: [queue]}\n"
        "model: {base: pocket}\n"
    )
    filled.plan.save()
    view = file_view(filled, qtbot)
    view.choose(1)
    qtbot.waitUntil(lambda: bool(filled.selection.get("row_id")))
    row = filled.selection.get("row_id")
    filled.run("data.set_row_aside")
    assert filled.plan.plan is not None
    assert filled.plan.plan.dataset.checks.set_aside == [row]
    assert "set aside by you" in texts(view)
    filled.run("data.take_row_back")
    assert filled.plan.plan.dataset.checks.set_aside == []
    filled.history.undo()
    assert filled.plan.plan.dataset.checks.set_aside == [row]
    filled.history.undo()
    assert filled.plan.plan.dataset.checks.set_aside == []
    filled.run("data.take_row_back")
    assert filled.plan.plan.dataset.checks.keep == [row]
    assert "kept by you" in texts(view)


# languages


def test_languages_are_told_once_somebody_looks_and_a_bar_filters(
    bench: Workbench, qtbot: QtBot, tmp_path: Path
) -> None:
    bench.commands.add(*data.commands(), *data_editing.commands())
    path = bench.create(tmp_path / "project").path / "data" / "mixed.csv"
    texts_of = [
        ("I was charged twice for the order that I made", 8),
        ("Meine Rechnung ist nicht richtig und ich zahle", 4),
    ]
    lines = [f"{text} {number},{'ab'[number % 2]}" for text, count in texts_of for number in range(count)]
    path.write_text("\n".join(["text,queue", *lines]), "utf-8")
    bench.data.refresh_now()
    view = file_view(bench, qtbot)
    languages = view.pane.languages
    assert not languages.bars.isVisible()
    qtbot.waitUntil(view.pane.isVisible)  # it comes once the rows have been painted
    bench.run("data.languages")
    assert languages.bars.isVisible()
    assert languages.bars.accessibleName().endswith("English (en) 8 (66.7 %), German (de) 4 (33.3 %)")
    assert "8 of 12 rows are in English (en)" in texts(languages)
    languages.bars.setFocus()
    QTest.keyClick(languages.bars, Qt.Key.Key_Down)
    QTest.keyClick(languages.bars, Qt.Key.Key_Return)
    assert view.bar.field.text() == "in:de"
    assert {cell(view, row, 1)[:5] for row in range(view.model.rowCount())} == {"Meine"}
    assert view.model.rowCount() == 4
