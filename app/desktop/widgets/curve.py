"""A chart of values over steps: several lines, marks, and a reading line that the arrow keys move."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.decimate import Point, Stretches, extremes, mean, smooth
from app.desktop.widgets.painted import Painted, Table, elide, text_width

LEFT, RIGHT, TOP, BOTTOM = 52, 190, 30, 42
MOST_DRAWN = 600  # stretches of a line, of each its lowest and its highest point: one for each pixel or two
MOST_SMOOTHED = 2000  # points: of more, means are smoothed instead
MANY = 240  # points from which a line is drawn in pieces
DASH, GAP = 6, 3  # pixels
SMOOTH_FROM = 24  # values: fewer are drawn as they are
LINE_GAP = 32  # pixels between two labels at the right


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        title: stands at its end, after its last value.
        points: step and value, by step.
        colour: colour.
        style: `noisy` is drawn faintly with its moving mean over it; `dots` joins few measured points; `dashed` is for
            comparison.
        term: the technical term, grey.
    """

    title: str
    points: Sequence[Point]
    colour: str = "accent"
    style: Literal["plain", "noisy", "dots", "dashed"] = "plain"
    term: str = ""


@dataclass(frozen=True)
class Mark:
    """A vertical mark; with an icon above, or words below."""

    step: int
    text: str = ""
    icon: str = ""


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two values, at most about `most`.

    Source:
        Heckbert, Nice Numbers for Graph Labels, Graphics Gems (1990).
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(1, most)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def spread(wanted: Sequence[float], gap: float, lowest: float) -> list[float]:
    """Places near the wanted ones, in the same order from the top, at least `gap` apart and none below `lowest`."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = list(wanted)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    limit = lowest
    for place in reversed(order):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - gap
    return placed


class CurveView(Painted):
    """The chart."""

    read_out = Signal(str)  # what stands at the reading line

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(190)
        self._lines: tuple[Line, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._total = 0
        self._now: int | None = None
        self._note = ""
        self._unit = ""
        self._at: int | None = None
        self._bounds: tuple[float, float, int] | None = None
        self._stretches: list[tuple[Stretches, Stretches]] = []  # of each line, its extremes and its means
        self._drawn: list[tuple[list[Point], list[Point]]] = []

    def show_lines(
        self,
        lines: Sequence[Line],
        *,
        marks: Sequence[Mark] = (),
        total: int = 0,
        now: int | None = None,
        note: str = "",
        unit: str = "",
    ) -> None:
        """Shows other lines.

        Args:
            lines: the first is the one that the arrow keys read.
            marks: vertical marks.
            total: planned steps; the axis reaches that far.
            now: step that is being trained; None: it doesn't run.
            note: stands at the right top, about what is still to come.
            unit: of the values.
        """
        self._lines, self._marks, self._total, self._now = tuple(lines), tuple(marks), total, now
        self._note, self._unit = note, unit
        self._drawn, self._bounds = [], None
        self._say()
        self.update()

    def _say(self) -> None:
        said = [
            f"{line.title}: {_number(line.points[0][1])} at first, {_number(line.points[-1][1])} at step "
            f"{line.points[-1][0]:,}"
            for line in self._lines
            if line.points
        ]
        self.say("Curve. " + ("; ".join(said) if said else "No values yet"))

    def table(self) -> Table:
        steps = sorted({step for line in self._lines for step, _ in line.points})
        columns = [dict(line.points) for line in self._lines]
        head = ["step", *(line.title for line in self._lines)]
        return [head, *([str(step), *(_cell(column.get(step)) for column in columns)] for step in steps)]

    # the reading line

    def step_by(self, by: int) -> str:
        """Moves the reading line along the first line's points and tells what stands there."""
        points = self._read_points()
        if not points:
            return ""
        if self._at is None:
            place = len(points) - 1 if by < 0 else 0
        else:
            place = max(0, min(len(points) - 1, _place_of(points, self._at) + by))
        return self._read_at(points[place][0])

    def _read_points(self) -> Sequence[Point]:
        return next((line.points for line in self._lines if line.points), ())

    def _read_at(self, step: int | None) -> str:
        self._at = step
        text = "" if step is None else self.text_at(step)
        self.setAccessibleDescription(text)
        self.update()
        self.read_out.emit(text)
        return text

    def text_at(self, step: int) -> str:
        """What the lines say at a step: the last value up to there."""
        parts = [f"step {step:,}"]
        for line in self._lines:
            place = bisect.bisect_right(line.points, (step, math.inf)) - 1
            if place >= 0:
                parts.append(f"{line.title} {_number(line.points[place][1])}")
        return " · ".join(parts)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        far = max(1, len(self._read_points()) // 10)
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -far,
            Qt.Key.Key_PageDown: far,
            Qt.Key.Key_Home: -(10**9),
            Qt.Key.Key_End: 10**9,
        }
        if event.key() in moves:
            self.step_by(moves[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape and self._at is not None:
            self._read_at(None)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        area, points = self._area(), self._read_points()
        if not points or not area.contains(event.position()):
            return
        wanted = self._step_at(event.position().x(), area)
        self._read_at(points[min(len(points) - 1, _place_of(points, wanted))][0])

    def leaveEvent(self, _event: object) -> None:  # noqa: N802, Qt's name
        if not self.hasFocus():
            self._read_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusOutEvent(event)
        self._read_at(None)

    # drawing

    def _area(self) -> QRectF:
        right = RIGHT if self.width() > 560 else 24
        return QRectF(LEFT, TOP, max(40, self.width() - LEFT - right), max(40, self.height() - TOP - BOTTOM))

    def _range(self) -> tuple[float, float, int]:
        if self._bounds is None:
            last = max([self._total, *(line.points[-1][0] for line in self._lines if line.points)], default=1)
            self._bounds = (*_bounds([value for raw, _ in self._points() for _, value in raw]), max(1, last))
        return self._bounds

    def _step_at(self, x: float, area: QRectF) -> int:
        return round((x - area.left()) / area.width() * self._range()[2])

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        low, high, last = self._range()

        def place(step: float, value: float) -> QPointF:
            return QPointF(
                area.left() + area.width() * step / last, area.bottom() - area.height() * (value - low) / (high - low)
            )

        self._draw_grid(painter, area, low, high, last)
        self._draw_marks(painter, area, last)
        for line, (raw, smoothed) in zip(self._lines, self._points(), strict=True):
            self._draw_line(painter, line, [place(*each) for each in raw], [place(*each) for each in smoothed])
        self._draw_titles(painter, area, low, high)
        self._draw_now(painter, area, last)
        self._draw_reading(painter, area, last)
        if self.hasFocus():
            painter.setPen(QPen(theme().color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _points(self) -> list[tuple[list[Point], list[Point]]]:
        """Of each line, what is drawn of its points and of their moving mean."""
        while len(self._stretches) < len(self._lines):
            self._stretches.append((Stretches(extremes), Stretches(mean)))
        if not self._drawn:
            pairs = zip(self._lines, self._stretches, strict=False)
            self._drawn = [(_raw(line, peaks), _smoothed(line, means)) for line, (peaks, means) in pairs]
        return self._drawn

    def _draw_grid(self, painter: QPainter, area: QRectF, low: float, high: float, last: int) -> None:
        painter.setFont(font(11, is_tabular=True))
        for value in ticks(low, high, max(2, int(area.height() / 44))):
            y = area.bottom() - area.height() * (value - low) / (high - low)
            painter.setPen(QPen(theme().color("border"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme().color("muted"))
            text = _tick(value)
            painter.drawText(QRectF(0, y - 9, LEFT - 10, 18), Qt.AlignmentFlag.AlignRight, text)
        painter.setPen(theme().color("muted"))
        free = area.right() + 14
        for value in ticks(0, last, max(2, int(area.width() / 110))):
            x = area.left() + area.width() * value / last
            box = QRectF(x - 40, area.bottom() + 22, 80, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"{value:,.0f}")
            free = max(free, x + text_width(f"{value:,.0f}", 11) / 2 + 8)
        if self.width() - area.right() + 10 > RIGHT:
            box = QRectF(free, area.bottom() + 22, 60, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "step")

    def _draw_marks(self, painter: QPainter, area: QRectF, last: int) -> None:
        painter.setFont(font(11))
        edge = -math.inf
        for mark in self._marks:
            x = area.left() + area.width() * mark.step / last
            is_last = mark.step >= last
            if mark.icon:
                if x - edge > 18 or edge == -math.inf:
                    draw_icon(painter, QRectF(x - 7, 8, 14, 14), mark.icon, "muted")
                    edge = x
                continue
            if not is_last:
                painter.setPen(QPen(theme().color("border2"), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            width = text_width(mark.text, 11)
            if area.width() / max(1, len([each for each in self._marks if each.text])) > width + 10:
                painter.setPen(theme().color("muted"))
                box = QRectF(x - width - 8, area.bottom() + 5, width + 4, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight, mark.text)

    def _draw_line(self, painter: QPainter, line: Line, raw: list[QPointF], smoothed: list[QPointF]) -> None:
        if not raw:
            return
        colour = theme().color(line.colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if smoothed:
            faint = theme().color(line.colour)
            faint.setAlphaF(0.5)
            painter.setPen(QPen(faint, 1))
            painter.drawPolyline(QPolygonF(raw))
            painter.setPen(QPen(colour, 2))
            painter.drawPolyline(QPolygonF(smoothed))
            return
        is_dashed = line.style == "dashed"
        if len(raw) > MANY:
            painter.setPen(QPen(colour, 1.5, c=Qt.PenCapStyle.SquareCap))
            painter.drawLines(_segments(raw, is_dashed=is_dashed))
        else:
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine))
            painter.drawPolyline(QPolygonF(raw))
        if line.style == "dots":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for point in raw if len(raw) < 60 else raw[-1:]:
                painter.drawEllipse(point, 3, 3)

    def _draw_titles(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        if self.width() - area.right() < RIGHT - 10:
            return
        lines = [line for line in self._lines if line.points]
        wanted = [area.bottom() - area.height() * (line.points[-1][1] - low) / (high - low) for line in lines]
        for line, y in zip(lines, spread(wanted, LINE_GAP, area.bottom() - 8), strict=True):
            value = line.points[-1][1]
            box = QRectF(area.right() + 14, y - 9, self.width() - area.right() - 18, 18)
            painter.setFont(font(12, 400 if line.style == "dashed" else 600))
            painter.setPen(theme().color("muted" if line.colour == "faint" else line.colour))
            text = elide(f"{_number(value)} {line.title}", 12, box.width(), weight=600)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
            if line.term:
                painter.setFont(font(11, is_mono=True))
                painter.setPen(theme().color("faint"))
                painter.drawText(box.translated(0, 15), Qt.AlignmentFlag.AlignLeft, line.term)

    def _draw_now(self, painter: QPainter, area: QRectF, last: int) -> None:
        if self._note:
            painter.setFont(font(12))
            painter.setPen(theme().color("muted"))
            box = QRectF(area.right() - 260, area.top() + 6, 252, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, self._note)
        if self._now is not None:
            self._draw_flag(painter, area, self._now, last, f"now {self._now:,}", "accent", "accentfg")

    def _draw_reading(self, painter: QPainter, area: QRectF, last: int) -> None:
        if self._at is not None:
            self._draw_flag(painter, area, self._at, last, self.text_at(self._at), "bg3", "strong")

    def _draw_flag(
        self, painter: QPainter, area: QRectF, step: int, last: int, text: str, ground: str, ink: str
    ) -> None:
        x = area.left() + area.width() * step / last
        painter.setPen(QPen(theme().color("accent" if ground == "accent" else "edge"), 1))
        painter.drawLine(QPointF(x, TOP - 6), QPointF(x, area.bottom()))
        width = text_width(text, 12, weight=600) + 16
        left = max(2.0, min(self.width() - width - 2, x - width / 2))
        box = QRectF(left, 4, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(ground))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme().color(ink))
        painter.setFont(font(12, 600, is_tabular=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _raw(line: Line, stretches: Stretches) -> list[Point]:
    kept = stretches.of(line.points, MOST_DRAWN)
    return kept if not kept or kept[-1] == line.points[-1] else [*kept, line.points[-1]]


def _smoothed(line: Line, means: Stretches) -> list[Point]:
    if line.style != "noisy" or len(line.points) < SMOOTH_FROM:
        return []
    few = means.of(line.points, MOST_SMOOTHED)
    return Stretches(extremes).of(smooth(few, max(3, len(few) // 16)), MOST_DRAWN)


def _segments(points: Sequence[QPointF], *, is_dashed: bool) -> list[QLineF]:
    """The pieces of a line, or of its dashes: one path that often crosses itself takes thirty times as long to draw."""
    pieces = starmap(QLineF, pairwise(points))
    return [each for each in pieces if not is_dashed or each.x1() % (DASH + GAP) < DASH]


def _place_of(points: Sequence[Point], step: int) -> int:
    return bisect.bisect_left(points, step, key=lambda point: point[0])


def _bounds(values: list[float]) -> tuple[float, float]:
    """Lowest and highest value, with some room above."""
    numbers = [value for value in values if math.isfinite(value)]
    if not numbers:
        return 0.0, 1.0
    low, high = min(0.0, min(numbers)), max(numbers)  # noqa: PLW3301, unpacking many values is slow
    if high <= low:
        high = low + 1
    return low, high + 0.04 * (high - low)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "no number"
    if value and abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _tick(value: float) -> str:
    if value and abs(value) < 0.001:
        return f"{value:.0e}"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.4g}"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
