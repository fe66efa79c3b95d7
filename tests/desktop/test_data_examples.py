"""First rows by hand as a user makes them, without a model and without a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.assistant_panel import AssistantPanel
from app.desktop.panels.data_examples import DataExamples
from app.workbench.actions import data, data_editing, plan
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest


@pytest.fixture
def form(bench: Workbench, tmp_path: Path, qtbot: QtBot) -> DataExamples:
    bench.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    bench.create(tmp_path / "project")
    return shown(bench, qtbot)


def shown(bench: Workbench, qtbot: QtBot) -> DataExamples:
    view = DataExamples(bench)
    qtbot.addWidget(view)
    view.resize(800, 640)
    view.show()
    bench.views.activated(ViewRequest("examples"))
    return view


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def add_button(view: QWidget) -> QPushButton:
    found = view.findChild(QPushButton, "examples.add")
    assert found is not None
    return found


def listed(view: QWidget) -> list[tuple[str, str]]:
    table = view.findChild(QTableWidget, "examples.list")
    assert table is not None
    items = [(table.item(at, 0), table.item(at, 1)) for at in range(table.rowCount())]
    return [(one.text(), other.text()) for one, other in items if one is not None and other is not None]


def put(view: DataExamples, prompt: str, completion: str) -> None:
    view.prompt.setPlainText(prompt)
    view.completion.setPlainText(completion)
    QTest.keyClick(view.completion, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_typed_example_is_a_row_and_the_meter_counts_it(form: DataExamples) -> None:
    assert "Nothing yet" in texts(form)
    assert not add_button(form).isEnabled()
    put(form, "Where is my parcel", "delivery")
    put(form, "My invoice is wrong", "billing")
    assert listed(form) == [("My invoice is wrong", "billing"), ("Where is my parcel", "delivery")]
    assert form.prompt.toPlainText() == ""
    assert "2 examples" in texts(form)
    assert [file.path.name for file in form._bench.data.files] == ["examples.csv"]


def test_pasted_rows_are_counted_before_they_are_added(form: DataExamples) -> None:
    form.prompt.setPlainText("I can't log in\tlogin\nThe export fails\tbug")
    assert add_button(form).text() == "Add 2 examples"
    assert "Read as 2 rows" in texts(form)
    form._bench.run("data.add_example")
    assert len(listed(form)) == 2


def test_an_addition_is_undone_and_done_again(form: DataExamples) -> None:
    put(form, "Where is my parcel", "delivery")
    form._bench.run("data.undo")
    assert listed(form) == []
    form._bench.run("data.redo")
    assert len(listed(form)) == 1


def test_a_label_is_a_click_away(form: DataExamples, qtbot: QtBot) -> None:
    put(form, "Where is my parcel", "delivery")
    form.prompt.setPlainText("No parcel today")
    chip = form.findChild(QPushButton, "examples.label.delivery")
    assert chip is not None
    chip.click()
    assert form.completion.toPlainText() == "delivery"
    add_button(form).click()
    assert len(listed(form)) == 2


def test_what_to_do_with_them_is_asked_in_the_chat(form: DataExamples) -> None:
    put(form, "Where is my parcel", "delivery")
    form.findChild(QPushButton, "examples.ask").click()  # type: ignore[union-attr]
    assert "examples.csv" in form._bench.conversation.draft


def test_a_file_with_other_columns_is_said_in_place(form: DataExamples) -> None:
    assert form.examples is not None
    form.examples.path.parent.mkdir(exist_ok=True)
    form.examples.path.write_text("question,reply\na,b\n")
    form._bench.data.refresh_now()
    assert not add_button(form).isEnabled()


def test_without_a_project_it_says_so(bench: Workbench, qtbot: QtBot) -> None:
    bench.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    assert "No project is open" in texts(shown(bench, qtbot))


def test_rows_that_are_pasted_into_the_chat_become_examples(form: DataExamples, qtbot: QtBot) -> None:
    bench = form._bench
    chat = AssistantPanel(bench)
    qtbot.addWidget(chat)
    chat.resize(420, 700)
    chat.show()
    offer = chat.findChild(QPushButton, "assistant.add_rows")
    assert offer is not None
    chat.composer.set_text("Sort our messages → into queues")
    assert not offer.isVisibleTo(chat)
    chat.composer.set_text("I can't log in → login\nThe export fails → bug")
    assert offer.isVisibleTo(chat)
    assert offer.text() == "Add 2 examples"
    offer.click()
    assert listed(form) == [("The export fails", "bug"), ("I can't log in", "login")]
    assert bench.conversation.draft == "With data/examples.csv: "
    bench.run("data.undo")
    assert listed(form) == []
