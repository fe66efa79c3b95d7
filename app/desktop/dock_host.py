"""Docks behind a small interface: editor groups in the middle, side bars and a bottom panel around them.

Qt Advanced Docking is one person's binding that must match PySide6 exactly; nothing else in the desktop knows it.
"""

from __future__ import annotations

from collections.abc import Iterator

import PySide6QtAds as ads  # noqa: N813, its own documentation calls it so
from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QMainWindow, QSplitter, QWidget

from app.desktop.theme.icons import icon as themed_icon

LAYOUT_VERSION = 1
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
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
        self._manager.dockAreaCreated.connect(self._watch_title_bar)
        self._manager.setStyleSheet("")
        self._manager.iconProvider().registerCustomIcon(ads.TabCloseIcon, themed_icon("close"))
        self._manager.iconProvider().registerCustomIcon(ads.DockAreaMenuIcon, themed_icon("ellipsis"))
        middle = QFrame()
        middle.setProperty("surface", "panel")
        centre = ads.CDockWidget(self._manager, "centre", self._manager)
        centre.setWidget(middle)
        centre.setFeature(ads.CDockWidget.NoTab, True)
        self._manager.setCentralWidget(centre)
        self._last_centre: str = ""
        self._manager.focusedDockWidgetChanged.connect(self._focused)

    def _watch_title_bar(self, area: ads.CDockAreaWidget) -> None:
        area.titleBar().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        """Keeps clicks from a title bar without tabs: Qt Advanced Docking 5.1.1 ends the program there."""
        if event.type() not in _PRESSES or not isinstance(watched, ads.CDockAreaTitleBar):
            return False
        return watched.tabBar().currentTab() is None

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
        # The parent makes Qt its owner: a dock without one is Python's, whose garbage collection takes it away.
        dock = ads.CDockWidget(self._manager, title, self._manager)
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
        self.stiffen()
        self.show(name)

    def _place(self, dock: ads.CDockWidget, area: str, *, is_beside: bool) -> None:
        neighbour = self._neighbour(area)
        if area == "center":
            if neighbour is None:
                self._manager.addDockWidget(ads.DockWidgetArea.CenterDockWidgetArea, dock, self._centre())
            elif is_beside:
                self._manager.addDockWidget(ads.DockWidgetArea.RightDockWidgetArea, dock, neighbour)
                self._halve(dock)
            else:
                self._manager.addDockWidgetTabToArea(dock, neighbour)
            dock.setProperty("area", area)
            return
        if neighbour is not None:
            self._manager.addDockWidgetTabToArea(dock, neighbour)
        elif area == "bottom" and self._neighbour("center") is not None:
            self._manager.addDockWidget(_PLACES[area], dock, self._centre())
        else:
            self._manager.addDockWidget(_PLACES[area], dock)
        dock.setProperty("area", area)

    def _centre(self) -> ads.CDockAreaWidget:
        """The group in the middle that is always there; restoring a layout makes it anew."""
        return self._manager.centralWidget().dockAreaWidget()

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

    def is_beside(self, name: str, other: str) -> bool:
        """Whether two docks are tabs of one group."""
        one, two = self._manager.findDockWidget(name), self._manager.findDockWidget(other)
        return one is not None and two is not None and one.dockAreaWidget() is two.dockAreaWidget()

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

    def resize(self, area: str, size: int) -> None:
        """Gives a side bar or the bottom panel `size` pixels of the window."""
        found = self._side(area)
        if found is None:
            return
        home, place = found
        sizes = self._manager.splitterSizes(home)
        middle = max((n for n in range(len(sizes)) if n != place), key=lambda n: sizes[n])
        sizes[middle] = max(1, sizes[middle] + sizes[place] - size)
        sizes[place] = size
        self._manager.setSplitterSizes(home, sizes)

    def size_of(self, area: str) -> int:
        """Pixels that a side bar or the bottom panel takes; 0: nothing is shown there."""
        found = self._side(area)
        return int(self._manager.splitterSizes(found[0])[found[1]]) if found is not None else 0

    def _side(self, area: str) -> tuple[ads.CDockAreaWidget, int] | None:
        """The group of a side, and its place in its splitter."""
        inside = [d for d in self._docks() if d.property("area") == area and not d.isClosed() and not d.isFloating()]
        if not inside:
            return None
        home = inside[0].dockAreaWidget()
        place = home.parentSplitter().indexOf(home)
        return (home, place) if len(self._manager.splitterSizes(home)) > 1 else None

    def stiffen(self) -> None:
        """Has the middle take what is gained or lost when the window, a side or a group changes its size."""
        sides = {d.dockAreaWidget() for d in self._docks() if d.property("area") != "center" and not d.isFloating()}
        for splitter in self._manager.findChildren(QSplitter):
            for place in range(splitter.count()):
                splitter.setStretchFactor(place, 0 if splitter.widget(place) in sides else 1)

    def move_beside(self, name: str) -> None:
        """Moves a tab of the middle into a group of its own, right of its group."""
        dock = self._manager.findDockWidget(name)
        if dock is None or dock.isFloating() or dock.dockAreaWidget().openDockWidgetsCount() < 2:
            return
        self._manager.addDockWidget(ads.DockWidgetArea.RightDockWidgetArea, dock, dock.dockAreaWidget())
        self._halve(dock)
        self.stiffen()
        self.show(name)

    def _halve(self, dock: ads.CDockWidget) -> None:
        """Gives a group that was put beside another half of what both have."""
        home = dock.dockAreaWidget()
        sizes, place = self._manager.splitterSizes(home), home.parentSplitter().indexOf(home)
        if place > 0:
            half = (sizes[place - 1] + sizes[place]) // 2
            sizes[place - 1 : place + 1] = [half, half]
            self._manager.setSplitterSizes(home, sizes)

    def forget(self, name: str) -> None:
        """Removes a dock with its widget, one that keeps too."""
        dock = self._manager.findDockWidget(name)
        if dock is not None:
            self._manager.removeDockWidget(dock)
            dock.deleteLater()

    # layout

    def save(self) -> bytes:
        """The layout of all docks."""
        return bytes(self._manager.saveState(LAYOUT_VERSION).data())

    def restore(self, state: bytes) -> bool:
        """Lays the docks out as saved; those that the layout doesn't name stay open. False: it doesn't fit."""
        shown = [name for name in self.names() if self.is_shown(name)]
        self._bury()
        if not self._manager.restoreState(QByteArray(state), LAYOUT_VERSION):
            return False
        self._bury()
        for name in shown:
            dock = self._manager.findDockWidget(name)
            if dock is not None and dock.isClosed() and dock.property("area") == "center":
                self._place(dock, "center", is_beside=False)
                dock.toggleView(True)
        self.stiffen()
        return True

    def _bury(self) -> None:
        """Deletes at once the floating windows that are marked for it.

        Qt Advanced Docking 5.1.1 restores them by their place in a list where the marked ones still stand, takes the
        manager from another's docks, and ends the program at their next use.
        """
        for window in self._manager.floatingWidgets():
            QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)

    def delete(self) -> None:
        """Takes all docks down, floating ones too: they would keep the application from ending."""
        self._manager.deleteLater()

    def _focused(self, _old: object, new: ads.CDockWidget | None) -> None:
        if new is None or new.objectName() == "centre" or self._manager.findDockWidget(new.objectName()) is not new:
            return  # Qt Advanced Docking tells every window of the focus in any of them
        if new.property("area") == "center":
            self._last_centre = new.objectName()
        self.activated.emit(new.objectName())
