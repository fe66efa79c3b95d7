"""kill -9 of the window in the middle of a run, an answer and unsaved edits: what is there after a new start."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from app.workbench.after import is_being_measured
from pipeline.errors import VibetuneError
from pipeline.jobs.control import cancel
from pipeline.jobs.state import RUNNING, summary
from pipeline.processes.group import marked_processes
from pipeline.runs.layout import ProjectFolder
from tests.support.killed_window import SENTENCE, TYPED_NOTES, TYPED_PLAN
from tests.support.projects import make_tiny_project

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 150.0
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
    made = make_tiny_project(home / "queues", epochs=400)  # some minutes; it is cancelled at the end
    (made.path / "notes.md").write_text("# Notes\n")
    yield made
    for name in made.run_names():
        with contextlib.suppress(VibetuneError):
            cancel(made.run(name))
    until("nobody measures", lambda: not any(is_being_measured(made.run(name)) for name in made.run_names()))


class Lines:
    """What a process says, line by line, with a deadline."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-P", "-m", "tests.support.killed_window", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        for stream, take in ((self.process.stdout, self._lines.put), (self.process.stderr, self._errors.append)):
            threading.Thread(target=_read, args=(stream, take), daemon=True).start()

    def next(self) -> dict[str, Any]:
        """The next line that is JSON."""
        try:
            return dict(json.loads(self._lines.get(timeout=DEADLINE_S)))
        except queue.Empty:
            raise AssertionError(b"".join(self._errors).decode()) from None

    def errors(self) -> list[str]:
        """What it said on stderr, without what the offscreen platform can't do."""
        told = b"".join(self._errors).decode().splitlines()
        return [line for line in told if line.strip() and "This plugin does not support" not in line]


def _read(stream: IO[bytes] | None, take: Any) -> None:
    if stream is not None:
        with stream:
            for line in stream:
                take(line)


def until(what: str, is_so: Any) -> None:
    """Polls until something is so."""
    ends = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether a process is more than a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_nothing_is_lost_when_the_window_is_killed(project: ProjectFolder) -> None:
    first = Lines("work", str(project.path))
    told = first.next()
    plan_before = project.plan.read_text()
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    for name in ("planner", "kernel"):
        until(f"the {name} has ended with the window", lambda name=name: not lives(told[name]))
    run = project.run(told["run"])
    assert summary(run).state in RUNNING, "the run goes on without a window"
    until("it makes steps without a window", lambda: summary(run).step > told["step"])
    assert project.plan.read_text() == plan_before
    assert TYPED_PLAN not in plan_before, "what was not saved is not in the file"

    second = Lines("look")
    shown = second.next()
    seconds = time.monotonic() - second.began
    found = second.next()
    assert second.process.wait(60) == 0, second.errors()
    print(
        f"killed while {'thinking' if told['thinking'] else 'idle'}; again in {seconds:.1f} s, {shown['cpu_s']} CPU-s"
    )
    assert found["project"] == str(project.path)
    assert {f"plan:{project.plan}", f"text:{project.path / 'notes.md'}"} <= set(found["tabs"])
    assert TYPED_PLAN in found["plan"]
    assert TYPED_NOTES in found["notes"]
    assert SENTENCE in found["messages"]
    assert {"Vibetune ended unexpectedly", "Unsaved text is there again"} <= set(found["notices"])
    state, step = found["runs"][told["run"]]
    assert state in ("training", "measuring", "finished")
    assert step > told["step"]
    assert second.errors() == []
    ours = [each for each in marked_processes() if str(project.path) in " ".join(each.cmdline())]
    assert all("pipeline" in " ".join(each.cmdline()) or "measur" in " ".join(each.cmdline()) for each in ours), ours
