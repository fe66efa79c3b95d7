"""Whether a view can be used by keys and heard: controls have names, and Tab reaches each once, in reading order."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QWidget

from app.desktop.widgets.code_editor import CodeEditor
from tests.support.every_view import AFTER, BEFORE

TOLERANCE = 6  # pixels


def focusable(panel: QWidget) -> list[QWidget]:
    """What Tab should reach."""
    return [each for each in [panel, *panel.findChildren(QWidget)] if _takes_tab(each)]


def _takes_tab(widget: QWidget) -> bool:
    is_part = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
    wants = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return (
        wants
        and not _is_left_to_arrows(widget)
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusProxy() is None
        and not is_part
    )


def _group(widget: QWidget) -> list[QWidget]:
    """Of an exclusive group Tab reaches one; the arrows reach the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return [*group.buttons()] if group is not None and group.exclusive() else [widget]


def _is_left_to_arrows(widget: QWidget) -> bool:
    """Tab reaches the chosen one of an exclusive group, the arrows the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    chosen = group.checkedButton() if group is not None and group.exclusive() else None
    return chosen is not None and chosen is not widget


def nameless(panel: QWidget) -> list[str]:
    """Controls of which a screen reader would say nothing, or a class."""
    found = []
    for each in focusable(panel):
        interface = QAccessible.queryAccessibleInterface(each)
        name = interface.text(QAccessible.Text.Name).strip() if interface is not None else ""
        if not name or name in {cls.__name__ for cls in type(each).__mro__} or name == each.objectName():
            found.append(f"{_name(each)} is called {name!r}")
    return found


def walk(panel: QWidget) -> tuple[list[QWidget], list[str]]:
    """What Tab reaches between what stands before and after the view, and what holds it fast."""
    window = panel.window()
    each, end = window.findChild(QWidget, BEFORE), window.findChild(QWidget, AFTER)
    reached: list[QWidget] = []
    held: list[str] = []
    window.activateWindow()
    if each is not None:
        each.setFocus(Qt.FocusReason.TabFocusReason)
    while each is not None and each is not end and reached.count(each) < 2:
        if isinstance(each, CodeEditor):
            QTest.keyClick(each, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)  # from then on Tab leaves it
        QTest.keyClick(each, Qt.Key.Key_Tab)
        if window.focusWidget() is each:
            held.append(f"{_name(each)} holds Tab fast")
            each.focusNextPrevChild(True)
        each = window.focusWidget()
        if each is not None and each is not end:
            reached.append(each)
    QApplication.processEvents()
    return reached, held


def detours(panel: QWidget) -> list[str]:
    """What Tab misses, meets twice, or goes back to."""
    wanted = focusable(panel)
    reached, found = walk(panel)
    found += [f"Tab never reaches {_name(each)}" for each in wanted if not any(one in reached for one in _group(each))]
    found += [f"Tab meets {_name(each)} twice" for each in dict.fromkeys(reached) if reached.count(each) > 1]
    found += [
        f"Tab goes back from {_name(one)} to {_name(two)}"
        for one, two in pairwise(reached)
        if _goes_back(*_places(one, two))
    ]
    return found


def _goes_back(one: QRect, two: QRect) -> bool:
    """Up without being further to the right, or to the left within a line."""
    if two.bottom() <= one.top() + TOLERANCE:
        return two.left() < one.right() - TOLERANCE
    overlap = min(one.bottom(), two.bottom()) - max(one.top(), two.top())
    is_same_line = overlap > 0.5 * min(one.height(), two.height())
    return is_same_line and two.right() <= one.left() + TOLERANCE


def _places(one: QWidget, two: QWidget) -> tuple[QRect, QRect]:
    """Where both stand in the nearest widget around both; what is scrolled out of a part counts as at that part."""
    around = _line(one)
    common = next(each for each in _line(two) if each in around)
    return _place(one, common), _place(two, common)


def _line(widget: QWidget) -> list[QWidget]:
    found, each = [], widget.parentWidget()
    while each is not None:
        found.append(each)
        each = each.parentWidget()
    return found


def _place(widget: QWidget, common: QWidget) -> QRect:
    rect = QRect(widget.mapTo(common, QPoint(0, 0)), widget.size())
    branch = next((each for each in [widget, *_line(widget)] if each.parentWidget() is common), widget)
    return rect if branch.geometry().contains(rect) else branch.geometry()


def _name(widget: QWidget) -> str:
    return " ".join(
        part for part in (type(widget).__name__, widget.objectName() or widget.accessibleName()[:30]) if part
    )
