"""The plan as a person meets it: typed, fixed, proposed, applied, undone, filled in as a form."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.living import AfterPaint
from app.desktop.panels.plan_editor import PlanEditor
from app.desktop.panels.plan_form import PlanForm
from app.desktop.panels.plan_history import PlanHistory
from app.desktop.panels.problems import Problems
from app.desktop.panels.text_editor import TextEditor
from app.desktop.theme.theme import theme
from app.desktop.widgets.code_editor import CodeEditor
from app.desktop.widgets.diff_view import DiffView, changed_rows
from app.workbench.actions import plan as plan_actions
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest
from assistant.planner.proposal import Proposal
from pipeline.plan.document import new_document, parse_plan
from tests.support.projects import tiny_plan

PLAN = new_document(tiny_plan()).text


@pytest.fixture
def planned(bench: Workbench, tmp_path: Path) -> Workbench:
    known = {each.id for each in bench.commands}
    bench.commands.add(*(each for each in plan_actions.commands() if each.id not in known))
    project = bench.create(tmp_path / "project")
    project.plan.write_text(PLAN)
    bench.refresh()
    return bench


def proposal(bench: Workbench) -> Proposal:
    document = parse_plan(bench.plan.text)
    document.set("training.num_train_epochs", 7)
    document.set("compute.max_cost_usd", 10)
    return Proposal(plan=document.plan, reasons={"compute.max_cost_usd": "You said ten dollars."})


def opened(qtbot: QtBot, panel: QWidget, width: int = 700) -> None:
    qtbot.addWidget(panel)
    panel.resize(width, 760)
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.waitUntil(lambda: not any(each.isActive() for each in panel.findChildren(AfterPaint)))


def edited(qtbot: QtBot, bench: Workbench) -> PlanEditor:
    panel = PlanEditor(bench, str(bench.plan.path))
    opened(qtbot, panel)
    panel.editor.setFocus()
    return panel


def child(panel: QWidget, name: str) -> QPushButton:
    found = panel.findChild(QPushButton, name)
    assert found is not None, name
    return found


def type_over(panel: PlanEditor, old: str, new: str) -> None:
    text = panel.editor.toPlainText()
    panel.editor.set_text(text.replace(old, new, 1))


def test_a_problem_shows_while_typing_and_its_fix_takes_one_key(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    type_over(panel, "lora_alpha: 16", "lora_alpha: 16, use_dora: true")
    qtbot.waitUntil(lambda: bool(planned.plan.problems))
    line = planned.plan.problems[0].line
    assert panel.editor.lamps == {line: "warn"}
    panel.editor.go_to(line, 1)
    planned.run("plan.fix")
    assert "use_dora: false" in panel.editor.toPlainText()
    assert panel.editor.lamps == {}
    panel.editor.undo()
    assert "use_dora: true" in panel.editor.toPlainText(), "a fix is undone like typing"


def test_the_lamp_opens_a_card_with_what_why_and_what_to_do(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    planned.plan.set_text(PLAN.replace("alias: candidate", "alais: candidate"))
    line = planned.plan.problems[0].line
    panel.editor.go_to(line, 1)
    rows = dict(panel.editor.visible_rows())
    QTest.mouseClick(panel.editor.gutter, Qt.MouseButton.LeftButton, pos=QPoint(10, int(rows[line].center().y())))
    assert child(panel, "plan.fix.0").text() == "Write alias"
    QTest.keyClick(panel.editor, Qt.Key.Key_Escape)
    assert not panel.editor.has_card
    planned.run("plan.fix")
    child(panel, "plan.fix.1").click()
    assert "alais" not in planned.plan.text
    assert planned.plan.problems == ()


def test_words_are_suggested_and_taken_with_enter(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    type_over(panel, "  save_steps: 5", "  save_steps: 5\n  weight")
    line = panel.editor.toPlainText().split("\n").index("  weight") + 1
    panel.editor.go_to(line, 99)
    planned.run("plan.complete")
    assert panel.editor.suggestions.texts == ["weight_decay"]
    QTest.keyClick(panel.editor, Qt.Key.Key_Return)
    assert "  weight_decay: \n" in panel.editor.toPlainText()
    assert "0" in panel.editor.suggestions.texts[0], "its default comes next"


def test_hover_explains_a_field(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    panel.editor.hover_wanted.emit(panel.editor.toPlainText().index("num_train_epochs") + 2)
    assert panel.editor.card is not None
    said = [each.accessibleName() for each in panel.editor.card.findChildren(QWidget)]
    assert any("times that each row is seen" in each and "default auto" in each for each in said)


def test_a_proposal_is_previewed_shown_as_diff_and_goes_away(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    planned.plan.propose(proposal(planned), "ten dollars")
    assert panel.preview.isVisible() and panel.preview.isReadOnly()
    assert "num_train_epochs: 7" in panel.preview.toPlainText()
    number = panel.preview.toPlainText().split("\n").index("  max_cost_usd: 10") + 1
    assert panel.preview.row_kind(number) == "added"
    child(panel, "plan.show_diff").click()
    assert panel.diff.isVisible()
    assert panel.diff.counts == (2, 1)
    assert planned.plan.pending is not None
    planned.plan.tick(planned.plan.pending.hunks[0].number, False)
    assert panel.diff.counts == (1, 0)
    child(panel, "plan.show_text").click()
    assert panel.editor.isVisible() and panel.editor.toPlainText() == PLAN
    planned.plan.reject()
    assert not panel.preview.isVisible() and planned.plan.text == PLAN


def test_saving_takes_what_was_typed_a_moment_ago(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    panel.editor.moveCursor(panel.editor.textCursor().MoveOperation.End)
    QTest.keyClicks(panel.editor, "# mine")
    planned.run("file.save")
    assert planned.plan.path is not None
    assert planned.plan.path.read_text().endswith("# mine")
    assert not planned.plan.is_dirty


def test_a_file_changed_elsewhere_asks_whose_text_counts(qtbot: QtBot, planned: Workbench) -> None:
    panel = edited(qtbot, planned)
    planned.plan.set_text(PLAN + "# mine\n")
    assert planned.plan.path is not None
    planned.plan.path.write_text(PLAN + "# theirs, and longer\n")
    planned.refresh()
    child(panel, "plan.take").click()
    assert panel.editor.toPlainText().endswith("# theirs, and longer\n")


def test_without_a_plan_the_ways_to_one_are_shown(qtbot: QtBot, bench: Workbench, tmp_path: Path) -> None:
    bench.create(tmp_path / "empty")
    panel = PlanEditor(bench)
    opened(qtbot, panel)
    asked: list[ViewRequest] = []
    bench.views.requested.connect(asked.append)
    child(panel, "plan.goals").click()
    assert asked == [ViewRequest("welcome")]
    child(panel, "plan.write").click()
    assert panel.editor.isVisible()


def test_two_plans_keep_their_own_texts(qtbot: QtBot, planned: Workbench) -> None:
    first = edited(qtbot, planned)
    type_over(first, "name: queues", "name: changed")
    assert planned.project is not None
    other_path = planned.project.path / "plans" / "other.yaml"
    other_path.parent.mkdir(exist_ok=True)
    other_path.write_text(PLAN.replace("name: queues", "name: other"))
    other = PlanEditor(planned, str(other_path))
    opened(qtbot, other)
    assert "name: other" in planned.plan.text
    assert "name: changed" in first.editor.toPlainText()
    planned.plan.select(planned.project.plan)
    assert "name: changed" in planned.plan.text and planned.plan.is_dirty


def test_the_form_and_the_text_are_one_plan(qtbot: QtBot, planned: Workbench) -> None:
    form = PlanForm(planned)
    opened(qtbot, form, 420)
    rank = form.findChild(QLineEdit, "form.training.adapter.r")
    assert rank is not None and rank.text() == "8"
    rank.setText("900")
    rank.editingFinished.emit()
    assert "r: 900" in planned.plan.text
    notes = [each.text() for each in form._fields["training.adapter.r"].findChildren(type(form._facts["Data"]))]
    assert any("must be a whole number" in note for note in notes)
    rank.setText("16")
    rank.editingFinished.emit()
    assert "r: 16" in planned.plan.text and planned.plan.plan is not None
    child(form, "form.dataset.checks.personal_data.mask").click()
    assert "personal_data: mask" in planned.plan.text
    child(form, "form.evaluation.gates.base").click()
    assert planned.plan.plan.evaluation.gates == {"accuracy": "> base"}
    assert planned.plan.plan.evaluation.metrics == ["accuracy"]
    assert "# the rows: which files" in planned.plan.text
    base = form.findChild(QComboBox, "form.model.base")
    assert base is not None and base.count() > 3
    planned.plan.set_text(planned.plan.text.replace("r: 16", "r: 32"))
    assert rank.text() == "32"


def test_a_proposed_value_stands_below_its_field_and_moves_nothing(qtbot: QtBot, planned: Workbench) -> None:
    form = PlanForm(planned)
    opened(qtbot, form, 700)
    fields = [form._fields[name] for name in ("dataset.checks.personal_data", "training.num_train_epochs")]
    before = [(each.x(), each.control.width()) for each in fields]
    for each in fields:
        each.show_note("Proposed: mask", "pill-accent")
    QApplication.processEvents()
    for each, place in zip(fields, before, strict=True):
        assert (each.x(), each.control.width()) == place
        assert each.note.width() == each.note.sizeHint().width() < each.control.width()
        assert each.note.height() >= each.note.sizeHint().height()


def test_the_form_says_when_the_text_can_not_be_read(qtbot: QtBot, planned: Workbench) -> None:
    form = PlanForm(planned)
    opened(qtbot, form, 420)
    planned.plan.set_text("name: [\n")
    assert not form._fields["name"].isEnabled()
    places: list[tuple[int, int]] = []
    planned.plan.place_wanted.connect(lambda line, column: places.append((line, column)))
    child(form, "form.go").click()
    assert places and places[0][0] >= 1


def test_the_form_fits_into_a_narrow_dock(qtbot: QtBot, planned: Workbench) -> None:
    form = PlanForm(planned)
    opened(qtbot, form, 300)
    for name, made in form._fields.items():
        right = made.control.mapTo(form, QPoint(made.control.width(), 0)).x()
        assert right <= form.width(), name


def test_history_shows_what_a_checkpoint_changed_and_takes_it_back(qtbot: QtBot, planned: Workbench) -> None:
    planned.plan.propose(proposal(planned), "ten dollars")
    planned.plan.apply()
    panel = PlanHistory(planned)
    opened(qtbot, panel, 1000)
    assert panel.list.count() == 1
    assert panel.diff.counts == (2, 1)
    child(panel, "history.mode.Against the plan now").click()
    assert panel.diff.statement == "No line differs."
    child(panel, "history.undo").click()
    assert planned.plan.text == PLAN
    assert panel.diff.counts == (1, 2)
    child(panel, "history.take").click()
    assert planned.plan.is_dirty and "max_cost_usd: 10" in planned.plan.text
    child(panel, "history.redo").click()
    assert any("changed" in each.title or each.tone == "info" for each in planned.notices.items)


def test_problems_lead_to_their_place_and_can_be_fixed_there(qtbot: QtBot, planned: Workbench) -> None:
    panel = Problems(planned)
    opened(qtbot, panel)
    assert panel.findChild(QWidget, "problems.none") is not None
    planned.plan.set_text(PLAN.replace("lora_alpha: 16", "lora_alpha: 16, use_dora: true"))
    row = panel.findChild(QWidget, "problems.plan.0")
    assert row is not None and "can't be served" in row.accessibleName()
    asked: list[ViewRequest] = []
    planned.views.requested.connect(asked.append)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(60, 8))
    assert [each.kind for each in asked] == ["plan"]
    assert planned.plan.place is not None
    child(panel, "problems.plan.0.fix.0").click()
    assert "use_dora: false" in planned.plan.text


def test_a_text_is_kept_as_a_draft_until_it_is_saved(qtbot: QtBot, planned: Workbench) -> None:
    assert planned.project is not None
    path = planned.project.path / "notes.md"
    path.write_text("# Notes\n")
    panel = TextEditor(planned, str(path))
    opened(qtbot, panel)
    panel.editor.setFocus()
    QTest.keyClicks(panel.editor, "My ")
    planned.views.activated(ViewRequest("text", str(path)))
    planned.plan.text_wanted.emit()
    assert planned.plan.drafts.get(path) == "My # Notes\n"
    assert path.read_text() == "# Notes\n"
    planned.run("file.save")
    assert path.read_text() == "My # Notes\n" and not panel.is_dirty


def test_what_is_no_text_is_refused_in_words(qtbot: QtBot, planned: Workbench) -> None:
    assert planned.project is not None
    path = planned.project.path / "weights.bin"
    path.write_bytes(b"\0\1\2" * 100)
    panel = TextEditor(planned, str(path))
    opened(qtbot, panel)
    said = " ".join(getattr(each, "text", str)() for each in panel.findChildren(QWidget) if hasattr(each, "text"))
    assert "weights.bin is no text (300 bytes)." in said


def test_ctrl_m_lets_tab_leave_the_editor(qtbot: QtBot) -> None:
    editor = CodeEditor("editor")
    opened(qtbot, editor)
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "  "
    QTest.keyClick(editor, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "  "


def test_lines_keep_their_indentation(qtbot: QtBot) -> None:
    editor = CodeEditor("editor")
    opened(qtbot, editor)
    QTest.keyClicks(editor, "training:")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "seed: 3")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "x")
    assert editor.toPlainText() == "training:\n  seed: 3\n  x"
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.toPlainText() == "training:\n  seed: 3\nx"


def test_a_diff_folds_what_is_alike(qtbot: QtBot) -> None:
    before = "\n".join(f"line {number}" for number in range(40))
    view = DiffView("diff")
    opened(qtbot, view)
    view.show_texts(before, before.replace("line 20", "other"))
    kinds = [each.kind for each in view.rows]
    assert kinds == ["fold", "", "", "", "removed", "added", "", "", "", "fold"]
    assert view.statement == "1 line added, 1 removed."
    assert changed_rows("a\nb", "a\nc\nd") == {2: "changed", 3: "changed"}


def test_rows_have_one_height_and_marks_reach_the_right_line(qtbot: QtBot) -> None:
    editor = CodeEditor("editor")
    opened(qtbot, editor)
    editor.set_text("\n".join(f"key_{number}: {number}" for number in range(300)))
    rows = list(editor.visible_rows())
    assert {round(rect.height()) for _, rect in rows} == {20}
    editor.go_to(200, 3)
    assert 200 in dict(editor.visible_rows())
    assert editor.current_line() == 200


PANELS = [
    ("plan_editor:PlanEditor", ""),
    ("plan_form:PlanForm", ""),
    ("plan_history:PlanHistory", ""),
    ("problems:Problems", ""),
]


@pytest.mark.parametrize(("place", "key"), PANELS)
@pytest.mark.parametrize("colours", ["dark", "light"])
def test_every_control_has_a_name_in_both_themes(
    qtbot: QtBot, planned: Workbench, place: str, key: str, colours: str
) -> None:
    theme().set("light" if colours == "light" else "dark")
    planned.plan.propose(proposal(planned), "ten dollars")
    planned.plan.apply()
    planned.plan.set_text(planned.plan.text.replace("type: lora", "type: prefix"))
    module, _, name = place.partition(":")
    panel: QWidget = getattr(import_module(f"app.desktop.panels.{module}"), name)(planned, key)
    opened(qtbot, panel)
    focusable = [
        each
        for each in panel.findChildren(QWidget)
        if each.isVisibleTo(panel) and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    unnamed = [
        each.objectName() or type(each).__name__
        for each in focusable
        if not each.accessibleName() and not (isinstance(each, QAbstractButton) and each.text())
    ]
    assert focusable and not unnamed
    assert not panel.grab().isNull()


def test_a_closed_panel_is_told_nothing(qtbot: QtBot, planned: Workbench) -> None:
    panels: list[QWidget] = [PlanEditor(planned), PlanForm(planned), PlanHistory(planned), Problems(planned)]
    for panel in panels:
        panel.deleteLater()
    qtbot.wait(1)
    planned.plan.set_text(PLAN + "# more\n")
    planned.plan.propose(proposal(planned), "ten dollars")
    assert planned.plan.pending is not None
