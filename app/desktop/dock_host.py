"""Docks behind a small interface: editor groups in the middle, side bars and a bottom panel around them.

Qt Advanced Docking is one person's binding that must match PySide6 exactly; nothing else in the desktop knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import PySide6QtAds as ads  # noqa: N813, its own documentation calls it so
from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

LAYOUT_VERSION = 1
_PLACES = {
    "left": ads.DockWidgetArea.LeftDockWidgetArea,
    "right": ads.DockWidgetArea.RightDockWidgetArea,
    "bottom": ads.DockWidgetArea.BottomDockWidgetArea,
}


class DockHost(QObject):
    """Puts widgets into tabs that can be split, moved and closed; names are unique and survive in saved layouts."""

    activated = Signal(str)
    closed = Signal(str)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        flag = ads.CDockManager.eConfigFlag
        for each, is_on in (
            (flag.FocusHighlighting, True),
            (flag.OpaqueSplitterResize, True),
            (flag.DockAreaHasUndockButton, False),
            (flag.DockAreaHasCloseButton, False),
            (flag.DockAreaDynamicTabsMenuButtonVisibility, True),
            (flag.AlwaysShowTabs, True),
            (flag.MiddleMouseButtonClosesTab, True),
            (flag.AllTabsHaveCloseButton, False),
            (flag.ActiveTabHasCloseButton, True),
        ):
            ads.CDockManager.setConfigFlag(each, is_on)
        self._manager = ads.CDockManager(window)
        self._manager.setStyleSheet("")
        middle = QFrame()
        middle.setProperty("surface", "panel")
        centre = ads.CDockWidget(self._manager, "centre", None)
        centre.setWidget(middle)
        centre.setFeature(ads.CDockWidget.NoTab, True)
        self._centre = self._manager.setCentralWidget(centre)
        self._last_centre: str = ""
        self._manager.focusedDockWidgetChanged.connect(self._focused)

    # docks

    def add(
        self,
        name: str,
        title: str,
        icon: QIcon,
        area: str,
        widget: QWidget,
        *,
        is_beside: bool = False,
        keeps: bool = False,
    ) -> None:
        """Shows a widget as a new tab of an area and brings it to the front.

        Args:
            is_beside: in a group of its own beside the others of the middle.
            keeps: hidden instead of deleted when its tab is closed.
        """
        dock = ads.CDockWidget(self._manager, title, None)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setIcon(icon)
        dock.setWidget(widget, ads.CDockWidget.ForceNoScrollArea)
        dock.setMinimumSizeHintMode(ads.CDockWidget.MinimumSizeHintFromDockWidget)
        dock.setFeature(ads.CDockWidget.DockWidgetFloatable, True)
        dock.setFeature(ads.CDockWidget.DockWidgetDeleteOnClose, not keeps)
        dock.setToggleViewActionMode(ads.CDockWidget.ActionModeShow)
        tab = dock.tabWidget()
        tab.setAccessibleName(title)
        tab.setIconSize(QSize(16, 16))
        tab.setElideMode(Qt.TextElideMode.ElideRight)
        dock.closed.connect(lambda: self.closed.emit(name))
        self._place(dock, area, is_beside=is_beside)
        self.show(name)

    def _place(self, dock: ads.CDockWidget, area: str, *, is_beside: bool) -> None:
        neighbour = self._neighbour(area)
        if area == "center":
            if neighbour is None:
                self._manager.addDockWidget(ads.DockWidgetArea.CenterDockWidgetArea, dock, self._centre)
            elif is_beside:
                self._manager.addDockWidget(ads.DockWidgetArea.RightDockWidgetArea, dock, neighbour)
            else:
                self._manager.addDockWidgetTabToArea(dock, neighbour)
            dock.setProperty("area", area)
            return
        if neighbour is not None:
            self._manager.addDockWidgetTabToArea(dock, neighbour)
        elif area == "bottom" and self._neighbour("center") is not None:
            self._manager.addDockWidget(_PLACES[area], dock, self._centre)
        else:
            self._manager.addDockWidget(_PLACES[area], dock)
        dock.setProperty("area", area)

    def _neighbour(self, area: str) -> ads.CDockAreaWidget | None:
        inside = [d for d in self._docks() if d.property("area") == area and not d.isClosed() and not d.isFloating()]
        if area == "center" and self._last_centre in self.names():
            last = self._manager.findDockWidget(self._last_centre)
            if last in inside:
                return last.dockAreaWidget()
        return inside[0].dockAreaWidget() if inside else None

    def _docks(self) -> Iterator[ads.CDockWidget]:
        return (d for name, d in self._manager.dockWidgetsMap().items() if name != "centre")

    def names(self) -> list[str]:
        """All docks, shown or hidden."""
        return [d.objectName() for d in self._docks()]

    def is_shown(self, name: str) -> bool:
        """Whether a dock is there and not closed."""
        dock = self._manager.findDockWidget(name)
        return dock is not None and not dock.isClosed()

    def widget(self, name: str) -> QWidget | None:
        """What a dock shows."""
        dock = self._manager.findDockWidget(name)
        return dock.widget() if dock is not None else None

    def show(self, name: str) -> None:
        """Opens a dock again and brings it to the front."""
        dock = self._manager.findDockWidget(name)
        if dock is None:
            return
        if dock.isClosed():
            dock.toggleView(True)
        dock.setAsCurrentTab()
        if dock.property("area") == "center":
            self._last_centre = name
        self.activated.emit(name)

    def hide(self, name: str) -> None:
        """Closes a dock without deleting it."""
        dock = self._manager.findDockWidget(name)
        if dock is not None and not dock.isClosed():
            dock.toggleView(False)

    def close(self, name: str) -> None:
        """Closes a dock for good, if it isn't one that keeps."""
        dock = self._manager.findDockWidget(name)
        if dock is not None:
            dock.closeDockWidget()

    def retitle(self, name: str, title: str, icon: QIcon | None = None) -> None:
        """Changes a tab's text."""
        dock = self._manager.findDockWidget(name)
        if dock is not None and dock.windowTitle() != title:
            dock.setWindowTitle(title)
        if dock is not None and icon is not None:
            dock.setIcon(icon)

    def resize(self, area: str, size: int, of: int) -> None:
        """Gives a side bar or the bottom panel `size` of the `of` pixels that it shares."""
        dock = next((d for d in self._docks() if d.property("area") == area and not d.isClosed()), None)
        if dock is None:
            return
        home = dock.dockAreaWidget()
        sizes = self._manager.splitterSizes(home)
        if len(sizes) < 2:
            return
        place = len(sizes) - 1 if area in ("right", "bottom") else 0
        rest = max(1, sum(sizes) - sizes[place])
        total = sum(sizes) or of
        wanted = round(total * size / of)
        scaled = [wanted if n == place else round(s * (total - wanted) / rest) for n, s in enumerate(sizes)]
        self._manager.setSplitterSizes(home, scaled)

    # layout

    def save(self) -> bytes:
        """The layout of all docks."""
        return bytes(self._manager.saveState(LAYOUT_VERSION).data())

    def restore(self, state: bytes, make: Callable[[], None]) -> bool:
        """Lays the docks out as saved; `make` adds the ones that the layout names first. False: it doesn't fit."""
        make()
        shown = {name: self.is_shown(name) for name in self.names()}
        if not self._manager.restoreState(QByteArray(state), LAYOUT_VERSION):
            return False
        for name, was in shown.items():
            dock = self._manager.findDockWidget(name)
            if dock is not None and was and dock.isClosed() and dock.property("area") == "center":
                dock.toggleView(True)
        return True

    def delete(self) -> None:
        """Takes all docks down, floating ones too: they would keep the application from ending."""
        self._manager.deleteLater()

    def _focused(self, _old: object, new: ads.CDockWidget | None) -> None:
        if new is None or new.objectName() == "centre":
            return
        if new.property("area") == "center":
            self._last_centre = new.objectName()
        self.activated.emit(new.objectName())
