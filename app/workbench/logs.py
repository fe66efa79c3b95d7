"""Where our own log goes."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def log_file() -> Path:
    """The user's log file; its folder is made if absent."""
    folder = Path(platformdirs.user_log_dir("vibetune", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "vibetune.log"
