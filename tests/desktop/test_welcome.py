"""The welcome page and the settings, as a user meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton, QSpinBox, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.settings_view import SettingsView
from app.desktop.panels.welcome import WelcomePanel
from app.workbench.actions import data, machine
from app.workbench.bench import Workbench
from app.workbench.goals import goals
from app.workbench.project import create_project
from app.workbench.settings import Settings
from app.workbench.views import ViewRequest


@pytest.fixture
def ready(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The commands of this area; projects are made in a folder of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    bench.commands.add(*data.commands(), *machine.commands())
    return bench


def page(bench: Workbench, qtbot: QtBot, width: int = 1440) -> WelcomePanel:
    made = WelcomePanel(bench)
    qtbot.addWidget(made)
    made.resize(width, 850)
    made.show()
    QApplication.processEvents()  # what was put into a shown layout is shown by the next event
    return made


def texts(view: QWidget) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def find(view: QWidget, name: str) -> QWidget:
    found = view.findChild(QWidget, name)
    assert found is not None, name
    return found


def test_the_page_says_what_can_be_done_here(ready: Workbench, qtbot: QtBot) -> None:
    told = texts(page(ready, qtbot))
    assert "What should your model do differently?" in told
    assert "Data, plans, verdicts and reports: everything" in told
    assert "GiB memory" in told
    assert "Checked" in told
    assert all(goal.title in told and goal.needs in told for goal in goals())


def test_nothing_can_be_made_of_nothing(ready: Workbench, qtbot: QtBot) -> None:
    button = find(page(ready, qtbot), "welcome.make_plan")
    assert not button.isEnabled()
    assert "Write a sentence" in button.toolTip()


def test_a_goal_begins_its_sentence(ready: Workbench, qtbot: QtBot) -> None:
    made = page(ready, qtbot)
    QTest.keyClick(find(made, "welcome.goal.sort"), Qt.Key.Key_Return)
    assert made.sentence.text() == goals()[0].sentence
    assert find(made, "welcome.goal.sort").property("chosen")
    assert find(made, "welcome.make_plan").isEnabled()


def test_the_arrows_go_from_goal_to_goal(ready: Workbench, qtbot: QtBot) -> None:
    made = page(ready, qtbot)
    made.activateWindow()
    find(made, "welcome.goal.sort").setFocus()
    QTest.keyClick(find(made, "welcome.goal.sort"), Qt.Key.Key_Right)
    assert QApplication.focusWidget() is find(made, "welcome.goal.voice")


def test_a_sentence_with_a_file_becomes_a_project_and_a_chat(ready: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("text,queue\n" + "".join(f"message {n},{'ab'[n % 2]}\n" for n in range(40)), "utf-8")
    opened: list[ViewRequest] = []
    ready.views.requested.connect(opened.append)
    made = page(ready, qtbot)
    made.attach((file,))
    qtbot.waitUntil(lambda: find(made, "welcome.file.tickets.csv").isVisible(), timeout=2000)
    QTest.keyClicks(made.sentence, "Sort these messages")
    QTest.keyClick(made.sentence, Qt.Key.Key_Return)
    assert ready.project is not None
    assert (ready.project.path / "data" / "tickets.csv").is_file()
    assert ViewRequest("assistant") in opened
    assert ready.conversation.messages[0].text == "Sort these messages"
    assert made.sentence.text() == ""


def test_a_file_can_be_taken_away_again(ready: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    made = page(ready, qtbot)
    made.attach((tmp_path / "a.csv",))
    QTest.keyClick(made.sentence, Qt.Key.Key_Backspace)
    assert made.findChild(QPushButton, "welcome.file.a.csv") is None
    assert not find(made, "welcome.make_plan").isEnabled()


def test_the_sample_opens_with_its_data_and_its_sentence(ready: Workbench, qtbot: QtBot) -> None:
    made = page(ready, qtbot)
    find(made, "welcome.sample").click()  # type: ignore[attr-defined]
    assert ready.project is not None
    assert [file.path.name for file in ready.data.files] == ["tickets.csv"]
    assert ready.conversation.draft


def test_a_recent_project_is_opened_by_enter(ready: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    project = create_project(tmp_path / "invoice-fields")
    ready.recent.add(project.path)
    made = page(ready, qtbot)
    assert "invoice-fields" in texts(made)
    QTest.keyClick(find(made, "welcome.recent.invoice-fields"), Qt.Key.Key_Return)
    assert ready.project == project


def test_without_recent_projects_the_sample_is_named(ready: Workbench, qtbot: QtBot) -> None:
    assert "No project yet" in texts(page(ready, qtbot))


def test_nothing_is_cut_off_in_a_narrow_window(ready: Workbench, qtbot: QtBot) -> None:
    made = page(ready, qtbot, width=760)
    qtbot.waitUntil(lambda: made.page_width <= made.viewport().width(), timeout=2000)
    assert find(made, "welcome.check_again").isVisibleTo(made)


def settings(bench: Workbench, qtbot: QtBot) -> SettingsView:
    made = SettingsView(bench)
    qtbot.addWidget(made)
    made.resize(900, 900)
    made.show()
    return made


def test_every_setting_has_an_editor_and_its_text(ready: Workbench, qtbot: QtBot) -> None:
    made = settings(ready, qtbot)
    told = texts(made)
    for name, field in Settings.model_fields.items():
        if name != "version":
            assert made.findChild(QWidget, f"settings.{name}") is not None, name
            assert (field.description or name) in told


def test_a_changed_setting_is_written(ready: Workbench, qtbot: QtBot) -> None:
    made = settings(ready, qtbot)
    box, size = find(made, "settings.reduce_motion"), find(made, "settings.font_size")
    assert isinstance(box, QCheckBox)
    assert isinstance(size, QSpinBox)
    box.click()
    size.setValue(15)
    find(made, "settings.theme.choice.light").click()  # type: ignore[attr-defined]
    assert (ready.settings.values.reduce_motion, ready.settings.values.font_size) == (True, 15)
    assert ready.settings.values.theme == "light"
    assert '"font_size": 15' in ready.settings.path.read_text("utf-8")


def test_a_setting_that_is_changed_elsewhere_is_shown(ready: Workbench, qtbot: QtBot) -> None:
    made = settings(ready, qtbot)
    ready.settings.set("font_size", 18)
    size = find(made, "settings.font_size")
    assert isinstance(size, QSpinBox)
    assert size.value() == 18


def test_settings_are_found_by_their_text(ready: Workbench, qtbot: QtBot) -> None:
    made = settings(ready, qtbot)
    search = find(made, "settings.search")
    assert isinstance(search, QLineEdit)
    search.setText("spinners")
    assert find(made, "settings.reduce_motion").isVisibleTo(made)
    assert not find(made, "settings.font_size").isVisibleTo(made)


def test_own_keys_are_kept_and_restored(ready: Workbench, qtbot: QtBot) -> None:
    made = settings(ready, qtbot)
    table = find(made, "settings.keys")
    assert isinstance(table, QTableWidget)
    row = next(n for n in range(table.rowCount()) if table.model().index(n, 0).data() == "Filter rows")
    table.model().setData(table.model().index(row, 2), "ctrl+shift+f")
    assert ready.settings.values.keys == {"data.filter": "Ctrl+Shift+F"}
    ready.run("settings.restore_shortcuts")
    assert table.model().index(row, 2).data() == ""
