"""Two parts beside each other where there is room, else below each other and scrolled as one; nothing is squeezed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSplitter, QWidget

LEAST_SCROLLED = 120  # pixels of a part that scrolls by itself


class Sides(QScrollArea):
    """`main` and `side` with a movable line between them.

    Args:
        wide: pixels from which they stand beside each other; 0: never.
        sizes: widths, or heights where they stand below each other.
        grows: which of the two takes what is left, 0 or 1.
    """

    def __init__(self, main: QWidget, side: QWidget, *, wide: int, sizes: tuple[int, int], grows: int = 0) -> None:
        super().__init__()
        self._parts, self._wide, self._sizes = [main, side], wide, sizes
        self._split = QSplitter(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        for part in self._parts:
            self._split.addWidget(part)
        self._split.setStretchFactor(grows, 1)
        self._split.setStretchFactor(1 - grows, 0)
        self._split.setChildrenCollapsible(False)
        self._split.setSizes(list(sizes))
        self.setWidget(self._split)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in self._parts:
            self._watch(part)
        self._is_fitting = False
        self._later = QTimer(self)  # parts tell of each of their changes; they are measured once for all
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._fit)

    def replace_side(self, side: QWidget) -> None:
        """Puts another widget in the place of the side, which is deleted."""
        old, self._parts[1] = self._parts[1], side
        self._split.replaceWidget(1, side)
        old.deleteLater()
        self._watch(side)
        self._later.start(0)

    def _watch(self, part: QWidget) -> None:
        for each in (part, *_inner(part)):
            each.installEventFilter(self)

    @property
    def is_wide(self) -> bool:
        """Whether they stand beside each other."""
        return self._split.orientation() == Qt.Orientation.Horizontal

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and not self._is_fitting:
            self._later.start(0)
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        if self._is_fitting:
            return
        self._is_fitting = True
        width = self.viewport().width()
        wanted = Qt.Orientation.Horizontal if self._wide and width >= self._wide else Qt.Orientation.Vertical
        has_turned = wanted != self._split.orientation()
        if has_turned:
            self._split.setOrientation(wanted)
        if wanted == Qt.Orientation.Horizontal:
            needed = max(_least(part, part.width(), whole=False) for part in self._parts)
            if has_turned:
                self._split.setSizes(list(self._sizes))
            for part in self._parts:
                part.setMinimumHeight(0)
        else:
            heights = [_least(part, width, whole=True) for part in self._parts]
            needed = sum(heights) + self._split.handleWidth()
            for part, height in zip(self._parts, heights, strict=True):
                part.setMinimumHeight(height)
        if self._split.minimumHeight() != needed:
            self._split.setMinimumHeight(needed)
        self._is_fitting = False


class Turning(QWidget):
    """Two parts beside each other with a line between, below each other where `wide` pixels are not there."""

    def __init__(self, left: QWidget, right: QWidget, *, wide: int) -> None:
        super().__init__()
        self._parts, self._wide, self._line = (left, right), wide, QFrame()
        self._line.setProperty("kind", "hairline")
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(left, 1)
        self._box.addWidget(self._line)
        self._box.addWidget(right, 1)
        self._turn(is_wide=True)

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        """Of the wider part alone: else it would never be asked to turn."""
        widths = [part.minimumSizeHint().width() for part in self._parts if not part.isHidden()]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._turn(is_wide=event.size().width() >= self._wide)

    def _turn(self, *, is_wide: bool) -> None:
        ways = QBoxLayout.Direction
        self._box.setDirection(ways.LeftToRight if is_wide else ways.TopToBottom)
        self._line.setFixedSize(1 if is_wide else 16777215, 16777215 if is_wide else 1)
        self._line.setMinimumSize(1, 1)


def _inner(part: QWidget) -> list[QWidget]:
    """What stands in a part that is a splitter, or that scrolls."""
    if isinstance(part, QSplitter):
        widgets = [widget for place in range(part.count()) if (widget := part.widget(place)) is not None]
        return [*widgets, *(inner for widget in widgets for inner in _inner(widget))]
    if isinstance(part, QScrollArea) and (inside := part.widget()) is not None:
        return [inside]
    return []


def _least(part: QWidget, width: int, *, whole: bool) -> int:
    """The height that a part needs at a width; `whole`: what scrolls by itself is shown whole."""
    if part.isHidden():
        return 0
    if isinstance(part, QSplitter):
        return _least_of_splitter(part, width, whole=whole)
    if isinstance(part, QScrollArea):
        inside = part.widget()
        return _least(inside, width, whole=True) if whole and inside is not None else LEAST_SCROLLED
    layout = part.layout()
    if layout is None:
        return max(0, part.minimumSizeHint().height())  # -1 where nothing is inside
    layout.activate()
    least = layout.totalMinimumSize().height()
    return max(layout.totalHeightForWidth(width), least) if layout.hasHeightForWidth() else least


def _least_of_splitter(part: QSplitter, width: int, *, whole: bool) -> int:
    inside = (part.widget(place) for place in range(part.count()))
    shown = [widget for widget in inside if widget is not None and not widget.isHidden()]
    if part.orientation() == Qt.Orientation.Horizontal:
        return max((_least(each, each.width(), whole=whole) for each in shown), default=0)
    heights = [_least(each, width, whole=whole) for each in shown]
    for each, height in zip(shown, heights, strict=True):
        if each.minimumHeight() != height:
            each.setMinimumHeight(height)
    return sum(heights) + part.handleWidth() * max(0, len(shown) - 1)
