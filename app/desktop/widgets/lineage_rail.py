"""Where something comes from: steps below each other on a line, with their icons, names and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Elided, clear, column

RAIL = 26  # px


@dataclass(frozen=True)
class RailStep:
    """One step; `key` is what `activated` carries, empty where a click leads nowhere."""

    icon: str
    token: str
    text: str
    detail: str = ""
    key: str = ""


class _Step(QWidget):
    activated = Signal(str)

    def __init__(self, step: RailStep, *, is_last: bool) -> None:
        super().__init__()
        self._step, self._is_last = step, is_last
        title, detail = Elided(step.text), Elided(step.detail, "muted")
        self.setLayout(column(title, detail, spacing=1, margins=(RAIL + 4, 1, 0, 9)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{step.text}, {step.detail}")
        if step.key:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(120, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._is_last:
            painter.setPen(QPen(theme().color("border2"), 1))
            painter.drawLine(RAIL // 2 - 2, 22, RAIL // 2 - 2, self.height())
        draw_icon(painter, QRectF(3, 2, 16, 16), self._step.icon, self._step.token)
        if self.hasFocus():
            painter.setPen(QPen(theme().color("accent"), 1))
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 6), 4, 4)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        if self._step.key and self.rect().contains(event.position().toPoint()):
            self.activated.emit(self._step.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        if self._step.key and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.activated.emit(self._step.key)
        else:
            super().keyPressEvent(event)


class LineageRail(QWidget):
    """The steps, oldest first."""

    activated = Signal(str)

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._shown: tuple[RailStep, ...] = ()
        self._box: QVBoxLayout = column(spacing=0)
        self.setLayout(self._box)

    def show_steps(self, steps: Sequence[RailStep]) -> None:
        """Shows them."""
        if tuple(steps) == self._shown:
            return
        self._shown = tuple(steps)
        clear(self._box)
        for number, step in enumerate(steps):
            each = _Step(step, is_last=number == len(steps) - 1)
            each.activated.connect(self.activated)
            self._box.addWidget(each)
