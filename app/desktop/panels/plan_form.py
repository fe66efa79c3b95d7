"""The open plan as a form: the same file as in the editor, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QWidget

from app.desktop.living import AfterPaint, while_living
from app.desktop.widgets.basics import (
    Banner,
    EmptyState,
    button,
    clear,
    column,
    hairline,
    label,
    row,
    scrolled,
    without_marks,
)
from app.desktop.widgets.form_field import FormField, LineField, LongField, SwitchField, WordsField
from app.desktop.widgets.tab_order import follow_layouts
from app.workbench import plan_form as form
from app.workbench.bench import Workbench

WIDEST, MARGIN = 560, 16  # pixels
FIRST = 11  # fields that are made at once: those of a usual window's height


class PlanForm(QWidget):
    """One line for each field that people ask about; the rest is in the text."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        del key
        super().__init__()
        self._bench, self._store = bench, bench.plan
        self._fields: dict[str, FormField] = {}
        self._facts: dict[str, QLabel] = {}
        self.setProperty("surface", "panel")
        self.setAccessibleName("Plan as a form")
        self._banners = column(spacing=8)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scrolled())
        self._stack.addWidget(
            EmptyState(
                "checklist",
                "No plan yet",
                "The form fills itself once there is one.",
                button("Ask the assistant", name="form.ask", on=lambda: bench.run("assistant.focus")),
            )
        )
        self.setLayout(column(self._stack))
        self._store.changed.connect(self._show)
        self._store.proposal_changed.connect(self._show)
        bench.data.changed.connect(self._show_facts)
        bench.tasks.submit(lambda _job: _base_names(), done=self._know_bases, failed=lambda _error: None)
        self._show()
        AfterPaint(self, self._add_the_rest)

    def _scrolled(self) -> QScrollArea:
        self._body = column(spacing=10)
        self._add_fields(form.FIELDS[:FIRST])
        inside = QWidget()
        inside.setLayout(column(self._banners, self._body, None, spacing=10, margins=(MARGIN, 14, MARGIN, MARGIN)))
        inside.setMaximumWidth(WIDEST)
        area = scrolled(inside)
        area.setAlignment(Qt.AlignmentFlag.AlignLeft)
        return area

    def _add_fields(self, fields: Iterable[form.FormField]) -> None:
        for field in fields:
            if field.group not in self._facts:
                if self._facts:
                    self._body.addWidget(hairline())
                self._facts[field.group] = label("", "muted")
                self._body.addLayout(row(label(field.group, "section"), None, self._facts[field.group]))
            made = self._field(field)
            made.answered.connect(partial(self._answered, field))
            self._fields[field.field] = made
            self._body.addWidget(made)

    def _add_the_rest(self) -> None:
        self._add_fields(form.FIELDS[FIRST:])
        self._fit()
        self._show()
        follow_layouts(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = min(WIDEST, self.width()) - 2 * MARGIN - 10  # of which the scroll bar takes ten
        for made in self._fields.values():
            made.fit(width)

    def _field(self, field: form.FormField) -> FormField:
        name = f"form.{field.field}"
        if field.kind == "switch":
            return SwitchField(field.label, field.name, name, field.options, form.SWITCH_NAMES)
        if field.kind == "words":
            return WordsField(field.label, field.name, name, form.words(field))
        if field.kind == "long":
            return LongField(field.label, field.name, name)
        return LineField(field.label, field.name, name, field.unit)

    @while_living
    def _know_bases(self, names: tuple[str, ...]) -> None:
        bases = self._fields["model.base"]
        if isinstance(bases, WordsField):
            bases.set_options(names)
            self._show()

    # showing

    @while_living
    def _show(self) -> None:
        text = self._store.text
        self._stack.setCurrentIndex(0 if text.strip() else 1)
        there = form.values(text)
        clear(self._banners)
        for made in self._fields.values():
            made.setEnabled(there is not None)
        if there is None:
            self._show_unreadable()
            return
        proposed = self._proposed()
        for field in form.FIELDS[: len(self._fields)]:
            made = self._fields[field.field]
            made.show_value(form.shown_value(field, there))
            self._show_note(field, made, proposed)
        self._show_facts()

    def _show_note(self, field: form.FormField, made: FormField, proposed: dict[str, str]) -> None:
        problem = form.problem_of(field, self._store.problems)
        if problem is not None:
            made.show_note(
                without_marks(f"{problem.message} {problem.hint}"), "bad" if problem.severity == "error" else "warn"
            )
        elif field.field in proposed:
            made.show_note(proposed[field.field], "pill-accent")
        else:
            made.show_note(field.note)

    def _proposed(self) -> dict[str, str]:
        pending = self._store.pending
        if pending is None:
            return {}
        after = pending.plan.model_dump(mode="json")
        changed = {hunk.field: hunk for hunk in pending.hunks if hunk.is_ticked}
        found = {}
        for field in form.FIELDS:
            hunk = changed.get(field.field) or changed.get(field.field.rpartition(".")[0])
            if hunk is not None and self._store.text.strip():
                value = form.shown_value(field, after)
                if value != form.shown_value(field, form.values(self._store.text) or {}):
                    found[field.field] = f"Proposed: {value or 'nothing'}"
        return found

    def _show_unreadable(self) -> None:
        problem = next(iter(self._store.problems), None)
        if problem is None:
            return
        self._banners.addWidget(
            Banner(
                "bad",
                f"The text can’t be read at line {problem.line}",
                without_marks(f"{problem.message} {problem.hint}"),
                button("Go there", name="form.go", on=partial(self._go, problem.line, problem.column)),
                code=problem.code,
            )
        )

    def _go(self, line: int, column_: int) -> None:
        self._store.place = (line, column_)
        self._bench.views.open("plan", str(self._store.path))
        self._store.go_to(line, column_)

    @while_living
    def _show_facts(self) -> None:
        told = self._told()
        for group, fact in self._facts.items():
            fact.setText(told.get(group, ""))

    def _told(self) -> dict[str, str]:
        """What is known about a group as a whole."""
        plan = self._store.plan
        if plan is None:
            return {}
        names = {source.path for source in plan.dataset.sources if source.path}
        used = [each for each in self._bench.data.files if f"data/{each.path.name}" in names and each.rows is not None]
        return {
            "Data": f"{sum(each.rows or 0 for each in used):,} rows" if used else "",
            "Training": plan.training.method,
            "Money": "local: electricity only" if plan.compute.target == "local" else plan.compute.target,
            "Verdict": "test rows are never trained on",
        }

    # answering

    def _answered(self, field: form.FormField, answer: str) -> None:
        problem = form.fill(self._store, field, answer)
        if problem is not None:
            self._fields[field.field].show_note(without_marks(f"{problem.message} {problem.hint}"), "bad")


def _base_names() -> tuple[str, ...]:
    from assistant.planner.known_bases import known_bases

    return tuple(base.id for base in known_bases())
