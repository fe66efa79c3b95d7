"""A frame that looks like a field and holds several things, and an area into which files are dropped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLayout, QWidget


def _polish(widget: QWidget) -> None:
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class FieldFrame(QFrame):
    """Outlined like a field; the outline follows the focus of the widget inside."""

    def __init__(self, layout: QLayout, inside: QWidget) -> None:
        super().__init__()
        self.setProperty("kind", "field")
        self.setLayout(layout)
        self.setFocusProxy(inside)
        inside.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if isinstance(event, QFocusEvent):
            self.setProperty("focused", event.type() == QEvent.Type.FocusIn)
            _polish(self)
        return False


class ClickableCard(QFrame):
    """A card that acts as a button: by click, Enter or Space; arrows go to its neighbours."""

    clicked = Signal()

    def __init__(self, layout: QLayout, name: str, statement: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setProperty("clickable", True)
        self.setObjectName(name)
        self.setAccessibleName(statement)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_chosen(self, is_chosen: bool) -> None:
        """Shows whether it is the chosen one."""
        if bool(self.property("chosen")) != is_chosen:
            self.setProperty("chosen", is_chosen)
            _polish(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)
