"""`vibetune plan --interactive` and `vibetune estimate`, as a person at a terminal meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.plan.document import load_plan
from tests.support.conversations import FILES

pytestmark = pytest.mark.heavy
VIBETUNE = [sys.executable, "-P", "-m", "app.cli"]
ROOT = Path(__file__).resolve().parents[2]


def vibetune(project: Path, *arguments: str, said: str = "") -> str:
    command = [*VIBETUNE, *arguments, "--project", str(project)]
    done = subprocess.run(
        command, input=said, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_a_plan_is_talked_about_and_written_and_estimated(tmp_path: Path) -> None:
    project = tmp_path / "project"
    subprocess.run(
        [*VIBETUNE, "new", str(project)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True, capture_output=True
    )
    (project / "data" / "tickets.csv").write_bytes((FILES / "tickets.csv").read_bytes())
    said = "Sort our messages into the right queue\nuse 5 epochs\nwhat is LoRA?\nwhy\nwrite\n"
    shown = vibetune(project, "plan", "--interactive", said=said)
    assert "LoRA freezes the base" in shown
    assert "You said “5 epochs”." in shown
    assert "Written to" in shown
    assert load_plan(project / "plan.yaml").plan.training.num_train_epochs == 5
    found = json.loads(vibetune(project, "estimate", "--gpu", "RTX 3060", "--json"))
    assert found["memory_of_gib"] == 12
    assert {"weights", "gradients", "optimizer", "activations", "logits"} <= set(found["memory_parts_gib"])
