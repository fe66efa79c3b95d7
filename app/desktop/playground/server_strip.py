"""The playground's first line: the server's state, what it holds, and the button that starts or stops it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Elided, button, hairline, label, set_kind
from app.desktop.widgets.flow import Flow
from app.workbench.bench import Workbench

PILL_HEIGHT = 22  # twice its radius and a little: Qt draws it square otherwise
PILLS = {
    "ready": ("Ready", "pill-good"),
    "starting": ("Starting", "pill-accent"),
    "stopping": ("Stopping", "pill-warn"),
    "stopped": ("Stopped", "pill"),
    "failed": ("Failed", "pill-bad"),
}


class Places(QWidget):
    """Adapters that fit into one batch, as squares."""

    def __init__(self) -> None:
        super().__init__()
        self._taken, self._all = 0, 0
        theme().changed.connect(self.update)

    def show_places(self, taken: int, every: int) -> None:
        """Shows them."""
        self._taken, self._all = taken, every
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(f"{taken} of {every} places taken")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(max(1, 13 * self._all), 12)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number in range(self._all):
            is_taken = number < self._taken
            painter.setPen(theme().color("accent" if is_taken else "border2"))
            painter.setBrush(theme().color("accent" if is_taken else "bg2"))
            painter.drawRoundedRect(QRectF(number * 13 + 0.5, 0.5, 10, 10), 2, 2)


class ServerStrip(QFrame):
    """Follows the server store; the panel calls `show_server`."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self.setMinimumHeight(44)
        self.setObjectName("playground.server")
        self._pill = label("", "pill", name="playground.server.state")
        self._pill.setFixedHeight(PILL_HEIGHT)
        self._base, self._where = label("", "section"), Elided("", "muted")
        self._places, self._places_text = Places(), label("", "muted")
        self._disk = label("", "muted")
        self._line = hairline(is_vertical=True)
        self._line.setFixedHeight(24)
        self.start = button(
            "Start server", icon="debug-start", name="playground.start", on=lambda: bench.run("server.start")
        )
        self.stop = button(
            "Stop server", icon="debug-stop", name="playground.stop", on=lambda: bench.run("server.stop")
        )
        line = Flow(10, (16, 8, 16, 8))
        line.add(self._pill, self._base, self._where, self._line, self._places, self._places_text, self._disk)
        line.add(self.start, self.stop)
        self.setLayout(line)

    def show_server(self) -> None:
        """Shows how it is now."""
        server, adapters = self._bench.server, self._bench.adapters.adapters
        text, kind = PILLS[server.state]
        self._pill.setText(text)
        set_kind(self._pill, kind)
        is_ready = server.state == "ready"
        self._base.setText(server.base)
        where = f"vLLM · {server.url.removeprefix('http://')} · up {server.uptime}" if is_ready else ""
        self._where.set_text(f"loading {server.loading} …" if server.loading else where)
        held, slots = len(server.adapters), server.slots
        for widget in (self._line, self._places, self._places_text):
            widget.setVisible(is_ready and slots > 0)
        self._places.show_places(min(held, slots), slots)
        self._places_text.setText(f"{held} loaded, {slots} at once")
        self._places_text.setToolTip("Adapters that answer, and how many fit into one batch (max_loras)")
        self._disk.setText(f"{len(adapters)} on disk" if adapters else "no adapters yet")
        # Without a round the middle of the panel has that button, and says more.
        self.start.setVisible(server.state in ("stopped", "failed") and self._bench.playground.round is not None)
        self.stop.setVisible(server.state in ("ready", "starting"))
