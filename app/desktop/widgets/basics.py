"""Small building blocks that every screen uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TypeVar

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.theme.icons import icon as themed_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.flow import flow

Item = QWidget | QLayout | int | None
Box = TypeVar("Box", bound=QBoxLayout)


def label(text: str = "", kind: str = "", *, wraps: bool = False, name: str = "") -> QLabel:
    """Plain text in one of the style sheet's kinds; markup in `text` is shown, never interpreted."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setWordWrap(wraps)
    made.setObjectName(name)
    return made


def without_marks(text: str) -> str:
    """A message without its code marks: labels show plain text."""
    return text.replace("`", "")


def set_kind(widget: QWidget, kind: str) -> None:
    """Gives a widget another look and has the style sheet look at it again."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class _Button(QPushButton):
    """Asks for the room of its bold face where its kind is drawn bold, as the style sheet itself doesn't."""

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        hint = super().sizeHint()
        kind = self.property("kind")
        if kind in {"primary", "segment"}:
            face = QFont(self.font())
            face.setWeight(QFont.Weight.DemiBold)
            plain = self.fontMetrics().horizontalAdvance(self.text())
            hint.setWidth(hint.width() + max(0, math.ceil(QFontMetricsF(face).horizontalAdvance(self.text())) - plain))
        if kind == "primary":
            hint.setWidth(hint.width() + 2)  # its outline is thicker while it has the focus
        return hint

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return self.sizeHint()


def button(
    text: str, *, icon: str = "", kind: str = "", name: str = "", on: Callable[[], object] | None = None, tip: str = ""
) -> QPushButton:
    """A button with an icon in the right colour; its text is its accessible name."""
    made = _Button(text)
    if icon:
        made.setIcon(themed_icon(icon, {"primary": "accentfg", "link": "accent"}.get(kind, "text")))
        made.setIconSize(QSize(20 if text else 16, 16))  # two pixels more on each side keep it off the text
    made.setProperty("kind", kind)
    made.setObjectName(name)
    made.setAccessibleName(text or tip)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if on is not None:
        made.clicked.connect(lambda _checked=False: on())
    return made


def keycap(text: str) -> QLabel:
    """A key as it is printed on a keyboard."""
    made = label(text, "keycap")
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def hairline(*, is_vertical: bool = False) -> QFrame:
    """One pixel between two things."""
    made = QFrame()
    made.setProperty("kind", "hairline")
    if is_vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def row(*items: Item, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0) -> QHBoxLayout:
    """Things side by side; None is a stretch, a number a gap in pixels."""
    return _filled(QHBoxLayout(), items, spacing, margins)


def column(*items: Item, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0) -> QVBoxLayout:
    """Things below each other; None is a stretch, a number a gap in pixels."""
    return _filled(QVBoxLayout(), items, spacing, margins)


def _filled(box: Box, items: Sequence[Item], spacing: int, margins: int | tuple[int, int, int, int]) -> Box:
    box.setSpacing(spacing)
    around = (margins,) * 4 if isinstance(margins, int) else margins
    box.setContentsMargins(*around)
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        elif isinstance(item, QLayout):
            box.addLayout(item)
        else:
            box.addWidget(item)
    return box


def card(*items: Item, spacing: int = 8, margins: int = 12, name: str = "") -> QFrame:
    """A card with things below each other."""
    made = QFrame()
    made.setProperty("kind", "card")
    made.setObjectName(name)
    made.setLayout(column(*items, spacing=spacing, margins=margins))
    return made


def clear(layout: QLayout) -> None:
    """Removes everything from a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Elided(QLabel):
    """A label that leaves out its middle where there is no room; the tooltip has the whole text."""

    def __init__(self, text: str = "", kind: str = "") -> None:
        super().__init__()
        self._around = 0  # pixels that the style sheet takes beside the text
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Shows another text."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(20, self.width() - self._around)
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room)
        self.setToolTip(self._whole if shown != self._whole else "")
        if shown != self.text():
            self.setText(shown)


class Pill(Elided):
    """A pill as wide as its text, narrower where there is no room."""

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802, Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.set_text(self._whole)

    def set_text(self, text: str) -> None:
        self.setText(text)
        wanted = self.sizeHint().width()
        self._around = wanted - self.fontMetrics().horizontalAdvance(text)
        self.setMaximumWidth(wanted + 2)  # widths of letters are no whole pixels
        super().set_text(text)


def tool_button(
    icon: str,
    text: str,
    *,
    name: str = "",
    on: Callable[[], object] | None = None,
    token: str = "muted",
    size: int = 16,
    kind: str = "",
) -> QToolButton:
    """A button that is only an icon; `text` is its tooltip and its accessible name."""
    made = QToolButton()
    made.setObjectName(name)
    made.setIcon(themed_icon(icon, token))
    made.setIconSize(QSize(size, size))
    made.setToolTip(text)
    made.setAccessibleName(text)
    made.setProperty("kind", kind)
    if on is not None:
        made.clicked.connect(lambda _checked=False: on())
    return made


def scrolled(inner: QWidget, *, name: str = "", accessible: str = "") -> QScrollArea:
    """A widget that scrolls up and down where it is higher than its place."""
    made = QScrollArea()
    made.setObjectName(name)
    made.setAccessibleName(accessible)
    made.setWidget(inner)
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


class Picture(QLabel):
    """An icon that follows the theme."""

    def __init__(self, name: str, token: str = "muted", size: int = 16) -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size
        self.setFixedSize(size, size)
        theme().changed.connect(self._draw)  # a bound method: Qt forgets it with the widget
        self._draw()

    def show_icon(self, name: str, token: str) -> None:
        """Shows another icon, or the same in another colour."""
        self._name, self._token = name, token
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(themed_icon(self._name, self._token).pixmap(self._size, self._size))


class EmptyState(QWidget):
    """What stands where nothing is yet, and the way on."""

    def __init__(self, icon: str, title: str, text: str, *buttons: QPushButton) -> None:
        super().__init__()
        self._picture = Picture(icon, "faint", 40)
        parts: list[QWidget] = [self._picture, label(title, "card-title"), label(text, "muted", wraps=True), *buttons]
        box = column(None, spacing=10, margins=24)
        for part in parts:
            if isinstance(part, QLabel) and part is not self._picture:
                part.setAlignment(Qt.AlignmentFlag.AlignCenter)
                box.addWidget(part)
            else:
                box.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        self.setLayout(box)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        """Where the place is low, the words have it."""
        super().resizeEvent(event)
        box = self.layout()
        if box is not None:
            needed = box.totalHeightForWidth(self.width())
            needed += 0 if self._picture.isVisibleTo(self) else 50
            self._picture.setVisible(self.height() >= needed)


class Message(QFrame):
    """Something to know: what, why, what to do.

    Args:
        tone: good, bad, warn or info.
        corner: what stands at the right of the title.
    """

    _SIGNS = MappingProxyType(
        {
            "good": ("pass-filled", "good"),
            "bad": ("error", "bad"),
            "warn": ("warning", "warn"),
            "info": ("info", "accent"),
        }
    )

    def __init__(self, tone: str, title: str, text: str, buttons: Sequence[QPushButton], corner: QWidget) -> None:
        super().__init__()
        end = "" if title.endswith((".", "?", ":")) or not text else "."
        self.setAccessibleName(f"{title}{end} {text}".strip())
        head = row(label(title, "section", wraps=True))
        head.setStretch(0, 1)
        head.addWidget(corner, 0, Qt.AlignmentFlag.AlignTop)
        words = column(head, spacing=6)
        if text:
            words.addWidget(label(text, wraps=True))
        if buttons:
            words.addWidget(flow(*buttons))
        body = row(spacing=10, margins=(12, 10, 12, 10))
        body.addWidget(Picture(*self._SIGNS[tone], 16), 0, Qt.AlignmentFlag.AlignTop)
        body.addLayout(words, 1)
        self.setLayout(body)


class Banner(Message):
    """A message in place."""

    def __init__(self, tone: str, title: str, text: str = "", *buttons: QPushButton, code: str = "") -> None:
        super().__init__(tone, title, text, buttons, label(code, "term"))
        self.setProperty("kind", f"banner-{tone}")


class Skeleton(QWidget):
    """Grey bars where rows will be."""

    def __init__(self, rows: int = 5) -> None:
        super().__init__()
        self._rows = rows
        self.setMinimumHeight(rows * 34)
        self.setAccessibleName("Loading")
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("bg3"))
        for number in range(self._rows):
            width = (0.62, 0.44, 0.7, 0.5, 0.58)[number % 5] * self.width()
            painter.drawRoundedRect(QRectF(12, 12 + number * 34, width, 8), 3, 3)


class Segmented(QFrame):
    """A few choices side by side, one of them chosen."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[str], value: str = "", *, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        box = row(spacing=2, margins=2)
        for option in options:
            each = button(option, kind="segment", name=f"{name}.{option}")
            each.setCheckable(True)
            each.setChecked(option == value)
            self._group.addButton(each)
            box.addWidget(each)
            each.clicked.connect(lambda _checked=False, option=option: self.chosen.emit(option))
        self.setLayout(box)
        self.setProperty("kind", "segmented")

    @property
    def value(self) -> str:
        """The chosen option, empty if none is."""
        found = self._group.checkedButton()
        return found.text() if found is not None else ""

    def choose(self, option: str) -> None:
        """Chooses without telling."""
        for each in self._group.buttons():
            each.setChecked(each.text() == option)
