"""Beside a run's curve: what can be done, its figures, what happened, tags and note, and what differs from another."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.desktop.widgets.basics import Elided, button, clear, column, hairline, label, row
from app.desktop.widgets.event_line import EventLine, EventLines
from app.desktop.widgets.flow import flow
from app.desktop.widgets.stat import Stat
from app.workbench.bench import Workbench
from app.workbench.quantities import age, clock, duration, size
from app.workbench.run_curve import RunEvent
from app.workbench.run_row import RunRow
from app.workbench.run_words import progress

MOST_EVENTS, MOST_FIELDS = 300, 8


class RunSide(QWidget):
    """The column at the right."""

    def __init__(self, bench: Workbench, run: str) -> None:
        super().__init__()
        self._bench, self._run = bench, run
        self._differences: tuple[object, ...] = ()
        self.setMinimumWidth(260)
        run_ = bench.run
        self._pause = button("Pause", icon="debug-pause", name="run.pause", on=lambda: run_("run.pause"))
        self._resume = button("Resume", icon="debug-continue", name="run.resume", on=lambda: run_("run.resume"))
        self._cancel = button("Cancel …", icon="debug-stop", name="run.cancel", on=lambda: run_("run.cancel"))
        self._evaluate = button("Evaluate", icon="graph", name="run.evaluate", on=lambda: run_("run.evaluate"))
        self._verdict = button("Read the verdict", icon="law", kind="primary", name="run.verdict")
        self._verdict.clicked.connect(lambda: run_("run.open_verdict"))
        self._safe = label("runs on if you close this", "muted")
        self._time, self._memory = Stat("Time", name="run.time"), Stat("Memory", name="run.memory")
        self._events = EventLines("run.events", "What happened, newest first")
        self._events.setMinimumHeight(140)
        self._tags = self._field("run.tags", "tags, separated by spaces", "Tags of this run")
        self._note = self._field("run.note", "note", "Note on this run")
        self._tags.editingFinished.connect(self._save_tags)
        self._note.editingFinished.connect(self._save_note)
        self._against_title = Elided("", "section")
        self._against = QGridLayout()
        self._against_box = QWidget()
        self._against.setContentsMargins(0, 0, 0, 0)
        self._against.setVerticalSpacing(4)
        self._more = button("", kind="link", name="run.compare", on=lambda: run_("run.compare"))
        against_head = row(self._against_title, self._more)
        against_head.setStretch(0, 1)
        self._against_box.setLayout(column(hairline(), against_head, self._against, spacing=8))
        buttons = flow(self._pause, self._resume, self._cancel, self._evaluate, self._verdict, None, self._safe)
        self.setLayout(
            column(
                buttons,
                row(self._time, self._memory, spacing=20),
                hairline(),
                row(label("What happened", "section"), None, label("events.jsonl", "term")),
                self._events,
                hairline(),
                self._tags,
                self._note,
                self._against_box,
                spacing=10,
                margins=(16, 12, 16, 12),
            )
        )

    def _field(self, name: str, placeholder: str, accessible: str) -> QLineEdit:
        made = QLineEdit()
        made.setObjectName(name)
        made.setPlaceholderText(placeholder)
        made.setAccessibleName(accessible)
        return made

    def edit(self, what: str) -> None:
        """Puts the caret into `tags` or `note`."""
        field = self._tags if what == "tags" else self._note
        field.setFocus()
        field.selectAll()

    def _save_tags(self) -> None:
        tags = tuple(self._tags.text().replace(",", " ").replace("#", " ").split())
        found = self._bench.runs.get(self._run)
        if found is not None and found.tags != tags:
            self._bench.runs.tag(self._run, *tags)

    def _save_note(self) -> None:
        found = self._bench.runs.get(self._run)
        if found is not None and found.note != self._note.text().strip():
            self._bench.runs.note(self._run, self._note.text())

    def show_run(self, found: RunRow) -> None:
        """Shows a run's present state."""
        busy = self._bench.runs.busy.get(found.name)
        is_training = found.state in {"preparing", "training"}
        self._pause.setVisible(is_training)
        self._cancel.setVisible(is_training)
        self._resume.setVisible(found.state in {"paused", "cancelled", "failed", "interrupted"})
        self._evaluate.setVisible(found.state == "trained")
        self._verdict.setVisible(found.verdict is not None and found.state == "finished")
        for each in (self._pause, self._cancel, self._resume, self._evaluate):
            each.setEnabled(busy is None)
        self._safe.setText(f"{busy} …" if busy else "runs on if you close this")
        self._safe.setVisible(found.is_live or busy is not None)
        self._show_figures(found)
        if not self._tags.hasFocus():
            self._tags.setText(" ".join(f"#{tag}" for tag in found.tags))
        if not self._note.hasFocus():
            self._note.setText(found.note)

    def _show_figures(self, found: RunRow) -> None:
        if found.is_live:
            left = f"{duration(found.eta_s)} left" if found.eta_s is not None else "estimating"
            self._time.show_value(left, f"{clock(found.elapsed_s)} so far · {progress(found)}", found.fraction)
        else:
            stages = " · ".join(f"{name} {duration(spent)}" for name, spent in found.seconds)
            self._time.show_value(duration(found.elapsed_s), stages or progress(found))
        self._show_memory(found)

    def _show_memory(self, found: RunRow) -> None:
        now, peak = found.memory_bytes, found.memory_peak_bytes
        self._memory.setVisible(peak is not None)
        if peak is None:
            return
        total = getattr(self._bench.machine, "memory_total", 0) or 0
        most = f"{size(peak)} at most"
        note = [f"estimated {size(found.memory_estimate_bytes)}"] if found.memory_estimate_bytes else []
        note += [f"{size(total)} in this machine"] if total else []
        if now is None:
            self._memory.show_value(most, ", ".join(note))
        else:
            self._memory.show_value(f"{size(now)} now", ", ".join([most, *note]), now / total if total else None)

    def show_events(self, events: tuple[RunEvent, ...]) -> None:
        """Shows what happened, newest first."""
        now = time.time()
        tokens = {"info": "accent", "good": "good", "warn": "warn", "bad": "bad"}
        self._events.show_lines(
            [
                EventLine(each.icon, tokens[each.tone], each.title, each.detail, age(each.time, now))
                for each in reversed(events[-MOST_EVENTS:])
            ]
        )

    def show_against(self, found: RunRow) -> None:
        """Shows which settings differ from the first compared run."""
        others = [name for name in self._bench.selection.compared if name != found.name]
        other = self._bench.runs.get(others[0]) if others else None
        self._against_box.setVisible(other is not None)
        if other is None:
            return
        mine, theirs = self._bench.runs.plan_values(found.name), self._bench.runs.plan_values(other.name)
        if mine is None or theirs is None:
            self._against_title.set_text(f"Against {other.short_name}")
            self._more.setText("reading the plans")
            return
        names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
        rows = [(name, mine.get(name, "–"), theirs.get(name, "–")) for name in names[:MOST_FIELDS]]
        rows.append(("unseen loss", _loss(found), _loss(other)))
        state = (other.name, tuple(rows))
        if state == self._differences:
            return
        self._differences = state
        self._against_title.set_text(f"Against {other.short_name}")
        self._more.setText(
            f"{len(names)} setting{'' if len(names) == 1 else 's'} differ{'s' if len(names) == 1 else ''}"
        )
        self._more.setAccessibleName(self._more.text())
        clear(self._against)
        for place, (name, ours, others_) in enumerate(rows):
            for column_, text, kind in ((0, name.rpartition(".")[2], "term"), (1, ours, ""), (2, others_, "muted")):
                cell = Elided(text, kind)
                self._against.addWidget(cell, place, column_)


def _loss(found: RunRow) -> str:
    return f"{found.validation_loss:.3g}" if found.validation_loss is not None else "–"
