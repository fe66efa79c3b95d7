"""kill -9 of the window in the middle of a run, an answer and unsaved edits, and what is there after a new start."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from app.workbench.after import is_being_measured
from pipeline.errors import VibetuneError
from pipeline.jobs.control import cancel
from pipeline.jobs.state import RUNNING, summary
from pipeline.runs.layout import ProjectFolder
from tests.support.killed_window import SENTENCE, TYPED_NOTES, TYPED_PLAN
from tests.support.projects import make_tiny_project

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 150.0
KEPT = (
    "the project",
    "the plan's tab",
    "the notes' tab",
    "the plan's unsaved text",
    "the notes' unsaved text",
    "the conversation",
    "the run, which went on",
    "the notice of the sudden end",
    "the notice of unsaved text",
)
SIGHTS = ("first paint", "tabs", "unsaved text", "conversation", "run")
EPOCHS = 400  # some minutes; the run is cancelled at the end


class WindowProcess:
    """A window in a process of its own, and what it says line by line, with a deadline."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-P", "-m", "tests.support.killed_window", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        for stream, take in ((self.process.stdout, self._lines.put), (self.process.stderr, self._errors.append)):
            threading.Thread(target=_read, args=(stream, take), daemon=True).start()

    def next(self) -> dict[str, Any]:
        """The next line that is JSON."""
        try:
            return dict(json.loads(self._lines.get(timeout=DEADLINE_S)))
        except queue.Empty:
            raise AssertionError("\n".join(self.errors())) from None

    def errors(self) -> list[str]:
        """What it said on stderr, without what the offscreen platform can't do."""
        told = b"".join(self._errors).decode().splitlines()
        return [line for line in told if line.strip() and "This plugin does not support" not in line]

    def kill(self) -> None:
        """Ends it with SIGKILL, as the system does when the memory is full."""
        self.process.kill()
        self.process.wait(10)
        if (stdin := self.process.stdin) is not None:
            stdin.close()

    def end(self) -> int:
        """Closes the window as its user does; its exit code."""
        if (stdin := self.process.stdin) is not None:
            stdin.write(b"\n")
            stdin.close()
        return self.process.wait(60)


def _read(stream: IO[bytes] | None, take: Callable[[bytes], object]) -> None:
    if stream is not None:
        with stream:
            for line in stream:
                take(line)


@dataclass(frozen=True)
class Reopened:
    """What the second window says, measured from the start of its process."""

    told: dict[str, Any]
    seconds: dict[str, float]

    def missing(self, project: ProjectFolder, before: dict[str, Any]) -> list[str]:
        """What is not as it was when the first window was killed; empty: nothing is lost."""
        told = self.told
        state, step = told["runs"].get(before["run"], ("", 0))
        texts = "\n".join(told["texts"])
        kept = (
            told["project"] == str(project.path),
            f"plan:{project.plan}" in told["tabs"],
            f"text:{project.path / 'notes.md'}" in told["tabs"],
            TYPED_PLAN in texts,
            TYPED_NOTES in texts,
            SENTENCE in told["messages"],
            state == "training" and step > before["step"],
            "Vibetune ended unexpectedly" in told["notices"],
            "Unsaved text is there again" in told["notices"],
        )
        lost = [name for name, is_there in zip(KEPT, kept, strict=True) if not is_there]
        return lost + [f"{name} in sight" for name in SIGHTS if name not in self.seconds]


def project_with_notes(folder: Path) -> ProjectFolder:
    """A project whose run takes minutes, and a file to write into."""
    project = make_tiny_project(folder, epochs=EPOCHS)
    (project.path / "notes.md").write_text("# Notes\n")
    return project


def killed(project: ProjectFolder) -> dict[str, Any]:
    """Kills a window in the middle of everything, waits until the run has gone on; what the window told before."""
    window = WindowProcess("work", str(project.path))
    told = window.next()
    window.kill()
    run = project.run(told["run"])
    until("the run makes steps without a window", lambda: summary(run).step > told["step"])
    assert summary(run).state in RUNNING
    return told


def reopened(window: WindowProcess) -> Reopened:
    """Waits until a new window has shown what it has."""
    told = window.next()
    return Reopened(told, {name: at - window.began for name, at in told["seen"].items()})


def end_runs(project: ProjectFolder) -> None:
    """Cancels what runs, and waits until nobody works on it."""
    for name in project.run_names():
        with contextlib.suppress(VibetuneError):
            cancel(project.run(name))
    until("nobody measures", lambda: not any(is_being_measured(project.run(name)) for name in project.run_names()))


def until(what: str, is_so: Callable[[], object]) -> None:
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
