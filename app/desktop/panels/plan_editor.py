"""The plan as text: problems as one types, suggestions, hover, and the assistant's proposal as a preview or a diff."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QPushButton, QStackedWidget, QWidget

from app.desktop.living import while_living
from app.desktop.panels.plan_cards import field_card, problem_card
from app.desktop.widgets.basics import (
    Banner,
    Elided,
    EmptyState,
    Picture,
    button,
    clear,
    column,
    hairline,
    row,
    without_marks,
)
from app.desktop.widgets.code_editor import CodeEditor, Squiggle
from app.desktop.widgets.diff_view import DiffView, changed_rows
from app.desktop.widgets.highlighting import YamlHighlighter
from app.desktop.widgets.suggestion_list import Choice
from app.workbench.bench import Workbench
from app.workbench.hunks import with_hunks
from app.workbench.plan_completion import help_at, suggest
from app.workbench.plan_problems import QuickFix, fixed, fixes
from pipeline.errors import VibetuneError
from pipeline.plan.errors import Problem
from pipeline.plan.tree import line_and_column

PAUSE = 150  # ms after the last key until the text is checked
_MARKED = re.compile(r"[\w.+-]+ *:[^,}\]#]*|[^\s,}\]#]+")
_ICONS = {"field": "symbol-field", "value": "symbol-enum"}


class PlanEditor(QWidget):
    """One plan file. Where several are open, the one with the focus is the workbench's plan."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._store = bench, bench.plan
        self._path = Path(key) if key else bench.plan.path
        self._mode = "text"
        self._writes = False  # somebody writes by hand, though there is no plan yet
        self._bases: tuple[str, ...] = ()
        self.setProperty("surface", "panel")
        self.setAccessibleName("Plan")
        self.setWindowTitle("Plan[*]")
        self._make_editors()
        self._make_frame()
        self._listen()
        if self._path is not None and not self._is_selected:
            self._store.select(self._path)
        if self._is_selected and self._store.pending is not None:
            self._mode = "preview"
        self._show()
        self._show_proposal()
        if self._store.place is not None:
            self._go_to(*self._store.place)

    # building

    def _make_editors(self) -> None:
        self.editor, self.preview = CodeEditor("plan.text"), CodeEditor("plan.preview")
        self.editor.setAccessibleName("Text of the plan")
        self.editor.suggests_while_typing = True
        self.preview.setAccessibleName("Preview of the proposal, read only")
        self.preview.setReadOnly(True)
        self.diff = DiffView("plan.diff")
        self._highlighters = [YamlHighlighter(each.document()) for each in (self.editor, self.preview)]
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(PAUSE)
        self._typing.timeout.connect(self._hand_in)
        self.editor.textChanged.connect(self._typing.start)
        self.editor.fix_wanted.connect(self._offer_fixes)
        self.editor.hover_wanted.connect(self._explain)
        self.editor.suggestions_wanted.connect(self._suggest)
        self.editor.installEventFilter(self)

    def _make_frame(self) -> None:
        self._said = Elided()
        self._toggles = row(spacing=12)
        self._bar = QFrame()
        self._bar.setObjectName("plan.proposal_bar")
        line = row(Picture("diff", "accent"), spacing=10, margins=(16, 0, 16, 0))
        line.addWidget(self._said, 1)
        line.addLayout(self._toggles)
        self._bar.setLayout(column(None, line, None, hairline(), spacing=0))
        self._bar.setFixedHeight(36)
        self._banners = column(spacing=8, margins=(12, 0, 12, 0))
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "json",
            "No plan yet",
            "Say in the chat what the model should do differently and drop a file with examples: the plan comes of it.",
            button("Ask the assistant", kind="primary", name="plan.ask", on=lambda: self._bench.run("assistant.focus")),
            button("Start from a goal", name="plan.goals", on=lambda: self._bench.views.open("welcome")),
            button("Write it by hand", kind="link", name="plan.write", on=self._write_by_hand),
        )
        for each in (self.editor, self.preview, self.diff, self._empty):
            self._stack.addWidget(each)
        self._leaves = Elided("Tab leaves the editor; Ctrl+M makes it indent again.", "muted")
        self._leaves.setContentsMargins(16, 4, 16, 4)
        self._leaves.hide()
        self.editor.tab_leaves_changed.connect(self._leaves.setVisible)
        box = column(self._bar, spacing=0)
        box.addLayout(self._banners)
        box.addWidget(self._stack, 1)
        box.addWidget(self._leaves)
        self.setLayout(box)

    def _listen(self) -> None:
        store = self._store
        store.changed.connect(self._show)
        store.proposal_changed.connect(self._show_proposal)
        store.text_wanted.connect(self._hand_in)
        store.place_wanted.connect(self._go_to)
        store.asked.connect(self._answer)
        self._bench.tasks.submit(lambda _job: _known_bases(), done=self._know_bases, failed=lambda _error: None)

    @while_living
    def _know_bases(self, names: tuple[str, ...]) -> None:
        self._bases = names

    # showing

    @property
    def _is_selected(self) -> bool:
        return self._path is not None and self._store.path == self._path

    @while_living
    def _show(self) -> None:
        if not self._is_selected:
            return
        store = self._store
        if self.editor.toPlainText() != store.text and not self._typing.isActive():
            self.editor.set_text(store.text)
            self._typing.stop()
        self.editor.set_rows(changed_rows(store.saved_text, store.text) if store.is_dirty else {}, fills=False)
        self._show_problems()
        self.setWindowModified(store.is_dirty)
        self._show_outdated()
        self._show_mode()

    def _show_problems(self) -> None:
        problems, lines = self._store.problems, self._store.text.split("\n")
        squiggles = [_squiggle(each, lines) for each in problems if each.line]
        lamps = {each.line: _tone(each) for each in reversed(problems) if fixes(each, self._store.text)}
        self.editor.set_squiggles(squiggles, lamps)
        self.editor.setAccessibleDescription("; ".join(without_marks(str(each)) for each in problems) or "No problems.")

    def _show_outdated(self) -> None:
        clear(self._banners)
        self._banners.setContentsMargins(12, 10 * self._store.is_outdated, 12, 10 * self._store.is_outdated)
        if self._store.is_outdated and self._path is not None:
            self._banners.addWidget(
                Banner(
                    "warn",
                    f"{self._path.name} was written by something else",
                    "Your text here is not saved, and the file holds another one.",
                    button("Keep mine", name="plan.keep", on=self._store.keep_text),
                    button("Take the file’s", name="plan.take", on=self._store.take_file),
                )
            )

    @while_living
    def _show_proposal(self) -> None:
        if not self._is_selected:
            return
        pending = self._store.pending
        if pending is None:
            self._mode = "text"
        elif self._mode == "text" and not self._bar.isVisibleTo(self):
            self._mode = "preview"
        if pending is not None:
            self._show_preview()
        self._show_mode()

    def _show_preview(self) -> None:
        pending, text = self._store.pending, self._store.text
        if pending is None:
            return
        plan, hunks = pending.plan, pending.hunks
        self._bench.tasks.submit(
            lambda _job: (text, with_hunks(text, plan, hunks), sum(hunk.is_ticked for hunk in hunks)),
            done=self._show_changes,
            failed=self._say_invalid,
        )

    @while_living
    def _say_invalid(self, error: VibetuneError) -> None:
        self._said.set_text(f"The ticked changes alone make no valid plan: {without_marks(error.message)}")

    @while_living
    def _show_changes(self, found: tuple[str, str, int]) -> None:
        text, preview, places = found
        if text != self._store.text:
            return  # typed since; its own preview is on its way
        rows = changed_rows(text, preview)
        self.preview.set_text(preview)
        self.preview.set_rows(rows)
        self.diff.show_texts(text, preview)
        added, removed = self.diff.counts
        lines = max(added, removed)
        self._said.set_text(
            f"Proposal: {lines} line{'s' * (lines != 1)} in {places} place{'s' * (places != 1)}. Not applied."
        )

    def _show_mode(self) -> None:
        pending = self._store.pending
        self._bar.setVisible(pending is not None)
        is_empty = pending is None and not self._store.text.strip() and not self._writes
        shown: QWidget = {"preview": self.preview, "diff": self.diff}.get(self._mode, self.editor)
        self._stack.setCurrentWidget(self._empty if is_empty else shown)
        self.setFocusProxy(self._empty if is_empty else shown)
        if pending is not None:
            self._show_toggles()

    def _show_toggles(self) -> None:
        titles = {"preview": "Preview", "diff": "Show as diff", "text": "My text"}
        wanted = [mode for mode in titles if mode != self._mode]
        if [each.objectName() for each in self._links()] == [f"plan.show_{mode}" for mode in wanted]:
            return
        clear(self._toggles)
        for mode in wanted:
            name = f"plan.show_{mode}"
            self._toggles.addWidget(button(titles[mode], kind="link", name=name, on=partial(self.show_mode, mode)))

    def _links(self) -> list[QPushButton]:
        items = [self._toggles.itemAt(number) for number in range(self._toggles.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [each for each in widgets if isinstance(each, QPushButton)]

    def show_mode(self, mode: str) -> None:
        """Shows text, preview or diff."""
        if self._store.pending is not None or mode == "text":
            self._mode = mode
            self._show_mode()
            {"preview": self.preview, "diff": self.diff}.get(mode, self.editor).setFocus()

    def _write_by_hand(self) -> None:
        self._writes = True
        self._show_mode()
        self.editor.setFocus()
        self._suggest()

    # typing

    @while_living
    def _hand_in(self) -> None:
        if self._typing.isActive() or self.sender() is self._typing:
            self._typing.stop()
            if self._is_selected:
                self._store.set_text(self.editor.toPlainText())

    def _suggest(self) -> None:
        if not self.editor.isVisible():
            return
        text, offset = self.editor.toPlainText(), self.editor.textCursor().position()
        found = suggest(text, offset, self._known_words())
        choices = [Choice(each.text, each.insert, each.detail, _ICONS[each.kind]) for each in found.items[:60]]
        self.editor.show_suggestions(found.start, choices)

    def _known_words(self) -> dict[str, list[str]]:
        project = self._bench.project
        files = [each.path for each in self._bench.data.files] if project is not None else []
        names = [
            path.relative_to(project.path).as_posix() for path in files if project and path.is_relative_to(project.path)
        ]
        return {"dataset.sources[0].path": names, "model.base": list(self._bases)}

    # problems and meaning

    @while_living
    def _answer(self, what: str) -> None:
        if not self._is_selected or not self.isVisible():
            return
        if what in ("text", "preview", "diff"):
            self.show_mode(what)
        elif what == "fix":
            self._fix_here()
        elif what == "explain":
            self._explain(self.editor.textCursor().position())
        elif what == "complete":
            self.editor.setFocus()
            self._suggest()

    def _fix_here(self) -> None:
        self._hand_in()
        here = [(each, fixes(each, self._store.text)) for each in self._on_line(self.editor.current_line())]
        ways = [fix for _, found in here for fix in found]
        if len(ways) == 1:
            self._apply(ways[0])
        elif here:
            self._offer_fixes(self.editor.current_line())

    def _offer_fixes(self, line: int) -> None:
        problems = self._on_line(line)
        if problems:
            self._show_problem(problems[0])
            first = self.editor.findChild(QPushButton, "plan.fix.0")
            if first is not None:
                first.setFocus()

    def _explain(self, offset: int) -> None:
        text = self.editor.toPlainText()
        line, column_ = line_and_column(text, offset)
        lines = text.split("\n")
        for problem in self._on_line(line):
            mark = _squiggle(problem, lines)
            if mark.column <= column_ <= mark.column + mark.length:
                self._show_problem(problem)
                return
        about = help_at(text, offset)
        if about is not None:
            start = offset - (column_ - 1) + len(lines[line - 1]) - len(lines[line - 1].lstrip())
            self.editor.show_card(field_card(about), max(start, offset - 20))

    def _show_problem(self, problem: Problem) -> None:
        text = self._store.text
        start = sum(len(line) + 1 for line in text.split("\n")[: problem.line - 1]) + problem.column - 1
        about = help_at(text, start)
        if about is not None and about.path != problem.field:
            about = None
        card = problem_card(problem, fixes(problem, text), about, self._apply, partial(self._ask_why, problem))
        self.editor.show_card(card, start)

    def _on_line(self, line: int) -> list[Problem]:
        return [each for each in self._store.problems if each.line == line]

    def _apply(self, fix: QuickFix) -> None:
        self.editor.hide_popups()
        self._hand_in()
        self._store.set_text(fixed(fix, self._store.text))
        self.editor.setFocus()

    def _ask_why(self, problem: Problem) -> None:
        self.editor.hide_popups()
        self._bench.run("assistant.focus")
        self._bench.conversation.fill_draft(f"Why: {without_marks(problem.message)}")

    # places

    @while_living
    def _go_to(self, line: int, column_: int) -> None:
        if self._is_selected:
            self._store.place = None
            self.show_mode("text")
            self.editor.go_to(line, column_)
            self.editor.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if watched is self.editor and event.type() == QEvent.Type.FocusIn:
            self._select()
        return False

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._select()

    def _select(self) -> None:
        if self._path is None:
            self._path = self._store.path
        if self._path is not None and not self._is_selected:
            self._typing.stop()
            self._store.select(self._path)
            self._show_proposal()


def _squiggle(problem: Problem, lines: list[str]) -> Squiggle:
    text = lines[problem.line - 1] if problem.line <= len(lines) else ""
    found = _MARKED.match(text, problem.column - 1)
    length = len(found[0].rstrip()) if found else 1
    return Squiggle(problem.line, problem.column, max(1, length), _tone(problem))


def _tone(problem: Problem) -> str:
    return "bad" if problem.severity == "error" else "warn"


def _known_bases() -> tuple[str, ...]:
    from assistant.planner.known_bases import known_bases

    return tuple(base.id for base in known_bases())
