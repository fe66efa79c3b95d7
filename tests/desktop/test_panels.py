"""Every panel that is there can be built over an empty project, in both themes, and names what can be focused."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.theme.theme import theme
from app.workbench.actions import adapters, assistant, data, explorer, machine, runs
from app.workbench.bench import Workbench
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList

PANELS = [
    ("welcome:WelcomePanel", ""),
    ("explorer:Explorer", ""),
    ("dataset_list:DatasetList", ""),
    ("settings_view:SettingsView", ""),
    ("adapter_list:AdapterList", ""),
    ("server_panel:ServerPanel", ""),
    ("playground:Playground", ""),
    ("run_list:RunList", ""),
    ("log_view:LogView", ""),
    ("run_comparison:RunComparison", ""),
    ("assistant_panel:AssistantPanel", ""),
]


@pytest.fixture
def whole_bench(qapp: object, tmp_path: Path) -> Workbench:
    """State with an empty project and all commands that there are."""
    made = Workbench(
        InlineTasks(), JobList(), SettingsFile(tmp_path / "settings.json"), RecentProjects(tmp_path / "recent.json")
    )
    for area in (runs, adapters, assistant, data, explorer, machine):
        made.commands.add(*area.commands())
    made.create(tmp_path / "project")
    return made


@pytest.mark.parametrize("place", [place for place, _ in PANELS])
@pytest.mark.parametrize("colours", ["dark", "light"])
def test_a_panel_shows_an_empty_project(whole_bench: Workbench, qtbot: QtBot, place: str, colours: str) -> None:
    theme().set("light" if colours == "light" else "dark")
    module, _, name = place.partition(":")
    panel: QWidget = getattr(import_module(f"app.desktop.panels.{module}"), name)(whole_bench, "")
    qtbot.addWidget(panel)
    panel.resize(900, 700)
    panel.show()
    buttons = [each for each in panel.findChildren(QAbstractButton) if each.isVisibleTo(panel)]
    unnamed = [
        each.objectName() or type(each).__name__
        for each in buttons
        if each.focusPolicy() != Qt.FocusPolicy.NoFocus and not (each.accessibleName() or each.text())
    ]
    assert not unnamed, f"nobody who hears the window knows these buttons: {unnamed}"
    assert not panel.grab().isNull()
