"""The console: what its kernel has at hand, that it starts when it is seen and ends with its panel."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from app.desktop.panels.console import ConsolePanel
from app.desktop.widgets.basics import Banner
from app.workbench.actions import machine
from app.workbench.bench import Workbench
from app.workbench.console_kernel import namespace
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from tests.support.projects import make_tiny_project, tiny_plan

STARTS_WITHIN_MS = 30_000


def test_the_projects_things_are_at_hand(tmp_path: Path) -> None:
    project = make_tiny_project(tmp_path / "project")
    build_version(tiny_plan(), project.path)
    names = namespace(project.path)
    assert set(names) == {"project", "runs", "dataset", "verdict"}
    assert names["project"].plan.name == "queues"
    assert "0 runs" in repr(names["project"])
    assert repr(names["runs"]) == "No runs yet."
    dataset = names["dataset"]()
    assert "queues@" in repr(dataset)
    assert dataset.rows("train")[0].messages[-1]["role"] == "assistant"
    with pytest.raises(BadInput, match="measured"):
        names["verdict"]()
    with pytest.raises(BadInput, match="no run"):
        names["runs"]["x"]


def test_nothing_is_started_without_a_project(bench: Workbench, qtbot: QtBot) -> None:
    panel = ConsolePanel(bench)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.console is None


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_kernel_answers_and_ends_with_its_panel(bench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.commands.add(*machine.commands())
    bench.create(tmp_path / "project")
    panel = ConsolePanel(bench)
    qtbot.addWidget(panel)
    assert not is_running(panel), "a console that nobody sees costs nothing"
    panel.resize(800, 400)
    panel.show()
    assert panel.console is not None
    pid = panel.console.process_id
    assert pid is not None
    shown = panel.console.widget
    qtbot.waitUntil(lambda: "In [" in shown._control.toPlainText(), timeout=STARTS_WITHIN_MS)
    keys = [key.toString() for action in shown.actions() for key in action.shortcuts()]
    assert keys == [], "they are the window's"
    shown.execute("project")
    qtbot.waitUntil(lambda: "<project project: 0 runs" in shown._control.toPlainText(), timeout=STARTS_WITHIN_MS)
    panel._do("console restart")
    assert panel._stack.currentWidget() is not shown, "what is typed into a kernel that starts would be lost"
    qtbot.waitUntil(lambda: panel._stack.currentWidget() is shown, timeout=STARTS_WITHIN_MS)
    shown.execute("len(runs)")
    qtbot.waitUntil(lambda: "Out[1]: 0" in shown._control.toPlainText(), timeout=STARTS_WITHIN_MS)
    pid = panel.console.process_id
    assert pid is not None
    panel.close()
    assert_gone(pid)
    assert [path.name for path in (tmp_path / "project").iterdir() if "ipc" in path.name] == []


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_interpreter_without_a_kernel_is_told(bench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.commands.add(*machine.commands())
    bench.create(tmp_path / "project")
    bench.settings.set("worker_python", "/usr/bin/false")
    panel = ConsolePanel(bench)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.findChild(Banner) is not None, timeout=STARTS_WITHIN_MS)
    banner = panel.findChild(Banner)
    assert banner is not None
    assert "console can't start" in banner.accessibleName()
    assert panel.console is None


def is_running(panel: ConsolePanel) -> bool:
    return panel.console is not None


def assert_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the kernel outlives its panel"
        time.sleep(0.01)
