"""One station of a pipeline, and the arrow to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import elide, text_width

NodeState = Literal["todo", "live", "done", "bad", "warn"]
HEIGHT = 60
_SIGNS = {
    "todo": ("circle-large", "muted"),
    "live": ("sync", "accent"),
    "done": ("pass-filled", "good"),
    "bad": ("error", "bad"),
    "warn": ("warning", "warn"),
}
_WORDS = {"todo": "to come", "live": "under way", "done": "done", "bad": "stopped", "warn": "to look at"}


@dataclass(frozen=True)
class NodeText:
    """What a station shows; `fraction` fills its bar."""

    title: str
    what: str = ""
    detail: str = ""
    state: NodeState = "todo"
    fraction: float | None = None


class PipelineNode(QAbstractButton):
    """A station that can be pressed."""

    def __init__(self, icon: str, title: str, name: str) -> None:
        super().__init__()
        self._icon, self.shown = icon, NodeText(title)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.update)
        self.show_text(self.shown)

    def show_text(self, text: NodeText) -> None:
        """Shows another state."""
        self.shown = text
        self.setAccessibleName(f"{text.title}, {_WORDS[text.state]}: {text.what}. {text.detail}")
        self.setToolTip(f"{text.title}: {text.what}\n{text.detail}".strip())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(220, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(96, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter, text = QPainter(self), self.shown
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_live = text.state == "live"
        ground = "accentbg" if is_live else ("hover" if self.underMouse() else "bg2")
        painter.setBrush(theme().color(ground))
        edge = "accent" if is_live or self.hasFocus() else "border"
        painter.setPen(QPen(theme().color(edge), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        draw_icon(
            painter, QRectF(12, 11, 16, 16), self._icon, {"done": "good", "live": "accent"}.get(text.state, "muted")
        )
        sign, token = _SIGNS[text.state]
        draw_icon(painter, QRectF(self.width() - 27, 11, 15, 15), sign, token)
        painter.setFont(font(13, 600))
        painter.setPen(theme().color("strong"))
        painter.drawText(QRectF(38, 10, 120, 18), 0, text.title)
        left = 38 + text_width(text.title, 13, weight=600) + 8
        painter.setFont(font(12))
        painter.setPen(theme().color("text"))
        room = self.width() - left - 34
        painter.drawText(QRectF(left, 11, room, 18), 0, elide(text.what, 12, room))
        painter.setPen(theme().color("muted"))
        room = self.width() - 50
        painter.drawText(QRectF(38, 30, room, 18), 0, elide(text.detail, 12, room))
        if text.fraction is not None:
            self._draw_bar(painter, text.fraction)

    def _draw_bar(self, painter: QPainter, fraction: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        rect = QRectF(12, self.height() - 9, self.width() - 24, 3)
        painter.setBrush(theme().color("bg3"))
        painter.drawRoundedRect(rect, 1.5, 1.5)
        painter.setBrush(theme().color("accent"))
        painter.drawRoundedRect(QRectF(rect.left(), rect.top(), rect.width() * fraction, 3), 1.5, 1.5)


class PipelineEdge(QWidget):
    """The arrow between two stations; solid once the first is done."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(44, HEIGHT)
        self._is_done = False
        theme().changed.connect(self.update)

    def set_done(self, is_done: bool) -> None:
        """Whether the way has been gone."""
        if is_done != self._is_done:
            self._is_done = is_done
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme().color("good" if self._is_done else "edge")
        middle = self.height() / 2
        style = Qt.PenStyle.SolidLine if self._is_done else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 1.5, style))
        painter.drawLine(QPointF(2, middle), QPointF(self.width() - 9, middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        tip = self.width() - 2
        painter.drawPolygon(
            QPolygonF([QPointF(tip, middle), QPointF(tip - 8, middle - 4), QPointF(tip - 8, middle + 4)])
        )
