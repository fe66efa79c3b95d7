"""The chat panel, as a user sees and uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.assistant_cards import _shortened
from app.desktop.panels.assistant_panel import AssistantPanel
from app.desktop.widgets.chat.bubble import OutcomeLine
from app.desktop.widgets.chat.markdown_view import MarkdownView
from app.desktop.widgets.chat.question_card import AnsweredLine
from app.desktop.widgets.field_frame import ClickableCard
from app.workbench.actions import assistant
from app.workbench.bench import Workbench
from assistant.planner.proposal import Proposal
from pipeline.plan.overrides import set_field
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import make_tiny_project

SENTENCE = "Sort our support messages into the right queue."


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return make_tiny_project(tmp_path / "project")


@pytest.fixture
def panel(bench: Workbench, project: ProjectFolder, qtbot: QtBot) -> AssistantPanel:
    project.plan.unlink(missing_ok=True)
    if "assistant.focus" not in [command.id for command in bench.commands]:
        bench.commands.add(*assistant.commands())
    bench.open(project.path)
    made = AssistantPanel(bench)
    qtbot.addWidget(made, before_close_func=lambda _panel: bench.conversation.close())
    made.resize(520, 900)
    made.show()
    return made


def say(panel: AssistantPanel, text: str) -> None:
    QTest.keyClicks(panel.composer.field, text)
    QTest.keyClick(panel.composer.field, Qt.Key.Key_Return)


def texts(panel: QWidget) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if not label.isHidden())


def button(panel: QWidget, name: str) -> QPushButton:
    found = panel.findChild(QPushButton, name)
    assert found is not None, name
    return found


def test_a_sentence_is_answered_with_a_card_and_applied_by_its_button(
    panel: AssistantPanel, bench: Workbench, project: ProjectFolder
) -> None:
    say(panel, SENTENCE)
    assert bench.plan.pending is not None
    count = len(bench.plan.pending.hunks)
    assert f"{count} of {count} changes" in texts(panel) and "Memory" in texts(panel)
    assert panel.composer.field.toPlainText() == ""
    QTest.mouseClick(button(panel, "plan.apply"), Qt.MouseButton.LeftButton)
    assert project.plan.is_file()
    assert "Applied" in texts(panel) and panel.findChild(QWidget, "plan.card") is None


def test_a_change_is_left_out_by_its_tick(panel: AssistantPanel, bench: Workbench) -> None:
    say(panel, SENTENCE)
    assert bench.plan.pending is not None
    whole = len(bench.plan.pending.hunks)
    bench.run("plan.next_hunk")
    bench.run("plan.next_hunk")
    current = bench.conversation.current_hunk
    box = panel.findChild(QCheckBox, f"plan.hunk.{current}")
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert [hunk.number for hunk in bench.plan.pending.hunks if not hunk.is_ticked] == [current]
    assert f"{whole - 1} of {whole} changes" in texts(panel)
    bench.run("plan.toggle_hunk")
    assert f"{whole} of {whole} changes" in texts(panel)


def test_the_card_shows_what_is_applied_also_while_an_answer_is_on_its_way(
    panel: AssistantPanel, bench: Workbench
) -> None:
    say(panel, SENTENCE)
    pending = bench.plan.pending
    assert pending is not None
    bench.conversation.state = "thinking"
    bench.plan.propose(Proposal(plan=set_field(pending.plan, "training.num_train_epochs=97")), "Much longer.")
    assert panel._card is not None
    assert "97" in " ".join(line for hunk in panel._card._data.hunks for line in hunk.added)


def test_the_decision_stands_in_one_line_and_its_key_yields(panel: AssistantPanel) -> None:
    say(panel, SENTENCE)
    decision = panel.findChild(QWidget, "plan.decision")
    assert decision is not None
    parts = [each for each in decision.findChildren(QWidget) if not isinstance(each, QLabel)]
    key = next(each for each in decision.findChildren(QLabel) if each.text() == "Ctrl+Enter")
    for width, has_room in ((520, True), (420, False), (520, True)):
        panel.resize(width, 900)
        for _ in range(4):
            QApplication.processEvents()
        middles = [each.geometry().center().y() for each in parts]
        assert len(middles) == 3 and max(middles) - min(middles) <= 1, width
        assert key.isVisible() == has_room
    assert button(panel, "plan.apply").toolTip() == "Ctrl+Enter"


def test_nothing_ticked_is_nothing_to_apply(panel: AssistantPanel, bench: Workbench) -> None:
    say(panel, SENTENCE)
    assert bench.plan.pending is not None
    for hunk in bench.plan.pending.hunks:
        bench.plan.tick(hunk.number, False)
    assert not button(panel, "plan.apply").isEnabled()
    bench.run("plan.apply")
    assert bench.notices.items[0].text == "No change is ticked."


def test_a_question_is_answered_by_a_chip_and_can_be_changed(
    panel: AssistantPanel, bench: Workbench, project: ProjectFolder
) -> None:
    (project.path / "data" / "other.csv").write_text("a,b\n1,2\n")
    say(panel, SENTENCE)
    chip = button(panel, "question.dataset.sources.1")
    assert chip.text() == "data/messages.csv"
    bench.run("assistant.answer_1")
    assert bench.plan.pending is not None
    change = button(panel, "answered.dataset.sources.change")
    assert panel.findChild(QWidget, "question.dataset.sources") is None or change.isVisible()


def test_another_way_is_chosen_by_click_or_key_and_stays(
    panel: AssistantPanel, bench: Workbench, project: ProjectFolder
) -> None:
    say(panel, SENTENCE)
    cards = {way: panel.findChild(ClickableCard, f"plan.way.{way}") for way in ("cheap", "balanced", "best")}
    assert all(card is not None and not card.isHidden() for card in cards.values())
    assert "chosen" in cards["balanced"].accessibleName()  # type: ignore[union-attr]
    planned = bench.plan.pending
    QTest.mouseClick(cards["cheap"], Qt.MouseButton.LeftButton)  # type: ignore[arg-type]
    assert planned is not None and bench.plan.pending is not None
    assert bench.plan.pending.plan != planned.plan
    assert [way.name for way in bench.conversation.ways if way.is_chosen] == ["cheap"]
    cheap = panel.findChild(ClickableCard, "plan.way.cheap")
    assert cheap is not None and "(chosen)" in cheap.accessibleName() and "electricity only" in texts(panel)
    balanced = panel.findChild(ClickableCard, "plan.way.balanced")
    assert balanced is not None
    QTest.keyClick(balanced, Qt.Key.Key_Return)
    assert bench.plan.pending.plan == planned.plan


def test_an_answer_stands_before_what_it_led_to(
    panel: AssistantPanel, bench: Workbench, project: ProjectFolder
) -> None:
    (project.path / "data" / "other.csv").write_text("a,b\n1,2\n")
    say(panel, SENTENCE)
    bench.run("assistant.answer_1")
    bench.run("plan.apply")
    QApplication.processEvents()
    answered, applied = (panel.findChild(kind) for kind in (AnsweredLine, OutcomeLine))
    assert answered is not None and applied is not None
    assert answered.mapTo(panel, QPoint()).y() < applied.mapTo(panel, QPoint()).y()


def test_of_a_long_line_only_what_changes_is_shown() -> None:
    checks = "checks: {duplicates: near, leakage: quarantine, personal_data: %s, languages: [en, de]}"
    assert _shortened((checks % "warn",), (checks % "mask",)) == (
        ("checks: {…, personal_data: warn, …}",),
        ("checks: {…, personal_data: mask, …}",),
    )


def test_what_the_user_said_last_is_in_sight_until_the_reader_scrolls(
    panel: AssistantPanel, bench: Workbench, qtbot: QtBot
) -> None:
    say(panel, SENTENCE)
    say(panel, "Train for 6 epochs.")
    said = panel.findChild(QWidget, "message.3")
    assert said is not None
    qtbot.waitUntil(lambda: not said.visibleRegion().isEmpty(), timeout=5000)
    area, basis = panel.findChild(QScrollArea), panel.findChild(QLabel, "plan.basis")
    assert area is not None and basis is not None
    bar = area.verticalScrollBar()
    assert bar.maximum() > bar.value(), "the card goes on below"
    bar.setValue(bar.maximum())
    QTest.mouseClick(button(panel, "plan.why"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not basis.visibleRegion().isEmpty(), timeout=5000)
    assert said.visibleRegion().isEmpty()


def test_an_undone_checkpoint_is_said(panel: AssistantPanel, bench: Workbench) -> None:
    say(panel, SENTENCE)
    bench.run("plan.apply")
    undo = button(panel, "outcome.undo")
    assert not undo.isHidden()
    bench.history.undo()
    assert undo.isHidden() and "Undone" in texts(panel)
    bench.history.redo()
    assert not undo.isHidden() and "Undone" not in texts(panel)


def test_files_are_dropped_and_taken_away(panel: AssistantPanel, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("text,label\na,b\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    panel.composer.dropEvent(event)
    assert panel.composer.files == [file]
    QTest.mouseClick(button(panel, "composer.file.rows.csv"), Qt.MouseButton.LeftButton)
    assert panel.composer.files == []


def test_shift_enter_is_a_new_line_and_the_draft_is_kept(
    panel: AssistantPanel, bench: Workbench, project: ProjectFolder
) -> None:
    field = panel.composer.field
    QTest.keyClicks(field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    bench.refresh()
    assert (project.state / "chats" / "draft.txt").read_text() == "one\ntwo"
    assert bench.conversation.messages == ()


def test_an_example_fills_the_composer(panel: AssistantPanel) -> None:
    QTest.mouseClick(button(panel, "assistant.example.1"), Qt.MouseButton.LeftButton)
    assert panel.composer.field.toPlainText() == "Sort our support messages into queues"


def test_an_error_stands_in_the_chat(panel: AssistantPanel, bench: Workbench, tmp_path: Path) -> None:
    bench.conversation.say(SENTENCE, [tmp_path / "gone.csv"])
    banner = panel.findChild(QWidget, "message.2.said.error")
    assert banner is not None and "gone.csv" in banner.accessibleName()


def test_what_can_take_the_focus_has_a_name(panel: AssistantPanel, bench: Workbench) -> None:
    say(panel, SENTENCE)
    nameless = [
        widget.objectName() or type(widget).__name__
        for widget in panel.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and not widget.accessibleName()
    ]
    assert nameless == []


def test_markdown_grows_block_by_block_to_the_same_text(qtbot: QtBot) -> None:
    whole = "First **bold** words.\n\n- one\n- two\n\n```\ncode\n\nmore code\n```\n\nThe end with `code`."
    view, at_once = MarkdownView(), MarkdownView()
    qtbot.addWidget(view)
    qtbot.addWidget(at_once)
    for end in range(1, len(whole) + 1, 3):
        view.show_text(whole[:end], is_final=False)
    view.show_text(whole, is_final=False)
    at_once.show_text(whole)
    assert view.toPlainText().split() == at_once.toPlainText().split()


def test_markdown_reads_no_files_and_no_html(qtbot: QtBot, tmp_path: Path) -> None:
    view = MarkdownView()
    qtbot.addWidget(view)
    view.show_text(f"<b>bold</b> ![x](file://{tmp_path}/x.png)")
    assert "<b>bold</b>" in view.toPlainText()
    assert view.loadResource(2, QUrl.fromLocalFile(str(tmp_path / "x.png"))) is None
