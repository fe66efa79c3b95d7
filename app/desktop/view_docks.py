"""The views of one window in their docks: opened, closed, remembered, and laid out as they were."""

from __future__ import annotations

import base64
from pathlib import Path
from weakref import WeakSet

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.desktop.dock_host import DockHost
from app.desktop.living import while_living
from app.desktop.place import Place, focus_first
from app.desktop.theme.icons import icon
from app.desktop.views import VIEWS
from app.desktop.widgets.code_editor import CodeEditor
from app.workbench.bench import Workbench
from app.workbench.layout_file import Layout, SavedView
from app.workbench.views import ViewRequest

SIZES = {"left": 264, "right": 420, "bottom": 220}  # pixels
AT_START = {"left": "explorer", "right": "assistant", "bottom": "problems"}
NOTHING = ViewRequest("")


class ViewDocks(QObject):
    """Knows which views are open."""

    focus_changed = Signal(str)  # kind of the view that has the focus

    def __init__(self, bench: Workbench, window: QMainWindow) -> None:
        super().__init__(window)
        self._bench, self._window = bench, window
        self.host = DockHost(window)
        self._closed: list[ViewRequest] = []
        self._hidden: dict[str, list[str]] = {}
        self._followed: WeakSet[CodeEditor] = WeakSet()
        self._recent: list[str] = []  # names of the middle's tabs, the last seen first
        self._requests: dict[str, ViewRequest] = {}  # name → what it shows; a closed dock is gone when that is told
        self.host.activated.connect(self._activated)
        self.host.closed.connect(self._was_closed)
        bench.views.requested.connect(self.open)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    # opening and closing

    @while_living
    def open(self, request: ViewRequest) -> None:
        """Shows a view: brings its tab to the front, or makes it."""
        focus = QApplication.focusWidget() if request.keeps_focus else None
        place = self._add(request)
        panel = place.fill()
        self.host.show(_name(request))
        self._widen(VIEWS[request.kind].area)
        if VIEWS[request.kind].area == "left":  # one at a time: the activity bar is what changes them
            for name in self.shown("left"):
                if name != request.kind and self.host.is_beside(name, request.kind):
                    self.host.hide(name)
        if focus is not None and focus.isVisible():
            focus.setFocus()
        else:
            focus_first(panel)

    def _add(self, request: ViewRequest) -> Place:
        view, name = VIEWS[request.kind], _name(request)
        if (found := self.place(name)) is not None:
            return found
        place = Place(self._bench, ViewRequest(request.kind, request.key))
        self._requests[name] = place.request
        sizes = {area: self.host.size_of(area) or size for area, size in SIZES.items()}
        self.host.add(
            name,
            self.title(request),
            icon(view.icon),
            view.area,
            place,
            is_beside=request.is_beside,
            keeps=view.area != "center",
        )
        if view.area in SIZES:
            for area, size in sizes.items():  # a new dock must not squeeze the others
                self.host.resize(area, size)
        return place

    def _widen(self, area: str) -> None:
        """Gives a side its usual size where less than half of that was left of it."""
        size = SIZES.get(area, 0)
        if self.host.size_of(area) < size // 2:
            self.host.resize(area, size)

    def place(self, name: str) -> Place | None:
        """The place of a dock's name."""
        found = self.host.widget(name)
        return found if isinstance(found, Place) else None

    def panel(self, kind: str, key: str = "") -> QWidget | None:
        """An open view's widget; None where nobody has seen it yet."""
        place = self.place(_name(ViewRequest(kind, key)))
        if place is None:
            return None
        return place.fill() if place.isVisible() else place.panel

    def shown(self, area: str) -> list[str]:
        """The names of an area's open views."""
        return [name for name in self.host.names() if _area(name) == area and self.host.is_shown(name)]

    def close_active(self) -> None:
        """Closes the tab in front."""
        self.close(_name(self._bench.views.active))

    def close(self, name: str) -> None:
        """Closes a view's tab; a side bar's view is only hidden."""
        if _area(name) == "center":
            self.host.close(name)
        else:
            self.host.hide(name)

    def close_others(self) -> None:
        """Closes all tabs of the middle but the one in front."""
        active = _name(self._bench.views.active)
        for name in self.shown("center"):
            if name != active:
                self.host.close(name)

    def reopen(self) -> None:
        """Opens the tab again that was closed last."""
        while self._closed:
            request = self._closed.pop()
            if _can_be_shown(request):
                self.open(request)
                return

    def split(self) -> None:
        """Moves the tab in front into a group beside."""
        self.host.move_beside(_name(self._bench.views.active))

    def step(self, by: int) -> None:
        """The next or the previous tab of the middle."""
        names = self.shown("center")
        if names:
            active = _name(self._bench.views.active)
            at = names.index(active) if active in names else 0
            self._front(names[(at + by) % len(names)])

    def _front(self, name: str) -> None:
        place = self.place(name)
        if place is not None:
            self.open(place.request)

    # areas

    def toggle(self, area: str) -> None:
        """Hides a side, or shows again what was there."""
        shown = self.shown(area)
        if shown:
            self._hidden[area] = shown
            for name in shown:
                self.host.hide(name)
            self._focus_middle()
            return
        for name in self._hidden.get(area) or [AT_START[area]]:
            self._front(name) if self.place(name) else self.open(ViewRequest(name))

    def regions(self) -> list[QWidget]:
        """What F6 goes through: a side, the middle, the panel, the other side; the view in front of each."""
        found: list[QWidget] = []
        for area in ("left", "center", "bottom", "right"):
            front = [place for place in map(self.place, self.shown(area)) if place is not None and place.isVisible()]
            if area == "center":
                front = [place for place in front if place.request == self._bench.views.active] or front
            found += [place.fill() for place in front[:1]]
        return found

    def _focus_middle(self) -> None:
        place = self.place(_name(self._bench.views.active))
        if place is not None and place.panel is not None:
            focus_first(place.panel)

    # what is in front

    @while_living
    def _activated(self, name: str) -> None:
        place = self.place(name)
        if place is not None and _area(name) == "center":
            self._follow_caret(place)
            self._recent = [name, *(each for each in self._recent if each != name)]
            self._bench.views.activated(place.request)

    def _follow_caret(self, place: Place) -> None:
        editor = place.fill().findChild(CodeEditor)
        self._bench.views.caret = None
        if editor is None:
            return
        if editor not in self._followed:
            self._followed.add(editor)
            editor.place_changed.connect(self._caret_moved)
        cursor = editor.textCursor()
        self._bench.views.caret = (cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    def _caret_moved(self, line: int, column: int) -> None:
        self._bench.views.caret = (line, column)

    @while_living
    def _was_closed(self, name: str) -> None:
        request = self._requests.get(name)
        if request is None or _area(name) != "center":
            return
        self._closed = [*self._closed[-30:], request]
        self._recent = [each for each in self._recent if each != name]
        if _name(self._bench.views.active) == name:
            left = [each for each in self._recent if self.host.is_shown(each)]
            if left:
                self.host.show(left[0])
                self._focus_middle()
            else:
                self._bench.views.activated(NOTHING)
        elif self._place_around(QApplication.focusWidget()) is None:  # it went to whatever comes next in the window
            self._focus_middle()

    @while_living
    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        place = self._place_around(new)
        if place is not None or new is None or self._window.window().isAncestorOf(new):
            self.focus_changed.emit(place.request.kind if place is not None else self._bench.views.active.kind)

    def _place_around(self, widget: QWidget | None) -> Place | None:
        """The place of this window that a widget stands in, also in a dock that floats.

        Asks from above, so that nothing of Qt Advanced Docking's own gets a wrapper in Python.
        """
        if widget is None:
            return None
        places = (place for place in map(self.place, self.host.names()) if place is not None)
        return next((place for place in places if place is widget or place.isAncestorOf(widget)), None)

    def refresh(self) -> None:
        """Says in the tabs what is not saved, and what has another title now."""
        for name in self.host.names():
            place = self.place(name)
            if place is not None and _area(name) == "center":
                title = self.title(place.request)
                self.host.retitle(name, f"● {title}" if place.is_unsaved else title)

    def title(self, request: ViewRequest) -> str:
        """What a view's tab says."""
        run = self._bench.runs.get(request.key) if request.kind in ("run", "verdict") else None
        return VIEWS[request.kind].tab_title(run.short_name if run is not None else request.key)

    # layout

    def start(self) -> None:
        """The usual layout of a window."""
        for kind in ("explorer", "assistant"):
            self._add(ViewRequest(kind))
            self.host.show(kind)

    def clear(self) -> None:
        """Closes all tabs of the middle: another project is shown."""
        for name in self.shown("center"):
            self.host.close(name)
        self._closed, self._recent = [], []

    def state(self) -> Layout:
        """What is open, and where."""
        views = []
        for name in self.host.names():
            place = self.place(name)
            if place is not None:
                request = place.request
                views.append(SavedView(kind=request.kind, key=request.key, is_closed=not self.host.is_shown(name)))
        active = _name(self._bench.views.active)
        return Layout(views=views, active=active, docks=base64.b64encode(self.host.save()).decode())

    def restore(self, layout: Layout) -> bool:
        """Lays the views out as they were; False where nothing of it can be shown any more."""
        known = [each for each in layout.views if each.kind in VIEWS and _can_be_shown(each)]
        if not any(VIEWS[each.kind].area == "center" for each in known):
            return False
        for each in known:
            self._add(ViewRequest(each.kind, each.key))
        try:
            docks = base64.b64decode(layout.docks)
        except ValueError:
            docks = b""
        self.host.restore(docks)
        closed = {_name(ViewRequest(each.kind, each.key)) for each in known if each.is_closed}
        for name in self.host.names():
            if name in closed:
                self.host.hide(name)
        front = layout.active if self.place(layout.active) else next(iter(self.shown("center")), "")
        if front:
            self._front(front)
        return True

    def reset(self) -> None:
        """Puts every view back to its usual place."""
        open_ones = [place.request for place in map(self.place, self.shown("center")) if place is not None]
        active = self._bench.views.active
        for name in self.host.names():
            self.host.forget(name)
        self._hidden.clear()
        for request in open_ones:
            self._add(ViewRequest(request.kind, request.key))
        self.start()
        if active.kind:
            self.open(ViewRequest(active.kind, active.key))

    def delete(self) -> None:
        """Ends all views, those with processes first."""
        for name in self.host.names():
            place = self.place(name)
            if place is not None and place.panel is not None:
                place.panel.close()
        self.host.delete()


def _name(request: ViewRequest) -> str:
    view = VIEWS.get(request.kind)
    return request.kind if view is None or view.is_single else f"{request.kind}:{request.key}"


def _area(name: str) -> str:
    return VIEWS[name.partition(":")[0]].area


def _can_be_shown(view: SavedView | ViewRequest) -> bool:
    if view.kind in ("text", "data", "labels") and view.key.startswith("/"):
        return Path(view.key).is_file()
    return True
