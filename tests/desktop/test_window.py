"""The window as a user sees it: title, tabs, sides, keys, layout, notices, and how it starts as it was left."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import PySide6QtAds as ads  # noqa: N813, its own documentation calls it so
import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import dump, isValid

from app.desktop.ahead import import_views
from app.desktop.application import Application
from app.desktop.panels.assistant_panel import AssistantPanel
from app.desktop.panels.plan_editor import PlanEditor
from app.desktop.theme.fonts import load_fonts
from app.desktop.theme.stylesheet import stylesheet
from app.desktop.theme.theme import theme
from app.desktop.theme.tokens import DARK, LIGHT
from app.desktop.toasts import NoticeCard
from app.desktop.views import VIEWS
from app.desktop.window import Window
from app.workbench.actions.everything import all_commands
from app.workbench.next_step import next_step
from app.workbench.notices import Notice
from app.workbench.project import create_project
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.status import status_items
from app.workbench.tasks import Job
from assistant.planner.proposal import Proposal
from pipeline.plan.document import new_document
from pipeline.plan.overrides import set_field
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import tiny_plan

APP = Path(__file__).resolve().parents[2] / "app"
DOOR = re.compile(
    r"""bench\.run(?:\(|, )"([a-z_]+\.[a-z_0-9]+)"|\("[A-Z][^"]*", "([a-z]+\.[a-z_]+)"\)"""
)  # a button's, a notice's
Make = Callable[[], Window]


@pytest.fixture
def make(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    """Makes windows that share a user's settings; they are closed at the end."""
    load_fonts()
    theme().set("dark")
    made: list[Window] = []
    settings, recent = SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")

    def window() -> Window:
        new = Window(settings, recent)
        new.resize(1480, 920)
        new.show()
        made.append(new)
        new.closing.connect(made.remove)
        return new

    yield window
    for each in list(made):
        close(qtbot, each)


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = create_project(tmp_path / "queues")
    new_document(tiny_plan()).save(made.plan)
    (made.path / "notes.md").write_text("# Notes\n")
    return made


@pytest.fixture
def window(make: Make, project: ProjectFolder, qtbot: QtBot) -> Window:
    """A window with the project open and its plan read."""
    made = make()
    opened(qtbot, made, project)
    return made


def opened(qtbot: QtBot, window: Window, project: ProjectFolder) -> None:
    window.open(project.path)
    qtbot.waitUntil(lambda: window.tasks.is_idle and window.bench.plan.plan is not None, timeout=30000)


def close(qtbot: QtBot, window: Window) -> None:
    window.close()
    qtbot.waitUntil(lambda: not isValid(window), timeout=30000)


def tabs(window: Window) -> list[str]:
    return [name.partition(":")[0] for name in window.docks.shown("center")]


def titles(window: Window) -> list[str]:
    return [tab.text() for tab in window.findChildren(ads.CDockWidgetTab) if tab.isVisible()]


def press(window: Window, *keys: str) -> None:
    for key in keys:
        QTest.keySequence(QApplication.focusWidget() or window, key)


def focus(qtbot: QtBot, window: Window) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10000)


# projects


def test_without_a_project_the_welcome_page_stands_alone(make: Make) -> None:
    window = make()
    assert window.windowTitle() == "Vibetune"
    assert tabs(window) == ["welcome"]
    assert [window.docks.shown(side) for side in ("left", "right", "bottom")] == [[], [], []]


def test_what_stands_in_the_sides_is_made_after_the_plan_has_been_painted(
    make: Make, project: ProjectFolder, qtbot: QtBot
) -> None:
    window = make()
    names = (f"plan:{project.plan}", "explorer", "assistant")
    filled: list[list[bool]] = []

    def note(_window: object) -> None:
        filled.append([place is not None and place.panel is not None for place in map(window.docks.place, names)])

    window.project_shown.connect(note)
    window.open(project.path)
    assert window.docks.shown("center") == [], "this turn has read the project, the next one lays it out"
    qtbot.waitUntil(lambda: bool(filled))
    assert filled == [[True, False, False]], "what was asked for is there at once, the sides are not"
    sides = [place for place in map(window.docks.place, names[1:]) if place is not None]
    qtbot.waitUntil(lambda: all(place.panel is not None for place in sides))


def test_what_is_asked_for_while_a_project_opens_is_in_front(make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    window = make()
    window.open(project.path)
    window.bench.views.open("settings")
    qtbot.waitUntil(lambda: tabs(window) == ["settings", "plan"] or tabs(window) == ["plan", "settings"])
    assert window.bench.views.active.kind == "settings"


def test_a_project_that_is_left_at_once_is_not_laid_out(make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    window = make()
    window.open(project.path)
    window.bench.close()
    qtbot.wait(50)
    assert tabs(window) == ["welcome"]


def test_what_has_the_focus_in_another_window_is_not_in_front_here(make: Make, qtbot: QtBot) -> None:
    first, second = make(), make()
    for window in (first, second):
        window.bench.views.open("settings")
        window.bench.views.open("welcome")
    second.activateWindow()
    second.bench.views.open("settings")
    qtbot.waitUntil(lambda: second.isAncestorOf(QApplication.focusWidget()))  # type: ignore[arg-type]
    assert second.bench.views.active.kind == "settings"
    assert first.bench.views.active.kind == "welcome"


def test_a_project_brings_its_name_its_plan_and_its_sides(window: Window) -> None:
    assert window.windowTitle() == "queues – Vibetune"
    assert tabs(window) == ["plan"]
    assert window.docks.shown("left") == ["explorer"]
    assert window.docks.shown("right") == ["assistant"]


def test_a_folder_that_is_no_project_is_said_and_nothing_is_opened(make: Make, tmp_path: Path) -> None:
    window = make()
    window.open(tmp_path / "nowhere")
    assert window.bench.project is None
    assert "is not in a Vibetune project" in window.bench.notices.items[0].title


def test_closing_a_project_takes_its_views_along_and_says_nothing_wrong(window: Window, qtbot: QtBot) -> None:
    for kind in ("history", "playground", "form"):
        window.bench.views.open(kind)
    window.bench.run("project.close")
    qtbot.waitUntil(lambda: window.tasks.is_idle, timeout=30000)
    assert tabs(window) == ["welcome"]
    assert window.bench.notices.items == []
    assert window.windowTitle() == "Vibetune"


def test_a_project_that_is_open_twice_is_said(window: Window, make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    second = make()
    opened(qtbot, second, project)
    assert [each.title for each in second.bench.notices.items] == ["queues is open in another window too"]
    assert window.bench.notices.items == []


# keys


def test_keys_move_what_they_name(window: Window, qtbot: QtBot) -> None:
    focus(qtbot, window)
    press(window, "Ctrl+B")
    assert window.docks.shown("left") == []
    press(window, "Ctrl+B")
    assert window.docks.shown("left") == ["explorer"]
    press(window, "Ctrl+Shift+J")
    assert window.docks.shown("bottom") == ["jobs"]


def test_letters_go_into_text_fields_and_to_commands_elsewhere(window: Window, qtbot: QtBot) -> None:
    focus(qtbot, window)
    window.bench.run("view.playground")
    panel = window.docks.panel("playground")
    assert panel is not None
    field = next(each for each in panel.findChildren(QWidget) if each.objectName() == "playground.prompt")
    field.setFocus()
    qtbot.keyClicks(field, "b")
    assert not window.bench.playground.is_blind, "a letter that was typed is text"
    chosen = window.keymap.choose("B")
    assert chosen is not None
    assert chosen.id == "playground.blind"
    window.keymap.set_context("plan")
    assert window.keymap.choose("B") is None, "another view's single key is silent"


def test_an_own_key_holds_at_once_and_can_be_taken_away(window: Window, qtbot: QtBot) -> None:
    focus(qtbot, window)
    window.bench.settings.set("keys", {"view.jobs": "Ctrl+Alt+J"})
    press(window, "Ctrl+Shift+J")
    assert window.docks.shown("bottom") == []
    press(window, "Ctrl+Alt+J")
    assert window.docks.shown("bottom") == ["jobs"]
    window.bench.run("settings.restore_shortcuts")
    assert window.keymap.choose("Ctrl+Alt+J") is None


def test_one_key_with_several_meanings_takes_the_one_of_the_view(window: Window) -> None:
    window.keymap.set_context("plan")
    first = window.keymap.choose("F8")
    window.keymap.set_context("data")
    second = window.keymap.choose("F8")
    assert [each.id for each in (first, second) if each] == ["plan.next_problem", "data.next_problem"]


def test_f6_goes_round_through_the_regions(window: Window, qtbot: QtBot) -> None:
    focus(qtbot, window)
    window.bench.views.open("plan", str(window.bench.plan.path))
    seen = []
    for _ in range(6):
        press(window, "F6")
        at = QApplication.focusWidget()
        region = next((part for part in ("explorer", "assistant", "plan") if _is_in(window, at, part)), "bars")
        seen.append(region)
    assert {"explorer", "assistant", "plan", "bars"} <= set(seen), seen


def _is_in(window: Window, widget: QWidget | None, kind: str) -> bool:
    panel = window.docks.panel(kind, str(window.bench.plan.path) if kind == "plan" else "")
    return panel is not None and widget is not None and (panel is widget or panel.isAncestorOf(widget))


# tabs


def test_tabs_are_closed_and_come_back(window: Window) -> None:
    bench = window.bench
    bench.views.open("settings")
    bench.views.open("commands")
    bench.run("view.close_tab")
    assert tabs(window) == ["plan", "settings"]
    assert bench.views.active.kind == "settings"
    bench.run("view.reopen_tab")
    assert bench.views.active.kind == "commands"
    bench.run("view.close_others")
    assert tabs(window) == ["commands"]


def test_a_tab_beside_has_half_of_the_middle(window: Window, qtbot: QtBot) -> None:
    window.bench.views.open("settings")
    window.bench.run("view.split")
    plan, settings = window.docks.place(f"plan:{window.bench.plan.path}"), window.docks.place("settings")
    assert plan is not None
    assert settings is not None
    qtbot.waitUntil(lambda: plan.isVisible() and settings.isVisible(), timeout=5000)
    assert settings.mapTo(window, settings.rect().topLeft()).x() >= plan.mapTo(window, plan.rect().topRight()).x()
    assert abs(plan.width() - settings.width()) <= 8


def test_a_tab_says_that_its_text_is_not_saved(window: Window) -> None:
    bench = window.bench
    bench.plan.set_text(bench.plan.text + "# more\n")
    window.refresh()
    assert "● plan.yaml" in titles(window)
    bench.run("file.save_all")
    window.refresh()
    assert "plan.yaml" in titles(window)


def test_the_pipeline_stands_over_what_belongs_to_it(window: Window) -> None:
    window.bench.views.open("playground")
    assert window.pipeline.isVisible()
    window.bench.views.open("settings")
    assert not window.pipeline.isVisible()


def test_a_click_on_a_title_bar_without_tabs_does_nothing(window: Window) -> None:
    for name in window.docks.shown("center"):
        window.docks.close(name)
    bars = [bar for bar in window.findChildren(ads.CDockAreaTitleBar) if bar.isVisible()]
    assert bars
    for bar in bars:
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton)
        QTest.mouseDClick(bar, Qt.MouseButton.LeftButton)
    window.bench.views.open("settings")
    assert "settings" in tabs(window)


def test_docks_belong_to_their_manager_whatever_had_the_focus(window: Window) -> None:
    for command in ("toggle_bottom", "playground", "toggle_left", "toggle_left", "next_region", "split", "settings"):
        window.bench.run(f"view.{command}")
    docks = window.docks.host._manager.dockWidgetsMap()
    owners = {name: re.search(r"parent\.+ (.*)", dump(dock)) for name, dock in docks.items()}
    assert len(owners) >= 6
    told = {name: found[1] if found else "nobody" for name, found in owners.items()}
    wrong = {name: owner for name, owner in told.items() if "CDockManager" not in owner}
    assert wrong == {}, "Python would delete these docks with the next collection of garbage"


def test_a_proposal_brings_the_plan_before_the_welcome_page_and_leaves_the_keyboard(
    window: Window, project: ProjectFolder, qtbot: QtBot
) -> None:
    focus(qtbot, window)
    window.bench.views.open("welcome")
    window.bench.run("assistant.focus")
    writing = QApplication.focusWidget()
    window.bench.plan.propose(Proposal(plan=set_field(tiny_plan(), "training.num_train_epochs=9")), "Nine epochs.")
    qtbot.waitUntil(lambda: window.bench.views.active.kind == "plan")
    assert QApplication.focusWidget() is writing
    editor = window.docks.panel("plan", str(project.plan))
    assert isinstance(editor, PlanEditor)
    qtbot.waitUntil(lambda: editor.preview.isVisible() and "epochs: 9" in editor.preview.toPlainText(), timeout=10000)
    window.bench.views.open("welcome")
    window.bench.plan.tick(1, False)
    assert window.bench.views.active.kind == "welcome", "whoever has gone back is left there"


# the layout


def test_a_project_is_laid_out_as_it_was_left(window: Window, make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    window.bench.views.open("text", str(project.path / "notes.md"), is_beside=True)
    window.bench.views.open("settings")
    window.bench.run("view.toggle_left")
    before = tabs(window)
    close(qtbot, window)
    again = make()
    opened(qtbot, again, project)
    assert tabs(again) == before
    assert again.bench.views.active.kind == "settings"
    assert again.docks.shown("left") == []
    again.bench.run("view.close_others")
    again.bench.run("view.close_tab")
    again.bench.views.open("commands")  # into a middle that a restored layout has made anew
    assert tabs(again) == ["commands"]


def test_a_tab_whose_file_is_gone_is_left_out(window: Window, make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    window.bench.views.open("text", str(project.path / "notes.md"))
    close(qtbot, window)
    (project.path / "notes.md").unlink()
    again = make()
    opened(qtbot, again, project)
    assert tabs(again) == ["plan"]
    assert again.bench.notices.items == []


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "views": [{"kind": "plan"}], "docks": "no base64"}', "[]"])
def test_a_layout_that_can_not_be_read_gives_the_usual_one(
    make: Make, project: ProjectFolder, qtbot: QtBot, text: str
) -> None:
    (project.state / "layout.json").write_text(text)
    window = make()
    opened(qtbot, window, project)
    assert "plan" in tabs(window)
    assert window.bench.notices.items == []


def test_laying_out_anew_brings_the_sides_back_and_keeps_the_tabs(window: Window) -> None:
    window.bench.views.open("settings")
    window.bench.run("view.toggle_left")
    window.bench.run("view.toggle_right")
    window.bench.run("view.reset_layout")
    assert sorted(tabs(window)) == ["plan", "settings"]
    assert window.docks.shown("left") == ["explorer"]
    assert window.docks.shown("right") == ["assistant"]
    assert window.bench.views.active.kind == "settings"


def test_unsaved_text_is_there_again(window: Window, make: Make, project: ProjectFolder, qtbot: QtBot) -> None:
    window.bench.plan.set_text(window.bench.plan.text + "# not saved\n")
    close(qtbot, window)
    again = make()
    opened(qtbot, again, project)
    assert "# not saved" in again.bench.plan.text
    assert "# not saved" not in project.plan.read_text()
    assert [each.title for each in again.bench.notices.items] == ["Unsaved text is there again"]


# notices


def cards(window: Window) -> list[str]:
    return [each.notice.title for each in window.toasts.findChildren(NoticeCard) if each.isVisible()]


def test_notices_come_and_go(window: Window, qtbot: QtBot) -> None:
    notices = window.bench.notices
    notices.say("First", "with a text", "warn")
    notices.say("Second", "", "bad", ("Jobs", "view.jobs"))
    assert cards(window) == ["First", "Second"]
    window.bench.run("view.dismiss")
    assert cards(window) == ["First"], "the newest goes first"
    assert len(notices.items) == 2, "what is hidden is still in the list"
    window.bench.run("view.notices")
    shown = [each.notice.title for each in window.notice_list.findChildren(NoticeCard)]
    assert sorted(shown) == ["First", "Second"]
    act = next(each for each in window.notice_list.findChildren(QPushButton) if each.objectName() == "notice.view.jobs")
    qtbot.mouseClick(act, Qt.MouseButton.LeftButton)
    assert window.docks.shown("bottom") == ["jobs"]
    assert [each.title for each in notices.items] == ["First"]


def test_notices_leave_the_composer_and_the_status_bar_free(window: Window, qtbot: QtBot) -> None:
    panel = window.docks.panel("assistant")
    assert isinstance(panel, AssistantPanel)
    for number in range(3):
        window.bench.notices.say(f"Notice {number}", "with a text", "warn")
    assert_free(window, panel.foot, window.status)
    panel.composer.field.setPlainText("several\nlines\nof\ntext")
    qtbot.waitUntil(lambda: panel.composer.height() > 100)
    assert_free(window, panel.foot, window.status)
    window.bench.run("view.notices")
    assert_free(window, panel.foot, window.status)


def assert_free(window: Window, *spared: QWidget) -> None:
    QApplication.processEvents()
    for over in (window.toasts, window.notice_list):
        place = QRect(over.mapTo(window, QPoint()), over.size())
        for widget in spared:
            assert widget.isVisible()
            assert not over.isVisible() or not place.intersects(QRect(widget.mapTo(window, QPoint()), widget.size()))


def test_the_bell_counts_and_all_are_put_away_at_once(window: Window, qtbot: QtBot) -> None:
    for number in range(5):
        window.bench.notices.say(f"Notice {number}", "", "warn")
    window.refresh()
    bell = next(each for each in window.status.findChildren(QToolButton) if each.objectName() == "status.notices")
    assert bell.text() == "5"
    assert len(cards(window)) == 3, "more would cover the work"
    qtbot.mouseClick(bell, Qt.MouseButton.LeftButton)
    everything = window.notice_list.findChild(QPushButton, "notices.all")
    assert isinstance(everything, QPushButton)
    qtbot.mouseClick(everything, Qt.MouseButton.LeftButton)
    assert window.bench.notices.items == []
    assert cards(window) == []


def test_a_notice_is_heard(window: Window) -> None:
    window.bench.notices.add(Notice("Run 3 stopped", "The disk is full.", "bad"))
    card = window.toasts.findChild(NoticeCard)
    assert isinstance(card, NoticeCard)
    assert card.accessibleName() == "Run 3 stopped. The disk is full."


def test_a_command_that_can_not_be_run_says_why(window: Window) -> None:
    window.bench.run("run.pause")
    notice = window.bench.notices.items[0]
    assert (notice.title, notice.text) == ("Pause run: not now", "There are no runs yet.")


# the look, and what is ready ahead


def test_windows_and_their_menus_follow_the_theme(window: Window, make: Make) -> None:
    second = make()
    theme().set("light")
    assert window.styleSheet() == second.styleSheet() == stylesheet(LIGHT)
    menu = window.top.findChild(QMenu)
    assert isinstance(menu, QMenu)
    menu.popup(window.mapToGlobal(QPoint(10, 50)))
    ground = menu.grab().toImage().pixelColor(menu.width() // 2, 3)
    menu.hide()
    theme().set("dark")
    assert ground == QColor(LIGHT.bg2)
    assert window.styleSheet() == stylesheet(DARK)


def test_views_are_imported_before_they_are_opened() -> None:
    import_views(Job(""))
    missing = {
        kind for kind, view in VIEWS.items() if f"app.desktop.panels.{view.place.partition(':')[0]}" not in sys.modules
    }
    assert missing == set()


# what leads to commands


def test_every_door_leads_to_a_command(window: Window) -> None:
    known = {command.id for command in all_commands()}
    said: dict[str, str] = {}
    for path in APP.rglob("*.py"):
        text = path.read_text("utf-8")
        for found in DOOR.findall(text):
            said[next(filter(None, found))] = path.name
    assert len(said) > 40
    assert {command: place for command, place in said.items() if command not in known} == {}
    assert [item.command for item in status_items(window.bench) if item.command not in known] == []
    assert next_step(window.bench).command in known


def test_the_palette_gives_the_keyboard_back(window: Window, qtbot: QtBot) -> None:
    focus(qtbot, window)
    window.bench.run("assistant.focus")
    before = QApplication.focusWidget()
    press(window, "Ctrl+Shift+P")
    field = window.palette_box.findChild(QLineEdit, "palette.field")
    assert QApplication.focusWidget() is field
    press(window, "Esc")
    assert not window.palette_box.isVisible()
    assert QApplication.focusWidget() is before


# the application


@pytest.fixture
def home(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    qapp.setQuitOnLastWindowClosed(False)  # as our own application has it
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def started(qapp: QApplication, qtbot: QtBot, folder: Path | None) -> Application:
    made = Application(qapp)
    made.start(folder)
    window = made.windows[0]
    qtbot.waitUntil(lambda: window.bench.project is not None, timeout=30000)
    return made


def ended(qapp: QApplication, application: Application) -> None:
    """Quits within Qt's own loop: outside of it, no loop of a later test would run."""
    QTimer.singleShot(0, application, application.quit)
    qapp.exec()
    assert application.windows == []
    application.deleteLater()


def test_it_starts_as_it_was_left(qapp: QApplication, qtbot: QtBot, home: Path, project: ProjectFolder) -> None:
    ended(qapp, started(qapp, qtbot, project.path))
    again = started(qapp, qtbot, None)
    assert again.windows[0].bench.project == project
    assert again.windows[0].bench.notices.items == []
    ended(qapp, again)


def test_after_a_crash_it_says_so(qapp: QApplication, qtbot: QtBot, home: Path, project: ProjectFolder) -> None:
    ended(qapp, started(qapp, qtbot, project.path))
    session = home / "state" / "vibetune" / "session.json"
    session.write_text(json.dumps({**json.loads(session.read_text()), "is_running": True}))
    again = started(qapp, qtbot, None)
    assert "Vibetune ended unexpectedly" in [each.title for each in again.windows[0].bench.notices.items]
    ended(qapp, again)
