"""Adapters as a user sees them: the list, a version's page, promote and roll back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from app.desktop.panels.adapter_list import AdapterList
from app.desktop.panels.adapter_view import AdapterView
from app.desktop.widgets.lineage_rail import LineageRail
from app.workbench.bench import Workbench
from app.workbench.views import ViewRequest
from pipeline.jobs.registry import register_run
from pipeline.runs.layout import ProjectFolder
from tests.desktop.test_playground import with_commands
from tests.desktop.test_runs import child
from tests.support.runs import finished_run, plant_verdict, project_in


@pytest.fixture
def project(tmp_path: Path, bench: Workbench) -> ProjectFolder:
    made = project_in(tmp_path)
    register_run(made, finished_run(made, "20260101-100000-queues-aaaa"))
    second = finished_run(made, "20260102-100000-queues-bbbb", seed=2)
    plant_verdict(second)
    register_run(made, second)
    with_commands(bench).open(made.path)
    return made


def texts(panel: AdapterView) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)]


def test_the_list_leads_from_a_version_to_its_page(qtbot: QtBot, bench: Workbench, project: ProjectFolder) -> None:
    panel = AdapterList(bench)
    qtbot.addWidget(panel)
    panel.show()
    tree = child(panel, QTreeWidget, "adapters.tree")
    top = tree.topLevelItem(0)
    assert top is not None
    versions = [item for item in (top.child(n) for n in range(2)) if item is not None]
    assert (top.text(0), [item.text(0) for item in versions]) == ("queues", ["@v2", "@v1"])
    assert "candidate" in versions[0].text(1)
    asked: list[ViewRequest] = []
    bench.views.requested.connect(asked.append)
    tree.setCurrentItem(versions[1])
    assert bench.selection.get("adapter") == "queues@v1"
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert asked == [ViewRequest("adapter", "queues@v1")]


def test_an_empty_project_says_where_adapters_come_from(qtbot: QtBot, bench: Workbench, tmp_path: Path) -> None:
    with_commands(bench).open(project_in(tmp_path / "empty").path)
    panel = AdapterList(bench)
    qtbot.addWidget(panel)
    panel.show()
    told = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "No adapters yet" in told


def test_a_version_is_promoted_and_rolled_back_on_its_page(
    qtbot: QtBot, bench: Workbench, project: ProjectFolder
) -> None:
    bench.adapters.promote("queues@v1")
    panel = AdapterView(bench, "queues@v2")
    qtbot.addWidget(panel)
    panel.show()
    assert "It is better." in texts(panel)
    qtbot.mouseClick(child(panel, QPushButton, "adapter.promote"), Qt.MouseButton.LeftButton)
    assert bench.adapters.get("queues@production") is bench.adapters.get("queues@v2")
    assert bench.notices.items[0].title == "queues@v2 is in production"
    assert "queues@v1" in bench.notices.items[0].text
    assert not child(panel, QPushButton, "adapter.promote").isEnabled()
    back = child(panel, QPushButton, "adapter.rollback")
    assert back.text() == "Roll back to @v1"
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert bench.adapters.get("queues@production") is bench.adapters.get("queues@v1")


def test_lineage_calls_the_run_by_its_title(qtbot: QtBot, bench: Workbench, project: ProjectFolder) -> None:
    panel = AdapterView(bench, "queues@v1")
    qtbot.addWidget(panel)
    panel.show()
    run = bench.runs.get("20260101-100000-queues-aaaa")
    assert run is not None
    assert run.short_name in texts(panel)
    assert not any(run.name in text for text in texts(panel))


def test_lineage_opens_the_run(qtbot: QtBot, bench: Workbench, project: ProjectFolder) -> None:
    panel = AdapterView(bench, "queues@v2")
    qtbot.addWidget(panel)
    panel.show()
    asked: list[ViewRequest] = []
    bench.views.requested.connect(asked.append)
    steps = [each for each in child(panel, LineageRail, "adapter.lineage").children() if each.isWidgetType()]
    title = bench.runs.runs[0].short_name
    run = next(each for each in steps if title in each.accessibleName())  # type: ignore[attr-defined]
    qtbot.keyClick(run, Qt.Key.Key_Return)
    assert asked == [ViewRequest("run", "20260102-100000-queues-bbbb")]


def test_the_address_is_copied_and_the_comparison_opened(
    qtbot: QtBot, bench: Workbench, project: ProjectFolder
) -> None:
    panel = AdapterView(bench, "queues@v1")
    qtbot.addWidget(panel)
    panel.show()
    qtbot.mouseClick(child(panel, QPushButton, "adapter.copy_address"), Qt.MouseButton.LeftButton)
    assert bench.clipboard.text == "queues@v1"
    asked: list[ViewRequest] = []
    bench.views.requested.connect(asked.append)
    qtbot.mouseClick(child(panel, QPushButton, "adapter.compare"), Qt.MouseButton.LeftButton)
    assert asked == [ViewRequest("playground")]
    assert bench.playground.columns[-1].id == "queues@v1"


def test_a_name_that_is_gone_says_so(qtbot: QtBot, bench: Workbench, project: ProjectFolder) -> None:
    panel = AdapterView(bench, "nothing@v1")
    qtbot.addWidget(panel)
    assert "There is no adapter nothing@v1." in texts(panel)
