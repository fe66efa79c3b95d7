"""Further sentences change what they speak of, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.plan_thread import plain_values
from assistant.planner.planner import plan
from assistant.session.author import Turn
from tests.support.conversations import FILES, LAPTOP, LaptopAuthor, Quiet


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "data").mkdir()
    for name in ("tickets.csv", "replies.jsonl"):
        (tmp_path / "data" / name).write_bytes((FILES / name).read_bytes())
    return tmp_path


def values_of(project: Path, sentence: str, name: str) -> dict[str, str]:
    made = plan(sentence, [project / "data" / name], machine=LAPTOP, project=project)
    return plain_values(made.require_plan())


def changed(project: Path, sentence: str, current: dict[str, str], history: tuple[str, ...] = ()) -> dict[str, str]:
    turn = Turn(
        sentence, history, project=project, plan={} if history else current, current=current, has_new_data=False
    )
    proposal = LaptopAuthor().write(turn, Quiet()).proposal
    after = plain_values(proposal.require_plan())
    return {name: value for name, value in after.items() if current.get(name) != value}


TICKETS = "Sort messages by queue."


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("seed 7", {"training.seed": "7"}),
        ("Use 9 epochs", {"training.num_train_epochs": "9.0"}),
        ("Train tickets.csv for 9 epochs", {"training.num_train_epochs": "9.0"}),
        ("rank 64, no wait, 32", {"training.adapter.r": "32"}),
        ("at most $10 and 2 hours", {"compute.max_cost_usd": "10.0", "compute.max_hours": "2.0"}),
        ("evaluate on MMLU too", {"evaluation.benchmarks": '["mmlu"]'}),
        ("run it on ssh://gpu1.example.org", {"compute.target": '"ssh://gpu1.example.org"'}),
    ],
)
def test_only_what_was_said(sentence: str, changes: dict[str, str], project: Path) -> None:
    current = values_of(project, TICKETS, "tickets.csv") | {"goal": '"by hand"', "training.adapter.lora_alpha": "11.0"}
    assert changed(project, sentence, current) == changes


def test_another_plan_that_is_open_now_is_the_one_that_changes(project: Path) -> None:
    other = values_of(project, "Rewrite our notes as friendly replies", "replies.jsonl")
    assert changed(project, "Train tickets.csv for 9 epochs", other, history=(TICKETS,)) == {
        "training.num_train_epochs": "9.0"
    }


def test_reasons_say_what_was_said_and_what_stays(project: Path) -> None:
    current = values_of(project, TICKETS, "tickets.csv")
    turn = Turn("seed 7", project=project, plan=current, current=current, has_new_data=False)
    reasons = LaptopAuthor().write(turn, Quiet()).proposal.reasons
    assert reasons["training.seed"] == "You said “seed 7”."
    assert reasons["dataset.split.seed"].startswith("As before")
