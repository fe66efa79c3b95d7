"""Which views are wanted: commands and panels ask here, the window shows them. Panels never open each other."""

from __future__ import annotations

from dataclasses import dataclass

from psygnal import Signal


@dataclass(frozen=True)
class ViewRequest:
    """A view to show.

    Args:
        kind: `welcome plan form text data run verdict playground adapter assistant runs ...`, see the desktop's list of views.
        key: what it shows: a path, a run, an adapter's address; empty where there is only one.
        is_beside: in a new editor group beside the current one.
    """

    kind: str
    key: str = ""
    is_beside: bool = False


class Views:
    """Requests for views, and which one is in front."""

    requested = Signal(ViewRequest)
    layout_requested = Signal(str)  # a verb for the window: `palette`, `toggle left`, `next region`, `close tab` ...
    active_changed = Signal(ViewRequest)

    def __init__(self) -> None:
        self.active = ViewRequest("welcome")

    def open(self, kind: str, key: str = "", *, is_beside: bool = False) -> None:
        """Asks for a view."""
        self.requested.emit(ViewRequest(kind, key, is_beside))

    def layout(self, verb: str) -> None:
        """Asks the window for something about its layout."""
        self.layout_requested.emit(verb)

    def activated(self, view: ViewRequest) -> None:
        """Told by the window when another view comes to the front."""
        if view != self.active:
            self.active = view
            self.active_changed.emit(view)
