from __future__ import annotations

import configparser
import shlex
import sys
from pathlib import Path

from app.desktop.menu_entry import add_to_menu


def test_the_menu_entry_starts_this_program_and_shows_its_icon(tmp_path: Path) -> None:
    entry = add_to_menu(tmp_path)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(entry, "utf-8")
    told = parser["Desktop Entry"]
    command = shlex.split(told["Exec"])
    assert Path(command[0]).parent == Path(sys.executable).parent
    assert command[-2:] == ["app", "%f"]
    icon = tmp_path / "icons" / "hicolor" / "scalable" / "apps" / f"{told['Icon']}.svg"
    assert icon.read_text("utf-8").startswith("<svg")
