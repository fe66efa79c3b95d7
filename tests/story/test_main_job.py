"""The main job through the command line, on a tiny base: train, measure, serve, compare; and what kills do to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.processes.group import MARK
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import make_tiny_project

pytestmark = pytest.mark.heavy
DEADLINE_S = 280.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_tiny_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(home: Path) -> Iterator[None]:
    """After all of it no process of ours lives."""
    before = {process.pid for process in ours(home)}
    yield
    wait_until(lambda: {process.pid for process in ours(home)} <= before, "our processes are gone")


def ours(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if MARK in environment and environment.get("HOME") == str(home):
            found.append(process)
    return found


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return {**kept, "HOME": str(home)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", *arguments]


def vibetune(home: Path, project: ProjectFolder, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        command(*arguments, "--json"),
        cwd=project.path,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def wait_until(holds: Callable[[], bool], what: str, *, deadline_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.1)


def test_a_run_ends_in_a_verdict_and_an_adapter(home: Path, project: ProjectFolder) -> None:
    answer = vibetune(home, project, "run", "--set", "name=first")
    assert answer["state"] == "finished"
    assert answer["adapter"] == "first@v1"
    metrics: Mapping[str, Any] = answer["verdict"]["metrics"]
    assert {"adapter", "base", "base+prompt", "majority", "linear (TF-IDF)"} <= set(metrics)
    assert {"preparing", "training", "engine start", "evaluation", "engine stop"} <= set(answer["seconds"])
    listed = vibetune(home, project, "adapters")["adapters"]
    assert [entry["address"] for entry in listed] == ["first@v1"]


def test_killing_the_terminal_does_not_stop_the_run(home: Path, project: ProjectFolder) -> None:
    known = set(project.run_names())
    terminal = subprocess.Popen(
        command("run", "--set", "name=second"),
        cwd=project.path,
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: bool(set(project.run_names()) - known), "the run's folder")
    run = project.run((set(project.run_names()) - known).pop())
    wait_until(run.after.is_file, "the process that measures the run")
    terminal.kill()
    terminal.wait()
    answer = vibetune(home, project, "runs", "show", run.name, "--follow")
    assert answer["state"] == "finished"
    assert answer["adapter"] == "second@v1"
    assert answer["verdict"]["n"] > 0


def test_base_and_two_adapters_are_served_compared_and_survive_a_killed_engine(
    home: Path, project: ProjectFolder
) -> None:
    ready = vibetune(home, project, "serve", "--detach")
    assert set(ready["models"]) == {"tiny-base", "first@v1", "second@v1"}
    try:
        question = "where is my parcel, case 5"
        before = vibetune(home, project, "compare", question)
        assert [answer["model"] for answer in before["answers"]] == ["base", "first@v1", "second@v1"]
        assert all(answer["answer"] and "error" not in answer for answer in before["answers"])
        record = json.loads(Path(ready["key_file"]).read_text())
        os.killpg(record["pid"], signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(record["pid"]), "the engine's end")
        again = vibetune(home, project, "serve", "--detach")
        assert set(again["models"]) == set(ready["models"])
        after = vibetune(home, project, "compare", question)
        assert [answer["answer"] for answer in after["answers"]] == [answer["answer"] for answer in before["answers"]]
    finally:
        vibetune(home, project, "serve", "--stop")
