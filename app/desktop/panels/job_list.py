"""Work in the background: what is under way, what ended, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import EmptyState, Picture, clear, column, label, row, scrolled, tool_button
from app.workbench.bench import Workbench
from app.workbench.tasks import Job

_STATES = {
    "running": ("sync", "accent", "under way"),
    "done": ("check", "good", "done"),
    "failed": ("error", "bad", "failed"),
    "cancelled": ("circle-slash", "muted", "stopped"),
}
REFRESH_MS = 300


class JobListPanel(QWidget):
    """All jobs since the window was opened, the newest first."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench = bench
        self.setObjectName("jobs")
        self.setProperty("surface", "panel")
        self._rows = column(spacing=0)
        inner = QWidget()
        inner.setLayout(column(self._rows, None, spacing=0, margins=(12, 4, 12, 8)))
        self._list = scrolled(inner, name="jobs.list", accessible="Jobs")
        self._shown: list[_JobRow] = []
        self._empty = EmptyState(
            "tasklist", "Nothing in the background", "Reading, preparing and starting show up here while they go on."
        )
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._update)
        self.setLayout(column(self._list, self._empty, spacing=0))
        bench.jobs.changed.connect(self._show)
        self._show()

    @while_living
    def _show(self) -> None:
        jobs = self._bench.jobs.jobs
        if [each.job for each in self._shown] != jobs:
            clear(self._rows)
            self._shown = [_JobRow(job) for job in jobs]
            for each in self._shown:
                self._rows.addWidget(each)
        self._empty.setVisible(not jobs)
        self._list.setVisible(bool(jobs))
        self._update()
        if self._bench.jobs.running:
            self._timer.start()
        else:
            self._timer.stop()

    def _update(self) -> None:
        for each in self._shown:
            each.refresh()


class _JobRow(QFrame):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.setProperty("kind", "list-row")
        self._picture = Picture("sync", "accent", 14)
        self._detail, self._time = label("", "muted"), label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName(f"Progress of {job.title}")
        self._stop = tool_button("debug-stop", f"Stop: {job.title}", name="jobs.stop", on=job.cancel, size=14)
        self.setLayout(
            row(
                self._picture,
                label(job.title),
                self._detail,
                None,
                self._bar,
                self._time,
                self._stop,
                spacing=10,
                margins=(4, 4, 4, 4),
            )
        )
        self._state = ""
        self.refresh()

    def refresh(self) -> None:
        """Shows how far it is."""
        job = self.job
        icon_name, token, word = _STATES[job.state]
        if job.state != self._state:
            self._state = job.state
            self._picture.show_icon(icon_name, token)
            is_running = job.state == "running"
            self._bar.setVisible(is_running)
            self._stop.setVisible(is_running)
        self._bar.setRange(0, 0 if job.fraction is None else 100)
        self._bar.setValue(round(100 * (job.fraction or 0)))
        told = job.error.message if job.error is not None else job.detail
        self._detail.setText(f"{word}: {told}" if told else word)
        self._time.setText(f"{job.seconds:.0f} s")
        self.setAccessibleName(f"{job.title}, {self._detail.text()}, {self._time.text()}")
