"""What bad input gets: a code, a sentence, something to do, exit code 2 (or 1), and nothing lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.document import load_plan
from pipeline.plan.overrides import set_field
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import make_tiny_project
from tests.support.tiny_model import make_tiny_adapter, make_tiny_base

pytestmark = pytest.mark.heavy
DEADLINE_S = 120


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return make_tiny_project(tmp_path_factory.mktemp("project"))


def refused(project: ProjectFolder, *arguments: str, code: int = 2) -> dict[str, Any]:
    """The error of a command that must fail with `code`, and not with a traceback."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *arguments, "--json"],
        cwd=project.path,
        env={**os.environ, "HOME": str(project.path.parent)},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    error: dict[str, Any] = json.loads(done.stdout)["error"]
    assert error["code"] and error["message"] and error["hint"], error
    return error


def test_a_missing_file(project: ProjectFolder) -> None:
    error = refused(project, "plan", "Sort these", "--data", "nowhere.csv")
    assert error["code"] == "data.missing_file"
    assert "nowhere.csv" in error["message"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "data.empty_file"),
        (b"text,queue\n" + b"".join(b"letter number %d,billing\n" % number for number in range(30)), "data.one_class"),
        (b"\x00\xff\xfe\x01\x02" * 400, "data.unreadable"),
    ],
    ids=["empty", "one class", "binary"],
)
def test_a_file_that_can_not_be_used(project: ProjectFolder, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert refused(project, "plan", "Sort these messages", "--data", str(path))["code"] == code


def test_a_cell_of_two_megabytes_is_named_before_the_first_step(project: ProjectFolder) -> None:
    lines = (project.path / "data" / "messages.csv").read_text().splitlines()
    long = [*lines, f"{'far too long ' * 160_000},billing"]
    (project.path / "data" / "long.csv").write_text("\n".join(long) + "\n")
    plan = set_field(load_plan(project.plan).plan, "dataset.sources=[{path: data/long.csv}]")
    from app.workbench.planning import write_plan

    write_plan(plan, project.path / "plans" / "long.yaml")
    error = refused(project, "run", "plans/long.yaml")
    assert error["code"] == "data.too_long"
    assert project.run_names() == []


def test_another_encoding_is_read_and_said(project: ProjectFolder, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(
        "text,queue\nDie Gebühr ist zu hoch,Gebühren\nWo bleibt das Päckchen,Versand\n".encode("cp1252") * 9
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "data", "inspect", str(path), "--json"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    assert json.loads(done.stdout)["encoding"] in {"windows-1252", "cp1252"}


def test_a_plan_with_many_problems_names_them_all(project: ProjectFolder) -> None:
    path = project.path / "plans" / "wrong.yaml"
    path.parent.mkdir(exist_ok=True)
    text = project.plan.read_text()
    path.write_text(text.replace("task: classification", "task: clasification") + "trainning: {}\n")
    error = refused(project, "run", "plans/wrong.yaml")
    assert {problem["line"] > 0 for problem in error["problems"]} == {True}
    assert len(error["problems"]) == 2


def test_an_adapter_that_could_not_be_served_is_said_when_the_plan_is_made(project: ProjectFolder) -> None:
    assert refused(project, "run", "--set", "training.adapter.use_dora=true")["code"] == "plan.unservable_dora"
    refused(project, "run", "--set", "training.adapter.r=128")


def test_a_port_in_use(project: ProjectFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        error = refused(project, "serve", "--base", "tiny-base", "--port", str(taken.getsockname()[1]), "--detach")
    assert error["code"] == "engine.port_in_use"


def test_adapters_from_elsewhere_are_looked_at_before_they_are_taken(project: ProjectFolder, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8}')
    (pickled / "adapter_model.bin").write_bytes(b"\x80\x04.")
    error = refused(project, "adapters", "import", str(pickled), "--name", "bad", "--base", "tiny-base")
    assert error["code"] == "adapter.pickle"
    other_base = make_tiny_base(tmp_path / "other", seed=7)
    foreign = make_tiny_adapter(other_base, tmp_path / "foreign", seed=1)
    error = refused(project, "adapters", "import", str(foreign), "--name", "bad", "--base", "pocket")
    assert error["code"] == "adapter.wrong_base"


def test_a_base_that_is_not_here(project: ProjectFolder) -> None:
    assert refused(project, "run", "--set", "model.base=nobody/nothing")["code"] == "base.not_found"


def test_outside_of_a_project(tmp_path: Path) -> None:
    assert refused(ProjectFolder(tmp_path), "run")["code"] == "project.missing"
