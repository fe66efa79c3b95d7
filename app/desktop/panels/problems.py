"""What is wrong with the plan and its data, as a list; each line leads to its place, and has its fix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.desktop.living import while_living
from app.desktop.panels.plan_cards import TONES
from app.desktop.widgets.basics import Elided, Picture, button, clear, column, label, row, without_marks
from app.desktop.widgets.field_frame import ClickableCard
from app.workbench.bench import Workbench
from app.workbench.data_store import DataFile
from app.workbench.plan_problems import QuickFix, fixed, fixes
from pipeline.plan.errors import Problem

MOST = 100  # rows; nobody reads more, and they go away one after the other


class Problems(QWidget):
    """Errors first, then warnings, then what the data's checks say."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        del key
        super().__init__()
        self._bench = bench
        self._shown: object = None
        self.setProperty("surface", "panel")
        self.setAccessibleName("Problems")
        self._rows = column(spacing=0, margins=(8, 8, 8, 8))
        inside = QWidget()
        inside.setLayout(self._rows)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayout(column(area))
        bench.plan.changed.connect(self._show)
        bench.data.changed.connect(self._show)
        self._show()

    @while_living
    def _show(self) -> None:
        plan, project = self._bench.plan, self._bench.project
        files = [each for each in self._bench.data.files if each.problems or each.error is not None]
        now = plan.path, plan.problems, tuple((each.path, each.problems, each.error) for each in files)
        if now == self._shown:
            return
        self._shown = now
        clear(self._rows)
        problems = sorted(plan.problems, key=lambda each: (each.severity != "error", each.line))
        for number, problem in enumerate(problems[:MOST]):
            self._rows.addWidget(self._plan_row(number, problem))
        for file in files:
            self._add_file(file)
        if not problems and not files:
            said = "No problems." if project is not None else "No project is open."
            self._rows.addWidget(label(said, "muted", name="problems.none"))
        self._rows.addStretch(1)

    def _plan_row(self, number: int, problem: Problem) -> QWidget:
        path = self._bench.plan.path
        place = f"{path.name if path else 'plan.yaml'} {problem.line}:{problem.column}" if problem.line else ""
        found = fixes(problem, self._bench.plan.text)
        made = self._row(f"problems.plan.{number}", problem.severity, without_marks(problem.message), place, found)
        made.setToolTip(without_marks(problem.hint))
        made.clicked.connect(partial(self._go, problem))
        return made

    def _row(
        self, name: str, severity: str, text: str, place: str, found: tuple[QuickFix, ...] = (), *, link: str = "",
        on: Callable[[], object] | None = None,
    ) -> ClickableCard:  # fmt: skip
        icon, token = TONES.get(severity, ("info", "accent"))
        line = row(spacing=10, margins=(8, 2, 8, 2))
        line.addWidget(Picture(icon, token, 15))
        said = Elided(text)
        line.addWidget(said, 1)
        line.addWidget(label(place, "term"))
        for number, fix in enumerate(found[:1]):
            line.addWidget(button(fix.title, kind="link", name=f"{name}.fix.{number}", on=partial(self._fix, fix)))
        if link and on is not None:
            line.addWidget(button(link, kind="link", name=f"{name}.show", on=on))
        made = ClickableCard(line, name, f"{severity}: {text} {place}")
        made.setProperty("kind", "list-row")
        made.setFrameShape(QFrame.Shape.NoFrame)
        return made

    def _add_file(self, file: DataFile) -> None:
        open_file = partial(self._bench.views.open, "data", str(file.path))
        if file.error is not None:
            made = self._row(
                f"problems.{file.path.name}", "error", file.error.message, file.path.name, link="Open", on=open_file
            )
            made.clicked.connect(open_file)
            self._rows.addWidget(made)
        for finding in file.problems:
            severity = "error" if finding.severity == "block" else "warning"
            name = f"problems.{file.path.name}.{finding.code}"
            made = self._row(name, severity, finding.message, file.path.name, link="Show rows", on=open_file)
            made.clicked.connect(open_file)
            self._rows.addWidget(made)

    def _go(self, problem: Problem) -> None:
        store = self._bench.plan
        store.place = (problem.line or 1, problem.column or 1)
        self._bench.views.open("plan", str(store.path))
        store.go_to(problem.line or 1, problem.column or 1)

    def _fix(self, fix: QuickFix) -> None:
        self._bench.plan.text_wanted.emit()
        self._bench.plan.set_text(fixed(fix, self._bench.plan.text))
