"""A workbench without a window, for the tests of single panels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.theme.fonts import load_fonts
from app.desktop.theme.theme import theme
from app.workbench.actions import adapters, runs
from app.workbench.bench import Workbench
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList


@pytest.fixture
def bench(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """State without a project; work runs at once."""
    load_fonts()
    theme().set("dark")
    folder: Path = tmp_path_factory.mktemp("settings")
    made = Workbench(
        InlineTasks(), JobList(), SettingsFile(folder / "settings.json"), RecentProjects(folder / "recent.json")
    )
    made.commands.add(*runs.commands(), *adapters.commands())
    return made


@pytest.fixture(autouse=True)
def _dressed(request: pytest.FixtureRequest) -> None:
    """What a test shows by itself looks as it does in a window."""
    if "qtbot" not in request.fixturenames:
        return
    bot: QtBot = request.getfixturevalue("qtbot")
    add = bot.addWidget

    def add_dressed(widget: QWidget, **more: Any) -> None:
        theme().dress(widget)
        add(widget, **more)

    bot.addWidget = add_dressed  # type: ignore[method-assign]
