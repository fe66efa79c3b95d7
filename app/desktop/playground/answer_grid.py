"""The answers side by side, or what stands there while there is no server."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QWidget

from app.desktop.widgets.answer_column import AnswerColumn, Head, Timing
from app.desktop.widgets.basics import button, clear, hairline, row
from app.workbench.asking import ColumnAnswer
from app.workbench.bench import Workbench
from app.workbench.client_code import client_code
from app.workbench.playground_round import MOST_COLUMNS, PROMPTED, Column, Round


class AnswerGrid(QScrollArea):
    """The columns of the playground's state."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench, self._state = bench, bench.playground
        self.setObjectName("playground.answers")
        self.setAccessibleName("Answers side by side")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setProperty("surface", "panel")
        self._line: QHBoxLayout = row(spacing=0)
        self._inside.setLayout(self._line)
        self.setWidget(self._inside)
        self._columns: list[AnswerColumn] = []
        self._asked_at = 0.0
        self._round = ""
        self._has_add = False

    def show_columns(self) -> None:
        """Shows who stands there, and what each has said."""
        current = self._state.round
        shown = current.columns if current else self._state.columns
        wants_add = len(shown) < MOST_COLUMNS and len(self._state.possible) > len(shown)
        if len(shown) != len(self._columns) or wants_add != self._has_add:
            self._rebuild(len(shown), wants_add=wants_add)
        for place, (each, model) in enumerate(zip(self._columns, shown, strict=True)):
            each.show_head(self._head(place, model, current))
        self.show_answers()

    def show_answers(self) -> None:
        """Shows only how the answers have grown."""
        current = self._state.round
        if current is not None and current.id != self._round:
            self._round, self._asked_at = current.id, time.monotonic()
        for place, each in enumerate(self._columns):
            answer = current.answers[place] if current else ColumnAnswer()
            error = answer.error or self._state.error
            told = (error.message, error.hint, error.code) if error and current and not answer.text else None
            each.show_problem(told)
            is_growing = current is not None and not answer.is_done and self._state.state == "streaming"
            each.show_answer(
                answer.text,
                self._timing(place, answer, current),
                is_growing=is_growing,
                placeholder=self._placeholder(current, place, answer),
            )

    def _head(self, place: int, model: Column, current: Round | None) -> Head:
        if current is not None and current.names_are_hidden:
            return Head(str(place + 1), f"Answer {current.name(place)}", "hidden until the vote", pill="blind")
        row_of = self._bench.adapters.get(model.id)
        if row_of is None:
            return Head(
                str(place + 1),
                model.title,
                model.id if model.id == PROMPTED else model.model,
                pill=model.note,
                note=model.prompt_note,
            )
        is_loaded = model.model in self._bench.server.adapters
        probe = f"probe of {row_of.probe_cases} cases" if row_of.probe_cases else ""
        loading = self._bench.server.loading == model.model
        pill = "served = trained" if is_loaded else "loading …" if loading else "loaded when asked"
        tone = "good" if is_loaded else "accent" if loading else ""
        return Head(str(place + 1), model.title, model.model, probe, pill, tone, model.note)

    def _timing(self, place: int, answer: ColumnAnswer, current: Round | None) -> Timing:
        if current is None or answer.first_s is None or current.names_are_hidden:
            return Timing()  # lengths and times tell who it is
        limit = self._state.max_tokens or current.columns[place].max_tokens
        spent = answer.seconds if answer.seconds is not None else time.monotonic() - self._asked_at
        note = f"{answer.tokens} token{'s' if answer.tokens != 1 else ''}"
        if answer.tokens_per_s is not None:
            note += f"  {answer.tokens_per_s:.0f}/s"
        if answer.is_cut:
            note += "  cut at limit"
        elif answer.was_stopped:
            note += "  stopped"
        elif answer.seconds is None:
            note += f"  {spent:.1f} s"
        return Timing(answer.first_s, max(spent, answer.first_s), min(1.0, answer.tokens / max(1, limit)), note)

    def _placeholder(self, current: Round | None, place: int, answer: ColumnAnswer) -> str:
        if current is None or answer.error is not None:
            return ""
        if answer.is_done:
            return "Stopped before the first word." if answer.was_stopped else "An empty answer."
        server = self._bench.server
        if current.names_are_hidden:
            return "…"
        return f"Loading {server.loading} …" if server.loading == current.columns[place].model else "…"

    def _rebuild(self, count: int, *, wants_add: bool) -> None:
        clear(self._line)
        self._columns, self._has_add = [], wants_add
        for place in range(count):
            if place:
                self._line.addWidget(hairline(is_vertical=True))
            each = AnswerColumn(f"playground.column{place + 1}")
            each.menu_wanted.connect(lambda spot, place=place: self._show_menu(place, spot))
            self._columns.append(each)
            self._line.addWidget(each, 1)
        if wants_add:
            self._line.addWidget(hairline(is_vertical=True))
            add = button("", icon="add", name="playground.add", tip="Add a column", on=self._show_add)
            self._line.addWidget(add, 0, Qt.AlignmentFlag.AlignTop)
            self._line.setAlignment(add, Qt.AlignmentFlag.AlignTop)
            self._add = add
        self._line.setContentsMargins(0, 0, 8 if wants_add else 0, 0)

    def _show_add(self) -> None:
        menu = QMenu(self.window())
        taken = {column.id for column in self._state.columns}
        for model in self._state.possible:
            if model.id not in taken:
                action = menu.addAction(_menu_text(model))
                action.triggered.connect(lambda _checked=False, model=model: self._state.add(model.id))
        self._popup(menu, self._add.mapToGlobal(QPoint(0, self._add.height())))

    def _show_menu(self, place: int, spot: QPoint) -> None:
        state, menu = self._state, QMenu(self.window())
        menu.setObjectName("playground.column.menu")
        current = state.round
        menu.addAction("Copy this answer").triggered.connect(lambda: self._copy_answer(place))
        if current is None or not current.names_are_hidden:
            shown = (current.columns if current else state.columns)[place]
            menu.addAction("Copy as client code").triggered.connect(lambda: self._copy_code(shown))
            if current is not None and len(current.columns) > 1:
                self._add_comparisons(menu, current, shown)
            menu.addSeparator()
            others = menu.addMenu("Put another model here")
            taken = {column.id for column in state.columns}
            for model in state.possible:
                if model.id not in taken:
                    action = others.addAction(_menu_text(model))
                    action.triggered.connect(lambda _checked=False, model=model: state.replace(shown.id, model.id))
            others.setEnabled(not others.isEmpty())
            remove = menu.addAction("Remove this column")
            remove.setEnabled(len(state.columns) > 1)
            remove.triggered.connect(lambda: state.remove(shown.id))
        self._popup(menu, spot)

    def _add_comparisons(self, menu: QMenu, current: Round, shown: Column) -> None:
        differences = menu.addMenu("Show the difference from")
        for other in current.columns:
            if other.id != shown.id:
                action = differences.addAction(other.title.replace("&", "&&"))
                action.triggered.connect(
                    lambda _checked=False, other=other: self._state.set(
                        compared=(other.id, shown.id), shows_difference=True
                    )
                )

    def _copy_answer(self, place: int) -> None:
        current = self._state.round
        if current is not None:
            self._bench.clipboard.copy(current.answers[place].text)

    def _copy_code(self, shown: Column) -> None:
        request = self._state.request(shown)
        if request is not None:
            self._bench.clipboard.copy(client_code(self._state.language, request))

    @staticmethod
    def _popup(menu: QMenu, spot: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(spot)


def _menu_text(model: Column) -> str:
    return f"{model.title}  ({model.id})".replace("&", "&&")
