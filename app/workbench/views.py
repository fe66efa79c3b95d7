"""Which views are wanted: commands and panels ask here, the window shows them. Panels never open each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal


@dataclass(frozen=True)
class ViewRequest:
    """A view to show.

    Args:
        kind: `welcome`, `plan`, `run`, `verdict` ...: see the desktop's list of views.
        key: what it shows: a path, a run, an adapter's address; empty where there is only one.
        is_beside: in a new editor group beside the current one.
        keeps_focus: it came by itself, and must not take the keyboard from what is being written.
    """

    kind: str
    key: str = ""
    is_beside: bool = False
    keeps_focus: bool = False


class Views:
    """Requests for views, and which one is in front."""

    requested = Signal(ViewRequest)
    layout_requested = Signal(str)  # a verb for the window: `palette`, `toggle left`, `next region`, `close tab` ...
    active_changed = Signal(ViewRequest)
    caret: tuple[int, int] | None = None  # line and column in the text in front, from 1

    def __init__(self) -> None:
        self.active = ViewRequest("welcome")

    def open(self, kind: str, key: str = "", *, is_beside: bool = False, keeps_focus: bool = False) -> None:
        """Asks for a view."""
        self.requested.emit(ViewRequest(kind, key, is_beside, keeps_focus))

    def layout(self, verb: str) -> None:
        """Asks the window for something about its layout."""
        self.layout_requested.emit(verb)

    def activated(self, view: ViewRequest) -> None:
        """Told by the window when another view comes to the front."""
        if view != self.active:
            self.active = view
            self.active_changed.emit(view)

    def open_path(self, path: Path, *, is_beside: bool = False) -> None:
        """Asks for the view that suits a file: a plan's editor, a table, or plain text."""
        from app.workbench.data_store import opens_as_table

        if path.name == "plan.yaml" or path.parent.name == "plans":
            kind = "plan"
        else:
            kind = "data" if opens_as_table(path) else "text"
        self.open(kind, str(path), is_beside=is_beside)
