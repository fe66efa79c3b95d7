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
    caret: tuple[int, int] | None = None  # line and column in the text in front, from 1

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

    def open_path(self, path: Path, *, is_beside: bool = False) -> None:
        """Asks for the view that suits a file: a plan's editor, a table, or plain text."""
        if path.name == "plan.yaml" or path.parent.name == "plans":
            kind = "plan"
        else:
            kind = "data" if path.suffix.lower() in TABLES else "text"
        self.open(kind, str(path), is_beside=is_beside)
