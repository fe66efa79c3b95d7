"""How a project's window was laid out: kept beside the project, read when it is opened again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.files import write_text


class SavedView(BaseModel):
    """One tab."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    key: str = ""
    is_closed: bool = False


class Layout(BaseModel):
    """Tabs, and the docks' own state as they wrote it (base64)."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    views: list[SavedView] = []
    active: str = ""
    docks: str = ""


def layout_path(state_folder: Path) -> Path:
    """Where a project's layout lies."""
    return state_folder / "layout.json"


def read_layout(path: Path) -> Layout | None:
    """The saved layout; None where there is none or it can't be read: the usual one is shown then."""
    try:
        return Layout.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError, ValueError):
        return None


@dataclass
class LayoutWriter:
    """Writes a layout when it differs from the one that was written last."""

    path: Path
    _last: str = field(default="")

    def write(self, layout: Layout) -> bool:
        """Whether something had to be written; the file is replaced whole or not at all."""
        text = layout.model_dump_json(indent=1)
        if text == self._last or not self.path.parent.is_dir():
            return False
        self._last = text
        write_text(self.path, text + "\n")
        return True
