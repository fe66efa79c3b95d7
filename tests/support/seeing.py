"""Whether what is drawn can be seen: contrasts measured in the picture itself, not in the colours that were meant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFontInfo, QImage, QMouseEvent, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QStyleOptionButton,
    QTextEdit,
    QWidget,
)

TEXT, LARGE, CONTROL = 4.5, 3.0, 3.0  # WCAG 2.2: 1.4.3 for text, 1.4.11 for what a control is known by
FINE = 3  # pixels of the picture for each pixel, so that strokes reach their full colour
FEW = 4  # pixels of a colour that are too few to be seen
FRAMED = frozenset({"field", "composer", "message", "drop", "segmented"})
Colours = NDArray[np.uint32]


def unseen(panel: QWidget) -> list[str]:
    """Texts, signs and outlines with too little contrast, as sentences."""
    found: list[str] = []
    for each in panel.findChildren(QWidget):
        if each.isVisible() and each.isEnabled():
            found += _of_text(each) + _of_button(each) + _of_rows(each) + _of_outline(each)
    return found


def picture(widget: QWidget, rect: QRect) -> Colours:
    """A part of a widget as it stands on its window, as colours 0xRRGGBB by row and column."""
    window = widget.window()
    place = QRect(widget.mapTo(window, rect.topLeft()), rect.size())
    image = QImage(place.size() * FINE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(FINE)
    image.fill(window.palette().window().color())
    window.render(image, QPoint(0, 0), QRegion(place))
    values = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    masked: Colours = values & np.uint32(0xFFFFFF)
    return masked


def strongest(colours: Colours) -> float:
    """The contrast between the ground, which is the most frequent colour, and what stands out most from it."""
    values, counts = np.unique(colours, return_counts=True)
    if not len(values):
        return 1.0
    ground = int(counts.argmax())
    light = _luminance(values[counts >= min(FEW, counts.max())])
    own = float(_luminance(values[ground : ground + 1])[0])
    return float(np.max((np.maximum(light, own) + 0.05) / (np.minimum(light, own) + 0.05)))


def _luminance(values: Colours) -> NDArray[np.float64]:
    """Relative luminance. Source: WCAG 2.2."""
    parts = np.stack([(values >> shift) & 0xFF for shift in (16, 8, 0)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return np.asarray([0.2126, 0.7152, 0.0722] @ linear, dtype=np.float64)


def _in_sight(widget: QWidget, rect: QRect | None = None) -> QRect:
    whole = rect if rect is not None else widget.rect()
    seen = whole.intersected(widget.visibleRegion().boundingRect())
    return seen if seen.height() >= min(8, whole.height()) and seen.width() > 2 else QRect()


def _needed(widget: QWidget) -> float:
    face = QFontInfo(widget.font())
    pixels = face.pixelSize()
    return LARGE if pixels >= 24 or (pixels >= 19 and face.weight() >= 600) else TEXT


def _of_text(widget: QWidget) -> list[str]:
    if isinstance(widget, QLabel):
        text = widget.text() if widget.pixmap().isNull() else ""
    elif isinstance(widget, QLineEdit):
        text = widget.text() or widget.placeholderText()
    elif isinstance(widget, QPlainTextEdit | QTextEdit):
        text = widget.toPlainText() or widget.placeholderText()
    else:
        return []
    inside = widget.rect().adjusted(2, 2, -2, -2) if not isinstance(widget, QLabel) else widget.rect()
    rect = _in_sight(widget, inside)
    if not text.strip() or rect.isEmpty():
        return []
    return _told(widget, text, "text", strongest(picture(widget, rect)), _needed(widget))


def _of_button(widget: QWidget) -> list[str]:
    if not isinstance(widget, QAbstractButton):
        return []
    rect = _in_sight(widget, widget.rect().adjusted(3, 3, -3, -3))
    if rect.isEmpty() or (isinstance(widget, QCheckBox) and not widget.text()):
        return []
    needed = TEXT if widget.text() else CONTROL
    name = widget.text() or widget.accessibleName()
    found = _told(widget, name, "button", strongest(picture(widget, rect)), needed)
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    _move_over(widget)
    found += _told(widget, name, "button under the pointer", strongest(picture(widget, rect)), needed)
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    return found


def _move_over(widget: QWidget) -> None:
    middle, none = QPointF(widget.rect().center()), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, middle, middle, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, move)


def _of_rows(widget: QWidget) -> list[str]:
    if not isinstance(widget, QAbstractItemView) or widget.model() is None:
        return []
    index, found = widget.model().index(0, 0, widget.rootIndex()), []
    seen = widget.viewport().visibleRegion().boundingRect()
    rect = widget.visualRect(index).intersected(seen) if index.isValid() else QRect()
    if rect.height() < 10 or rect.width() < 10 or not str(index.data() or "").strip():
        return []
    for state in ("row", "selected row"):
        if state == "selected row":
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            widget.selectionModel().select(index, flags)
            QApplication.processEvents()
        found += _told(widget, str(index.data()), state, strongest(picture(widget.viewport(), rect)), TEXT)
    return found


def _of_outline(widget: QWidget) -> list[str]:
    """A field is known by its outline: the left edge against what is beside it."""
    if isinstance(widget, QCheckBox) and type(widget).__name__ != "Tick":
        option = QStyleOptionButton()
        widget.initStyleOption(option)
        box = widget.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, widget)
    elif _is_outlined(widget):
        box = widget.rect()
    else:
        return []
    edge = QRect(box.left() - 3, box.center().y() - 3, 5, 7)
    place = QRect(widget.mapTo(widget.window(), edge.topLeft()), edge.size())
    if _in_sight(widget).isEmpty() or not widget.window().rect().contains(place):
        return []
    return _told(widget, widget.accessibleName(), "outline", strongest(picture(widget, edge)), CONTROL)


def _is_outlined(widget: QWidget) -> bool:
    kind = widget.property("kind")
    if isinstance(widget, QLineEdit):
        is_inside = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
        return kind != "bare" and not is_inside
    if isinstance(widget, QAbstractSpinBox | QComboBox):
        return True
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return bool(kind == "field")
    return isinstance(widget, QFrame) and kind in FRAMED


def _told(widget: QWidget, text: str, what: str, found: float, needed: float) -> list[str]:
    if found >= needed - 0.01:
        return []
    name = " ".join(
        part for part in (type(widget).__name__, widget.objectName(), f"[{widget.property('kind')}]") if part
    )
    return [f"{what} {text[:40]!r} of {name}: {found:.2f} of {needed}"]


def rows_of(found: list[str]) -> Iterator[str]:
    """Each finding once, however often it is drawn."""
    yield from dict.fromkeys(found)
