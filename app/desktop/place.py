"""A view's place in the docks: its widget is made when it is asked for, or after its place has been seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.desktop.living import AfterPaint
from app.desktop.views import VIEWS
from app.desktop.widgets.tab_order import in_order
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest


class Place(QWidget):
    """Holds one view; restored tabs that nobody looks at cost nothing."""

    def __init__(self, bench: Workbench, request: ViewRequest) -> None:
        super().__init__()
        self._bench, self.request = bench, request
        self.panel: QWidget | None = None
        self.setProperty("surface", "panel")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)

    def fill(self) -> QWidget:
        """The view's widget."""
        if self.panel is None:
            self.panel = VIEWS[self.request.kind].make(self._bench, self.request.key)
            box = self.layout()
            if box is not None:
                box.addWidget(self.panel)
        return self.panel

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        """The docks give the focus to what they hold; a focus proxy would make Tab jump over the panel's own start."""
        super().focusInEvent(event)
        focus_first(self.fill())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        if self.panel is None:
            AfterPaint(self, self._fill_if_seen)

    def _fill_if_seen(self) -> None:
        if self.isVisible():
            self.fill()

    @property
    def is_unsaved(self) -> bool:
        """Whether the view holds a text that isn't in its file."""
        return self.panel is not None and self.panel.isWindowModified()


def focus_first(panel: QWidget, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> bool:
    """Gives a view the keyboard: to itself, else to the first of its parts that takes it; False where none does.

    A view that was just made is not shown yet: what has its focus then gets the keyboard when it is.
    """
    if panel.focusProxy() is not None or panel.focusPolicy().value:
        panel.setFocus(reason)
        return True
    for child in in_order(panel):
        if child is not panel and child.isEnabled() and child.isVisibleTo(panel):
            child.setFocus(reason)
            return True
    return False
