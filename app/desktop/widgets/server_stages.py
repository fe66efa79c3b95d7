"""The stages of a start with their seconds, as a card with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Elided, column, label, row

ROW_HEIGHT = 26
GAP = 26


class StageLike(Protocol):
    """What is shown of a stage."""

    @property
    def text(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def is_done(self) -> bool: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def note(self) -> str: ...


class StageRow(QWidget):
    """Stages one after the other, in as many lines as the width asks for."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: tuple[StageLike, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_stages(self, stages: Sequence[StageLike]) -> None:
        """Shows them."""
        self._stages = tuple(stages)
        self.setAccessibleName("; ".join(_sentence(stage) for stage in stages))
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(300, ROW_HEIGHT * max(1, len(self._lines())))

    def resizeEvent(self, _event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(ROW_HEIGHT * max(1, len(self._lines())))

    def _width(self, stage: StageLike) -> float:
        metrics = QFontMetricsF(font(12))
        return 22 + metrics.horizontalAdvance(stage.text) + 8 + metrics.horizontalAdvance(_figure(stage) or " ")

    def _lines(self) -> list[list[StageLike]]:
        lines: list[list[StageLike]] = []
        left = 0.0
        for stage in self._stages:
            width = self._width(stage)
            if not lines or left + width > self.width():
                lines.append([])
                left = 0.0
            lines[-1].append(stage)
            left += width + GAP
        return lines

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = font(12, is_tabular=True)
        painter.setFont(face)
        for number, line in enumerate(self._lines()):
            left, top = 0.0, number * ROW_HEIGHT
            for place, stage in enumerate(line):
                if place:
                    painter.setPen(QPen(theme().color("border"), 1))
                    painter.drawLine(round(left - GAP / 2), top + 6, round(left - GAP / 2), top + ROW_HEIGHT - 6)
                self._paint_stage(painter, stage, left, top)
                left += self._width(stage) + GAP

    def _paint_stage(self, painter: QPainter, stage: StageLike, left: float, top: int) -> None:
        box = QRectF(left, top + (ROW_HEIGHT - 14) / 2, 14, 14)
        if stage.is_done:
            draw_icon(painter, box, "pass-filled", "good")
        elif stage.is_running:
            painter.setPen(QPen(theme().color("accent"), 1.6))
            painter.drawArc(box.adjusted(1, 1, -1, -1), 30 * 16, 240 * 16)
        else:
            draw_icon(painter, box, "circle-large", "faint")
        metrics = QFontMetricsF(font(12))
        painter.setPen(theme().color("text" if stage.is_done or stage.is_running else "muted"))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        width = metrics.horizontalAdvance(stage.text) + 2
        painter.drawText(QRectF(left + 22, top, width, ROW_HEIGHT), middle, stage.text)
        painter.setPen(theme().color("muted"))
        painter.drawText(QRectF(left + 22 + width + 6, top, 120, ROW_HEIGHT), middle, _figure(stage))


class ServerStages(QFrame):
    """A start under way: what starts, how long it still takes, and its stages."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("server.stages")
        self._what, self._left = Elided("", "muted"), label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("Progress of the start")
        self._row = StageRow()
        self._title = label("Starting the server", "section")
        head = row(self._title, 8)
        head.addWidget(self._what, 1)
        head.addWidget(self._left)
        self.setLayout(column(head, self._bar, self._row, spacing=10, margins=(14, 12, 14, 12)))

    def show_start(
        self, stages: Sequence[StageLike], *, what: str, seconds: float, seconds_left: float | None, fraction: float
    ) -> None:
        """Shows how far it is; `seconds_left` None: it can't be told."""
        self._what.set_text(what)
        told = f"{seconds:.0f} s"
        if seconds_left is not None:
            told += f", about {seconds_left:.0f} s left" if seconds_left >= 1 else ", longer than last time"
        self._left.setText(told)
        self._bar.setValue(round(fraction * 1000))
        self._row.show_stages(stages)


def _figure(stage: StageLike) -> str:
    if stage.is_running and stage.note:
        return stage.note
    return "" if stage.seconds is None else f"{stage.seconds:.1f} s"


def _sentence(stage: StageLike) -> str:
    state = "done" if stage.is_done else "under way" if stage.is_running else "to come"
    return f"{stage.text}: {state} {_figure(stage)}".strip()
