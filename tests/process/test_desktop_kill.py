"""kill -9 of the window in the middle of a run, an answer and unsaved edits: what is there after a new start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.processes.group import marked_processes
from pipeline.runs.layout import ProjectFolder
from tests.support.killed_window import TYPED_PLAN
from tests.support.reopening import (
    Reopened,
    WindowProcess,
    end_runs,
    killed,
    lives,
    project_with_notes,
    reopened,
    until,
)

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of their own, so that no other window is met."""
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return tmp_path


@pytest.fixture
def project(home: Path) -> Iterator[ProjectFolder]:
    made = project_with_notes(home / "queues")
    yield made
    end_runs(made)


def test_nothing_is_lost_when_the_window_is_killed(project: ProjectFolder) -> None:
    plan_before = project.plan.read_text()
    told = killed(project)
    until(
        "planner and kernel have ended with the window",
        lambda: not any(lives(told[name]) for name in ("planner", "kernel")),
    )
    assert project.plan.read_text() == plan_before
    assert TYPED_PLAN not in plan_before, "what was not saved is not in the file"

    second = WindowProcess("look")
    found = reopened(second)
    assert second.end() == 0, second.errors()
    assert found.missing(project, told) == [], (found, second.errors())
    assert second.errors() == []
    until("what the window started has ended with it", lambda: not any(map(lives, found.told["children"])))
    ours = {each.pid: _command(each) for each in marked_processes() if str(project.path) in _command(each)}
    assert any("pipeline train" in each for each in ours.values()), "the worker is left"
    strays = {pid: each for pid, each in ours.items() if "pipeline train" not in each and "measuring" not in each}
    assert strays == {}


def test_what_is_not_there_again_is_told(tmp_path: Path) -> None:
    project = ProjectFolder(tmp_path)
    run, step = "20260101-100000-queues-aaaa", 3
    told = {
        "project": "",
        "tabs": [f"plan:{project.plan}"],
        "texts": [],
        "messages": [],
        "notices": [],
        "runs": {run: ("training", step)},
    }
    missing = Reopened(told, {"first paint": 0.5}).missing(project, {"run": run, "step": step})
    assert "the plan's tab" not in missing and "first paint in sight" not in missing
    assert {"the notes' tab", "the plan's unsaved text", "the run, which went on", "tabs in sight"} <= set(missing)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""  # it has ended meanwhile
