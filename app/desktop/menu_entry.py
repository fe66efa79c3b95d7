"""Vibetune in the desktop's menu of programs: an entry and its icon for this user. Knows nothing of Qt."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib import resources
from pathlib import Path

from pipeline.files import write_text

ENTRY = """\
[Desktop Entry]
Type=Application
Name=Vibetune
GenericName=Fine-tuning workbench
Comment=From a sentence and a data file to a measured, served adapter
Exec={command} app %f
Icon=vibetune
Terminal=false
Categories=Development;Science;
Keywords=LoRA;fine-tuning;language model;
StartupWMClass=vibetune
"""


def add_to_menu(data_home: Path | None = None) -> Path:
    """Writes the entry and the icon where freedesktop.org's specification has them; returns the entry's path.

    Args:
        data_home: `$XDG_DATA_HOME`; None: this user's.

    Raises:
        Failed: `disk.*`: it can't be written.
    """
    from platformdirs import user_data_path

    from pipeline.files import disk_errors

    home = data_home or user_data_path()
    entry = home / "applications" / "vibetune.desktop"
    icon = home / "icons" / "hicolor" / "scalable" / "apps" / "vibetune.svg"
    with disk_errors(entry):
        for file in (entry, icon):
            file.parent.mkdir(parents=True, exist_ok=True)
        write_text(entry, ENTRY.format(command=_command()))
        shutil.copyfile(Path(str(resources.files("resources"))) / "icons" / "vibetune.svg", icon)
    return entry


def _command() -> str:
    program = Path(sys.executable).with_name("vibetune")
    if program.is_file():
        return _quoted(str(program))
    return f"{_quoted(sys.executable)} -m app.cli"


def _quoted(text: str) -> str:
    """As the specification wants it in `Exec`: double quotes, a percent sign doubled."""
    if shlex.quote(text) == text:
        return text.replace("%", "%%")
    for sign in '\\"`$':
        text = text.replace(sign, f"\\{sign}")
    return f'"{text}"'.replace("%", "%%")
