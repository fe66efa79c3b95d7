"""Which views are wanted: commands and panels ask here, the window shows them. Panels never open each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

TABLES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".parquet"})


@dataclass(frozen=True)
class ViewRequest:
    """A view to show.

    Args:
        kind: `welcome`, `plan`, `run`, `verdict` ...: see the desktop's list of views.
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

    def open_path(self, path: Path) -> None:
        """Asks for the view that suits a file: a plan's editor, a table, or plain text."""
        if path.name == "plan.yaml" or path.parent.name == "plans":
            self.open("plan", str(path))
        elif path.suffix.lower() in TABLES:
            self.open("data", str(path))
        else:
            self.open("text", str(path))
