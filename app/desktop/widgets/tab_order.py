"""Tab goes as one reads: by the layouts, from the top left on, also to what was added later."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def follow_layouts(root: QWidget) -> None:
    """Puts the focus order of everything inside in the order of the layouts; call it after parts have been rebuilt."""
    for one, two in pairwise(in_order(root)):
        QWidget.setTabOrder(one, two)


def in_order(widget: QWidget) -> Iterator[QWidget]:
    """What Tab reaches inside a widget, the widget first, as one reads.

    Qt's own `nextInFocusChain()` is no way to find it: PySide makes what that returns a child of what was asked, and a
    dock that got a button for its parent is deleted with the next collection of garbage.
    """
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, QSplitter):
        for place in range(widget.count()):
            if (part := widget.widget(place)) is not None:
                yield from in_order(part)
    elif isinstance(widget, QScrollArea):
        if (inside := widget.widget()) is not None:
            yield from in_order(inside)
    elif (layout := widget.layout()) is not None:
        yield from _of_layout(layout)


def _of_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield from in_order(widget)
        elif (inner := item.layout()) is not None:
            yield from _of_layout(inner)
