"""Whether what a view says has the room that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QLabel,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from app.desktop.widgets.basics import Elided

SLACK = 1  # pixels that rounding may take


def misfits(panel: QWidget, width: int) -> list[str]:
    """What is cut off, as sentences; empty: everything fits into `width` pixels."""
    found = []
    if (needed := panel.minimumSizeHint().width()) > width:
        found.append(f"the panel needs {needed} of {width} pixels: {_widest(panel)}")
    for each in _seen(panel):
        if isinstance(each, QScrollArea):
            found += _wider_than_its_view(each)
        elif isinstance(each, Elided):
            found += _too_low(each) + _says_nothing(each)
        elif isinstance(each, QLabel) and each.text() and each.pixmap().isNull():
            found += _too_narrow(each) + _too_low(each)
        elif isinstance(each, QPushButton) and each.text():
            found += _cut_button(each)
        elif isinstance(each, QAbstractButton) and not isinstance(each, QToolButton) and each.text():
            found += _less_than_hint(each)
        if isinstance(each, QLabel | QAbstractButton):
            found += _beyond(each, panel)
    return found


def _seen(panel: QWidget) -> Iterator[QWidget]:
    for each in panel.findChildren(QWidget):
        if each.isVisible() and not _is_in_table(each):
            yield each


def _is_in_table(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return isinstance(parent, QAbstractItemView)


def _widest(widget: QWidget) -> str:
    """The chain of parts that makes a panel that wide."""
    inside = [each for each in widget.children() if isinstance(each, QWidget) and each.isVisible()]
    widest = max(inside, key=lambda each: max(each.minimumSizeHint().width(), each.minimumWidth()), default=None)
    if widest is None:
        return ""
    text = f"{_name(widest)} {max(widest.minimumSizeHint().width(), widest.minimumWidth())}"
    return f"{text} > {more}" if (more := _widest(widest)) else text


def _wider_than_its_view(area: QScrollArea) -> list[str]:
    inside = area.widget()
    is_fixed = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if inside is None or not is_fixed or inside.width() <= area.viewport().width() + SLACK:
        return []
    return [f"{_name(area)} shows {area.viewport().width()} of {inside.width()} pixels: {_widest(inside)}"]


def _too_narrow(label: QLabel) -> list[str]:
    needed = label.minimumSizeHint().width() if label.wordWrap() else label.sizeHint().width()
    if label.width() + SLACK >= needed:
        return []
    return [f"{_name(label)} has {label.width()} of {needed} pixels in width"]


def _too_low(label: QLabel) -> list[str]:
    needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
    if label.height() + SLACK >= needed:
        return []
    return [f"{_name(label)} has {label.height()} of {needed} pixels in height"]


def _says_nothing(label: Elided) -> list[str]:
    whole = label.accessibleName()
    if label.text() == whole:
        return []
    if not label.toolTip():
        return [f"{_name(label)} leaves something out and has no tooltip"]
    return [f"{_name(label)} shows only {label.text()!r}"] if len(label.text()) < 5 else []


def _cut_button(button: QPushButton) -> list[str]:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    inside = button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)
    needed = QFontMetricsF(_boldest(button)).horizontalAdvance(button.text())
    if not button.icon().isNull():
        needed += button.iconSize().width() + 4
    if inside.width() + SLACK >= needed and button.height() + SLACK >= button.minimumSizeHint().height():
        return []
    return [f"{_name(button)} has {inside.width()} × {button.height()} of {needed:.0f} × {button.sizeHint().height()}"]


def _boldest(button: QPushButton) -> QFont:
    """The face in which the style sheet draws it: its states may be bolder than the widget's own font."""
    face = QFont(button.font())
    if button.property("kind") == "primary" or (button.property("kind") == "segment" and button.isChecked()):
        face.setWeight(QFont.Weight.DemiBold)
    return face


def _less_than_hint(button: QAbstractButton) -> list[str]:
    hint = button.sizeHint()
    if button.width() + SLACK >= hint.width() and button.height() + SLACK >= hint.height():
        return []
    return [f"{_name(button)} has {button.width()} × {button.height()} of {hint.width()} × {hint.height()}"]


def _beyond(widget: QWidget, panel: QWidget) -> list[str]:
    """Whether it stands outside of what can be seen, or scrolled to."""
    parent = widget.parentWidget()
    while parent is not None and parent is not panel:
        above = parent.parentWidget()
        if isinstance(above, QWidget) and isinstance(above.parentWidget(), QAbstractScrollArea):
            return []  # its content can be scrolled to; its width is measured elsewhere
        parent = above
    place = QRect(widget.mapTo(panel, QPoint(0, 0)), widget.size())
    inside = panel.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
    return [] if inside.contains(place) else [f"{_name(widget)} at {place.getRect()} is outside of {inside.getRect()}"]


def _name(widget: QWidget) -> str:
    text = getattr(widget, "text", lambda: "")()
    return " ".join(
        part for part in (type(widget).__name__, widget.objectName(), repr(text[:60]) if text else "") if part
    )
