"""How the plan came to be: every checkpoint and run, each as a diff; any of them can be taken back up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Elided, EmptyState, Segmented, button, column, hairline, label, row
from app.desktop.widgets.diff_view import DiffView
from app.desktop.widgets.flow import flow
from app.desktop.widgets.sides import Sides
from app.workbench.bench import Workbench
from app.workbench.history import Checkpoint
from app.workbench.quantities import ago
from app.workbench.run_words import pill
from pipeline.errors import Failed, VibetuneError

CHANGED, AGAINST = "What it changed", "Against the plan now"
MOST_RUNS = 50
WIDE = 700  # pixels from which the list stands beside the difference


@dataclass(frozen=True)
class Entry:
    """One line of the list: `saved`, `checkpoint` or `run`."""

    kind: str
    name: str
    title: str
    second: str
    is_undone: bool = False


class PlanHistory(QWidget):
    """List at the left, difference at the right."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        del key
        super().__init__()
        self._bench, self._plan, self._history = bench, bench.plan, bench.history
        self._entries: list[Entry] = []
        self.setProperty("surface", "panel")
        self.setAccessibleName("History of the plan")
        self.list = QListWidget()
        self.list.setObjectName("history.list")
        self.list.setAccessibleName("Checkpoints and runs, newest first")
        self.list.currentRowChanged.connect(lambda _row: self._show_diff())
        self.diff = DiffView("history.diff")
        self.mode = Segmented([CHANGED, AGAINST], CHANGED, name="history.mode")
        self.mode.chosen.connect(lambda _mode: self._show_diff())
        self._said = Elided("", "muted")
        self._undo = button("Undo", icon="discard", name="history.undo", on=lambda: bench.run("plan.undo"))
        self._redo = button("Apply again", icon="redo", name="history.redo", on=lambda: bench.run("plan.redo"))
        self._take = button("Use this text", name="history.take", on=self._use)
        self._take.setToolTip("Puts it into the editor; nothing is saved.")
        self._before, self._after, self._whole = "", "", ""
        self._build()
        bench.plan.changed.connect(self._show)
        bench.history.changed.connect(self._show)
        bench.runs.changed.connect(self._show)
        self._show()

    def _build(self) -> None:
        head = flow(self.mode, self._said, self._take, spacing=10, margins=(12, 8, 12, 8))
        right = QWidget()
        box = column(head, hairline(), spacing=0)
        box.addWidget(self.diff, 1)
        right.setLayout(box)
        left = QWidget()
        left.setLayout(
            column(row(self._undo, self._redo, None, margins=(12, 8, 12, 8)), hairline(), self.list, spacing=0)
        )
        self.list.setMinimumHeight(120)
        self.diff.setMinimumHeight(160)
        self._split = Sides(left, right, wide=WIDE, sizes=(300, 700), grows=1)
        self._empty = EmptyState(
            "history",
            "No checkpoint yet",
            "Each proposal that is applied, and each run, is kept here with the plan as it was.",
            button("Ask the assistant", name="history.ask", on=lambda: self._bench.run("assistant.focus")),
        )
        self.setLayout(column(self._split, self._empty, spacing=0))

    # the list

    @while_living
    def _show(self) -> None:
        self._undo.setEnabled(self._history.can_undo)
        self._redo.setEnabled(self._history.can_redo)
        entries = self._found()
        self._split.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        if entries != self._entries:
            chosen = self._entry()
            self._entries = entries
            self.list.blockSignals(True)
            self.list.clear()
            for entry in entries:
                self._add(entry)
            same = next(
                (
                    n
                    for n, each in enumerate(entries)
                    if chosen and (each.kind, each.name) == (chosen.kind, chosen.name)
                ),
                0,
            )
            self.list.setCurrentRow(same)
            self.list.blockSignals(False)
        self._show_diff()

    def _add(self, entry: Entry) -> None:
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}, {entry.second}")
        item.setToolTip(entry.second)
        item.setSizeHint(QSize(0, 48))
        self.list.addItem(item)
        line = QWidget()
        title = label(entry.title, "muted" if entry.is_undone else "section")
        line.setLayout(column(title, Elided(entry.second, "muted"), spacing=1, margins=(10, 4, 10, 4)))
        line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.list.setItemWidget(item, line)

    def _found(self) -> list[Entry]:
        entries = []
        if self._plan.is_dirty and self._plan.saved_text:
            entries.append(Entry("saved", "", "Not saved", "What was typed since the file was saved"))
        position = self._history.position
        timed = [(step.time, self._checkpoint(step, position)) for step in self._history.checkpoints]
        for run in self._bench.runs.runs[:MOST_RUNS]:
            moment = run.created_time
            second = " · ".join(part for part in (ago(moment), pill(run)[0]) if part)
            timed.append((moment, Entry("run", run.name, f"Run of {run.short_name}", second)))
        timed.sort(key=lambda pair: -pair[0])
        return entries + [entry for _, entry in timed]

    @staticmethod
    def _checkpoint(step: Checkpoint, position: int) -> Entry:
        is_undone = step.number > position
        title = f"{step.title}, checkpoint {step.number}{' (undone)' if is_undone else ''}"
        second = f"{ago(step.time)} · “{step.sentence}”" if step.sentence else ago(step.time)
        return Entry("checkpoint", str(step.number), title, second, is_undone)

    def _entry(self) -> Entry | None:
        number = self.list.currentRow()
        return self._entries[number] if 0 <= number < len(self._entries) else None

    # the difference

    def _show_diff(self) -> None:
        entry, path = self._entry(), self._plan.path
        if entry is None or path is None:
            return
        self.mode.setEnabled(entry.kind == "checkpoint")
        if entry.kind == "saved":
            self._put(self._plan.saved_text, self._plan.text, whole=self._plan.saved_text)
        elif entry.kind == "checkpoint":
            number = int(entry.name)
            there = self._history.text_at(number, path) or ""
            if self.mode.value == CHANGED:
                self._put(self._history.text_at(number - 1, path) or "", there, whole=there)
            else:
                self._put(there, self._plan.text, whole=there)
        else:
            self._read_run(entry.name)

    def _read_run(self, name: str) -> None:
        project, text = self._bench.project, self._plan.text
        if project is None:
            return
        self._bench.tasks.submit(
            lambda _job: (name, *_of_run(_frozen(project.run(name).plan), text)),
            done=self._show_run,
            failed=self._fail,
        )

    @while_living
    def _show_run(self, found: tuple[str, str, str]) -> None:
        name, before, after = found
        entry = self._entry()
        if entry is not None and entry.name == name:
            self._put(before, after, whole=before)

    @while_living
    def _fail(self, error: VibetuneError) -> None:
        self._said.set_text(error.message)

    def _put(self, before: str, after: str, *, whole: str) -> None:
        if (before, after) != (self._before, self._after) or not self.diff.rows:
            self._before, self._after = before, after
            self.diff.show_texts(before, after)
        self._whole = whole
        self._said.set_text(self.diff.statement)
        self._take.setEnabled(bool(whole) and whole != self._plan.text)

    def _use(self) -> None:
        self._plan.text_wanted.emit()
        self._plan.set_text(self._whole)
        self._bench.views.open("plan", str(self._plan.path))


def _frozen(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        hint = "The run's other files stay as they are; its plan can't be shown."
        raise Failed("run.no_plan", f"The plan of the run can't be read: {error}.", hint) from error


def _of_run(frozen: str, text: str) -> tuple[str, str]:
    """A run's plan has every field; the plan now is written out alike, so that only what differs shows."""
    from pipeline.plan.document import parse_plan
    from pipeline.plan.errors import PlanErrors
    from pipeline.plan.layout import dump_plan

    try:
        return frozen, dump_plan(parse_plan(text).plan)
    except PlanErrors:
        return frozen, text
