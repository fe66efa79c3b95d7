"""Which windows were open when the program last ran, so that it starts as it was left."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.files import write_text


class SavedWindow(BaseModel):
    """One window: its project (empty: none) and its geometry as Qt wrote it (base64)."""

    model_config = ConfigDict(extra="ignore")

    project: str = ""
    geometry: str = ""


class Session(BaseModel):
    """All windows; `is_running` stays true after a crash."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    windows: list[SavedWindow] = []
    is_running: bool = False


class SessionFile:
    """The session on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = ""

    def read(self) -> Session:
        """What was saved; an empty session where that can't be read."""
        try:
            return Session.model_validate_json(self.path.read_text("utf-8"))
        except (OSError, ValidationError, ValueError):
            return Session()

    def write(self, session: Session) -> None:
        """Writes it, if it differs from what was written last."""
        text = session.model_dump_json(indent=1)
        if text != self._last:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, text + "\n")
            self._last = text


def session_path() -> Path:
    """Where this user's session lies."""
    from platformdirs import user_state_path

    return user_state_path("vibetune") / "session.json"


def recent_path() -> Path:
    """Where the list of this user's projects lies."""
    from platformdirs import user_state_path

    return user_state_path("vibetune") / "recent.json"
