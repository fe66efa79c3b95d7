"""What stands in the card over a plan's line: a problem with its fixes, and what the field means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.desktop.widgets.basics import Picture, button, column, hairline, keycap, label, row, without_marks
from app.workbench.plan_fields import FieldHelp
from app.workbench.plan_problems import QuickFix
from pipeline.plan.errors import Problem

TONES = {"error": ("error", "bad"), "warning": ("warning", "warn")}


def problem_card(
    problem: Problem,
    fixes: Sequence[QuickFix],
    about: FieldHelp | None,
    on_fix: Callable[[QuickFix], object],
    on_why: Callable[[], object],
) -> QWidget:
    """What is wrong, what to do, and the buttons that do it."""
    made = QWidget()
    icon, token = TONES[problem.severity]
    title, _, rest = without_marks(problem.message).partition(": ")
    head = row(spacing=8)
    head.addWidget(Picture(icon, token, 16), 0, Qt.AlignmentFlag.AlignTop)
    head.addWidget(label(title, "section", wraps=True), 1)
    head.addWidget(label(problem.code, "term"), 0, Qt.AlignmentFlag.AlignTop)
    body = column(head, spacing=8, margins=(12, 10, 12, 10))
    said = " ".join(part for part in (rest[:1].upper() + rest[1:], without_marks(problem.hint)) if part)
    if said:
        body.addWidget(label(said, wraps=True))
    actions = row(spacing=8)
    for number, fix in enumerate(fixes[:2]):
        icon_name = "lightbulb-autofix" if number == 0 else ""
        actions.addWidget(button(fix.title, icon=icon_name, name=f"plan.fix.{number}", on=partial(on_fix, fix)))
    if fixes:
        actions.addWidget(keycap("Ctrl+."))
    actions.addStretch(1)
    actions.addWidget(button("Why?", kind="link", name="plan.why", on=on_why))
    body.addLayout(actions)
    if about is not None:
        body.addWidget(hairline())
        body.addLayout(_facts(about))
    made.setLayout(body)
    made.setAccessibleName(f"{without_marks(problem.message)} {without_marks(problem.hint)}")
    return made


def field_card(about: FieldHelp) -> QWidget:
    """What a field means, what it takes, its default."""
    made = QWidget()
    body = column(spacing=6, margins=(12, 10, 12, 10))
    if about.description:
        said = without_marks(about.description)
        body.addWidget(label(said[:1].upper() + said[1:] + ".", wraps=True))
    if about.note:
        body.addWidget(label(without_marks(about.note), "muted", wraps=True))
    body.addLayout(_facts(about))
    made.setLayout(body)
    made.setAccessibleName(f"{about.path}: {about.description}. {about.note} {about.facts}")
    return made


def _facts(about: FieldHelp) -> QHBoxLayout:
    name = label(about.name, "data")
    facts = label(without_marks(about.facts), "muted", wraps=True)
    line = row(spacing=10)
    line.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(facts, 1)
    return line
