"""One run: its curve, its figures, what happened, the same questions over time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.runs.curves import CHOICES, show_run
from app.desktop.runs.samples import SampleTable
from app.desktop.runs.side import RunSide
from app.desktop.widgets.basics import Banner, Elided, Skeleton, button, clear, column, hairline, label, row, set_kind
from app.desktop.widgets.curve import CurveView
from app.desktop.widgets.flow import flow
from app.desktop.widgets.sides import Sides
from app.desktop.widgets.tab_order import follow_layouts
from app.workbench.bench import Workbench
from app.workbench.run_curve import learning
from app.workbench.run_row import RunRow
from app.workbench.run_words import pill
from pipeline.errors import VibetuneError

WIDE = 820  # pixels from which the column stands at the right instead of below


class RunView(QWidget):
    """The view of the run whose name is the key."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._run = bench, key
        self._choice = "loss"
        self._error: VibetuneError | None = None
        self._drawn: tuple[object, ...] = ()
        self._banner_state: tuple[object, ...] = ()
        self._build()
        runs = bench.runs
        runs.changed.connect(self._show)
        runs.progressed.connect(self._progressed)
        runs.failed.connect(self._failed)
        bench.selection.changed.connect(self._selected)
        self._show()

    def _build(self) -> None:
        self._title = label("", "card-title", name="run.title")
        self._about = Elided("", "muted")
        self._pill = label("", "pill", name="run.state")
        self._chips = {name: button(name, kind="chip", name=f"run.chip.{name}") for name in CHOICES}
        for name, chip in self._chips.items():
            chip.setCheckable(True)
            chip.setChecked(name == self._choice)
            chip.clicked.connect(lambda _checked=False, name=name: self._choose(name))
        self._compared = button("", icon="layers", kind="chip", name="run.compared")
        self._compared.clicked.connect(lambda: self._bench.run("run.overlay"))
        head = flow(
            self._title, self._pill, self._about, *self._chips.values(), self._compared, margins=(16, 10, 16, 10)
        )
        self._learning = label("", wraps=True, name="run.learning")
        self._term = label("", "term")
        self._banners = QVBoxLayout()
        self._banners.setContentsMargins(16, 0, 16, 0)
        self._curve = CurveView()
        self._curve.setObjectName("run.curve")
        self._samples = SampleTable()
        self._side = RunSide(self._bench, self._run)
        chart, below = QWidget(), QWidget()
        sentence = row(self._learning, self._term, margins=(16, 8, 16, 0))
        sentence.setStretch(0, 1)
        chart.setLayout(column(sentence, self._banners, self._curve, spacing=4))
        samples_head = row(label("Sample answers", "section"), None, margins=(16, 8, 16, 4))
        below.setLayout(column(samples_head, row(self._samples, margins=(10, 0, 0, 0)), spacing=0))
        self._below = below
        self._left = QSplitter(Qt.Orientation.Vertical)
        self._left.addWidget(chart)
        self._left.addWidget(below)
        self._left.setStretchFactor(0, 3)
        self._left.setStretchFactor(1, 1)
        body, inside = QWidget(), column(head, hairline(), spacing=0)
        inside.addWidget(Sides(self._left, self._side, wide=WIDE, sizes=(900, 350)), 1)
        body.setLayout(inside)
        self._pages = QStackedLayout()
        self._pages.addWidget(Skeleton(6))
        self._pages.addWidget(body)
        self.setLayout(self._pages)

    # reacting

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self._curve.setFocus()

    def _choose(self, name: str) -> None:
        self._choice = name
        for each, chip in self._chips.items():
            chip.setChecked(each == name)
        self._show_detail()

    @while_living
    def _selected(self, what: str) -> None:
        if what in {"compared", "cancelling"}:
            self._show()
        elif what == "edit":
            field, _, run = self._bench.selection.get("edit").partition(" ")
            if run == self._run:
                self._side.edit(field)

    @while_living
    def _progressed(self, name: str) -> None:
        if name == self._run or name in self._bench.selection.compared:
            self._show_detail()

    @while_living
    def _failed(self, name: str, error: VibetuneError) -> None:
        if name == self._run:
            self._error = error
            self._show()

    # showing

    @while_living
    def _show(self) -> None:
        if not self.isVisible() and self._title.text():
            return
        found = self._bench.runs.get(self._run)
        self._pages.setCurrentIndex(0 if found is None else 1)
        if found is None:
            return
        self._title.setText(found.short_name)
        self._title.setToolTip(found.name)
        rank = (self._bench.runs.plan_values(found.name) or {}).get("training.adapter.r")
        about = [found.plan_name, found.base, f"r {rank}" if rank else "", found.task]
        self._about.set_text(" · ".join(part for part in about if part))
        text, kind = pill(found)
        self._pill.setText(text)
        set_kind(self._pill, kind)
        self._side.show_run(found)
        self._show_banners(found)
        self._show_detail()

    def _show_detail(self) -> None:
        found = self._bench.runs.get(self._run)
        if found is None or (not self.isVisible() and self._learning.text()):
            return
        curve = self._bench.runs.curve(self._run)
        others = [self._bench.runs.curve(name) for name in self._bench.selection.compared if name != self._run]
        plans = [self._bench.runs.plan_values(name) for name in self._bench.selection.compared]
        state = (curve, others, plans, self._choice, found.step, found.state, found.eta_s)
        if _is_same(state, self._drawn):
            return
        self._drawn = state
        said = learning(curve)
        self._learning.setText(said.text)
        self._learning.setProperty("kind", "")
        self._term.setText(said.term)
        for name, series in CHOICES.items():
            has_points = bool(curve.series(series)) or found.is_live
            self._chips[name].setVisible(has_points or name == self._choice)  # an older run has fewer series
        show_run(self._curve, self._bench, found, curve, self._choice)
        self._side.show_events(self._bench.runs.events(self._run))
        self._side.show_against(found)
        samples = self._bench.runs.samples(self._run)
        self._below.setVisible(bool(samples))
        self._samples.show_rows(samples)
        compared = [name for name in self._bench.selection.compared if name != self._run]
        first = self._bench.runs.get(compared[0]) if compared else None
        more = f" and {len(compared) - 1} more" if len(compared) > 1 else ""
        self._compared.setText(f"with {first.short_name}{more}  ×" if first is not None else "compare")
        self._compared.setAccessibleName(self._compared.text())
        reason = self._bench.commands["run.overlay"].why_not(self._bench)
        self._compared.setToolTip(reason or "Lay the run before over this one, or take it off (C)")

    def _show_banners(self, found: RunRow) -> None:
        is_asking = self._bench.selection.get("cancelling") == self._run and found.state in {"preparing", "training"}
        state = (is_asking, found.error, found.state, self._error, bool(found.step))
        if state == self._banner_state:
            return
        self._banner_state = state
        clear(self._banners)
        if is_asking:
            self._banners.addWidget(self._cancel_banner(found))
        if self._error is not None:
            error = self._error
            self._banners.addWidget(Banner("warn", error.message, error.hint, code=error.code))
        if found.error is not None:
            self._banners.addWidget(self._error_banner(found))
        follow_layouts(self)

    def _cancel_banner(self, found: RunRow) -> Banner:
        bench = self._bench
        keep = button("Keep going", name="run.keep", on=lambda: bench.run("run.keep"))
        end = button("Cancel the run", icon="debug-stop", name="run.cancel_now", on=lambda: bench.run("run.cancel_now"))
        text = (
            f"It stops at step {found.step:,} of {found.total:,}. What it has saved stays, and it can be resumed later."
        )
        return Banner("warn", f"End {found.short_name} now?", text, end, keep)

    def _error_banner(self, found: RunRow) -> Banner:
        code, message, hint = found.error or ("", "", "")
        bench, buttons = self._bench, []
        if found.state in {"failed", "interrupted"}:
            text = (
                "Resume from the last saved point"
                if self._bench.runs.curve(self._run).checkpoints
                else "Start it again"
            )
            buttons.append(button(text, icon="debug-continue", name="run.go_on", on=lambda: bench.run("run.resume")))
        elif found.state == "trained":
            buttons.append(button("Evaluate", icon="graph", name="run.again", on=lambda: bench.run("run.evaluate")))
        buttons.append(button("Log", icon="output", name="run.log", on=lambda: bench.run("run.open_log")))
        return Banner("bad" if found.state in {"failed", "damaged"} else "warn", message, hint, *buttons, code=code)


def _is_same(state: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Whether nothing new is to be drawn; curves are told apart by identity, since comparing long ones takes time."""
    if len(state) != len(before) or state[0] is not before[0] or state[2:] != before[2:]:
        return False
    ours, theirs = state[1], before[1]
    assert isinstance(ours, list)  # noqa: S101 - the second part is the list of compared curves
    assert isinstance(theirs, list)  # noqa: S101
    return len(ours) == len(theirs) and all(one is other for one, other in zip(ours, theirs, strict=True))
