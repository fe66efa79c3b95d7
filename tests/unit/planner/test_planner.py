"""Whole proposals: plan, questions, answers, warnings, reasons, estimate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.planner.planner import plan
from assistant.planner.proposal import Proposal
from assistant.planner.sources import bring_in
from pipeline.errors import BadInput
from pipeline.machine.machine import Gpu, Machine
from pipeline.plan.document import load_plan, new_document
from pipeline.plan.errors import PlanErrors
from pipeline.plan.layout import new_plan_text
from pipeline.plan.model import Plan
from pipeline.plan.tree import path_text, read_tree
from tests.support.conversations import LAPTOP
from tests.unit.planner.tickets import WISH, tickets

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "resources" / "samples" / "support"
SHARED = ROOT.parent / "shared" / "data"
WORKSTATION = LAPTOP.model_copy(update={"gpus": [Gpu(name="NVIDIA L4", memory_gib=24, free_gib=23, driver="550")]})


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def propose(sentence: str, *data: Path, overrides: list[str] | None = None, machine: Machine = LAPTOP) -> Proposal:
    return plan(sentence, list(data), overrides=overrides or [], machine=machine)


def test_the_sample_tickets() -> None:
    proposal = propose(WISH, SAMPLE / "tickets.csv")
    made = proposal.require_plan()
    assert (made.task, made.dataset.columns) == ("classification", {"prompt": ["Message"], "completion": ["Queue"]})
    assert made.dataset.system_prompt == "Answer with the queue of the message, nothing else."
    assert made.dataset.split.test == 0.2
    assert made.evaluation.metrics == ["accuracy", "macro_f1"]
    assert made.model.base == "pocket"
    assert isinstance(made.training.learning_rate, float)
    assert proposal.questions == []
    assert "plan.pocket_base" in {warning.code for warning in proposal.warnings}
    assert proposal.estimate["seconds_low"] < proposal.estimate["seconds"] < proposal.estimate["seconds_high"]


def test_the_sample_notes() -> None:
    sentence = "Rewrite our agents' short notes as replies to the customer, in our house's tone."
    made = propose(sentence, SAMPLE / "tone.jsonl").require_plan()
    assert (made.task, made.dataset.columns) == ("rewriting", {"prompt": ["note"], "completion": ["reply"]})
    assert made.dataset.system_prompt == sentence
    assert made.evaluation.metrics == ["rouge_l", "exact_match"]


@pytest.mark.skipif(not (SHARED / "banking77").is_dir(), reason="the shared data sets are not here")
@pytest.mark.parametrize("names", [("train.csv", "test.csv"), ("train.csv",)])
def test_banking77_with_its_own_test_file(names: tuple[str, ...]) -> None:
    sentence = "Sort the messages our bank customers send us into the right category"
    made = propose(sentence, *(SHARED / "banking77" / name for name in names)).require_plan()
    assert [(source.path, source.split) for source in made.dataset.sources] == [
        ("data/train.csv", None),
        ("data/test.csv", "test"),
    ]
    assert (made.dataset.split.validation, made.dataset.split.test) == (0.1, 0.0)
    assert made.dataset.columns == {"prompt": ["text"], "completion": ["category"]}
    assert made.training.adapter.r == 32


def test_every_line_of_the_plan_has_a_reason(tmp_path: Path) -> None:
    proposal = propose(WISH, tickets(tmp_path))
    text = new_plan_text(proposal.require_plan())
    written = [path for path, entry in read_tree(text, "plan").entries.items() if entry.kind == "scalar"]
    lines = {path_text(path): [path_text(path[:length]) for length in range(1, len(path) + 1)] for path in written}
    assert len(lines) > 25
    assert [line for line, fields in lines.items() if not set(fields) & set(proposal.reasons)] == []
    assert all(reason.strip() for reason in proposal.reasons.values())
    assert "auto" not in text


def test_a_choice_of_another_base_is_estimated_as_a_plan_on_it(tmp_path: Path) -> None:
    path, large = tickets(tmp_path), LAPTOP.model_copy(update={"memory_gib": 64, "available_gib": 60})
    best = propose(WISH, path, machine=large).estimate["choices"][-1]
    planned = propose(WISH, path, machine=large, overrides=[f"model.base={best['changes']['model.base']}"])
    adapter = planned.require_plan().training.adapter
    assert (adapter.lora_dropout, adapter.target_embeddings) == (0, False), "which a tiny base has otherwise"
    assert [best[name] for name in ("memory_gib", "seconds")] == [
        planned.estimate[name] for name in ("memory_gib", "seconds")
    ]


def test_a_fixed_field_decides_over_everything(tmp_path: Path) -> None:
    overrides = ["training.num_train_epochs=2", "training.adapter.r=128", "evaluation.metrics=macro_f1", "name=mine"]
    proposal = propose(f"{WISH} Five epochs.", tickets(tmp_path), overrides=overrides)
    made = proposal.require_plan()
    assert (made.training.num_train_epochs, made.training.adapter.r, made.name) == (2, 128, "mine")
    assert made.training.adapter.lora_alpha == 32
    assert made.serving.max_lora_rank == 128
    assert made.evaluation.gates == {"macro_f1": "> base+prompt"}
    assert proposal.reasons["training.num_train_epochs"] == "You fixed it."
    with pytest.raises(PlanErrors, match=r"no field `training\.epoch`"):
        propose(WISH, tickets(tmp_path), overrides=["training.epoch=2"])


def test_wishes_of_the_sentence_and_one_that_makes_no_sense(tmp_path: Path) -> None:
    sentence = f"{WISH} Rank 8, 4 epochs, a learning rate of 7, 20 euros at most, within 3 hours."
    proposal = propose(sentence, tickets(tmp_path))
    made = proposal.require_plan()
    assert (made.training.adapter.r, made.training.num_train_epochs) == (8, 4)
    assert (made.compute.max_cost_usd, made.compute.max_hours) == (20, 3)
    assert 0 < float(made.training.learning_rate) < 1
    warnings = {warning.code: warning.message for warning in proposal.warnings}
    assert "“learning rate of 7”" in warnings["plan.range"]
    assert "Euros are taken as US dollars" in warnings["plan.assumed"]
    assert proposal.reasons["training.adapter.r"] == "You said “Rank 8”."


def test_german(tmp_path: Path) -> None:
    proposal = propose("Sortiere die Nachrichten unserer Kunden in die richtige Warteschlange", tickets(tmp_path))
    made = proposal.require_plan()
    assert made.task == "classification"
    assert made.dataset.system_prompt == "Antworte nur mit dem passenden Wert für „queue“."


def test_what_cannot_be_trained_or_served_is_said(tmp_path: Path) -> None:
    path = tickets(tmp_path)
    dora = propose(f"{WISH} Use DoRA.", path)
    assert {warning.code for warning in dora.warnings} >= {"plan.unservable_dora"}
    full = propose(f"{WISH} Full fine-tuning, not LoRA.", path)
    assert full.require_plan().training.adapter.type == "full"
    assert {warning.code for warning in full.warnings} >= {"training.not_built", "plan.unservable_type"}


def test_a_base_that_is_not_here(tmp_path: Path) -> None:
    proposal = propose(f"{WISH} On an 8B model, my card has 12 GB.", tickets(tmp_path))
    made = proposal.require_plan()
    assert (made.model.base, made.training.quantization) == ("Qwen/Qwen3-8B", "nf4")
    assert made.training.learning_rate == pytest.approx(1e-4)
    assert "hf download Qwen/Qwen3-8B" in " ".join(warning.message for warning in proposal.warnings)
    assert proposal.estimate["memory_gib"] < 12


def test_a_larger_machine_is_told_of_a_larger_base(tmp_path: Path) -> None:
    path = tickets(tmp_path)
    small, large = propose(WISH, path), propose(WISH, path, machine=WORKSTATION)
    assert small.require_plan().model.base == large.require_plan().model.base == "pocket"
    for proposal, better in ((small, "Qwen/Qwen3-0.6B"), (large, "Qwen/Qwen3-8B")):
        said = {warning.code: warning.message for warning in proposal.warnings}
        assert better in said["plan.pocket_base"]


def test_a_named_column_that_is_not_the_likeliest_is_asked_about() -> None:
    proposal = propose("Which agent should answer a message?", SAMPLE / "tickets.csv")
    question = next(question for question in proposal.questions if question.field == "dataset.columns")
    assert [choice.text for choice in question.choices] == ["Message → Queue", "Message → Agent"]
    answered = propose(
        "Which agent should answer a message?",
        SAMPLE / "tickets.csv",
        overrides=[f"dataset.columns={question.choices[1].value}"],
    )
    assert answered.questions == []
    assert answered.require_plan().dataset.columns["completion"] == ["Agent"]


def test_a_named_column_that_nothing_speaks_for_is_asked_about_too() -> None:
    questions = propose("Predict the channel of a message", SAMPLE / "tickets.csv").questions
    assert [choice.text for choice in questions[0].choices] == ["Message → Queue", "Message → Channel"]


def test_sentence_and_data_that_contradict_each_other(tmp_path: Path) -> None:
    proposal = propose("Summarise our tickets in three sentences", tickets(tmp_path))
    assert [question.field for question in proposal.questions] == ["task"]
    assert proposal.questions[0].default == proposal.require_plan().task == "classification"


@pytest.mark.parametrize(
    "sentence", ["asdf qwer zxcv", "Make it better", "Take the model from last time, with shorter answers"]
)
def test_what_says_too_little_is_asked_about(sentence: str) -> None:
    proposal = propose(sentence)
    assert proposal.plan is None
    assert proposal.questions
    with pytest.raises(BadInput, match="Which file"):
        proposal.require_plan()


def test_without_data_the_rest_of_the_plan_is_there() -> None:
    proposal = propose("Sort mails into the right folder, 3 epochs", overrides=["name=folders"])
    assert [question.field for question in proposal.questions] == ["dataset.sources"]
    partial = proposal.as_json()["plan"]
    assert (partial["task"], partial["name"]) == ("classification", "folders")
    assert partial["training"] == {
        "num_train_epochs": 3,
        "method": "sft",
        "adapter": {"type": "lora"},
        "quantization": "none",
    }


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Hello", "Say in one sentence"),
        ("What is LoRA?", "freezes the base"),
        ("Was bedeutet der Rang?", "width of an adapter"),
        ("How many examples do I need?", "100 examples"),
        ("Should I fine-tune or prompt?", "good prompt first"),
        ("Delete all files on this disk", "never deletes files"),
        ("What will the weather be tomorrow?", "no written answer"),
    ],
)
def test_what_is_answered_in_words(sentence: str, said: str) -> None:
    proposal = propose(sentence)
    assert said in (proposal.answer or "")
    assert proposal.as_json()["plan"] is None


def test_a_request_in_the_form_of_a_question_is_a_wish(tmp_path: Path) -> None:
    assert propose("Can you classify these messages?", tickets(tmp_path)).plan is not None
    assert propose("Can you build something that sorts mails into the right folder?").questions


def test_files_outside_are_brought_in_and_nothing_is_overwritten(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    train, test = tickets(tmp_path, "train.csv"), tickets(tmp_path / "other", "train.csv", rows=40)
    inside = tickets(project / "data", "inside.csv")
    proposal = plan(WISH, [train, test, inside], machine=LAPTOP, project=project)
    assert [source.path for source in proposal.require_plan().dataset.sources] == [
        "data/train.csv",
        "data/train-2.csv",
        "data/inside.csv",
    ]
    assert bring_in(proposal, project) == [project / "data/train.csv", project / "data/train-2.csv"]
    assert bring_in(proposal, project) == []
    (project / "data/train.csv").write_text("something else")
    with pytest.raises(BadInput, match="with other content"):
        bring_in(proposal, project)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "data.empty_file"), (b"message,queue\n", "data.no_rows"), (None, "data.missing_file")],
)
def test_files_that_cannot_be_used(content: bytes | None, code: str, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        propose(WISH, path)
    assert caught.value.code == code


def test_the_plan_survives_its_file_and_a_second_proposal(tmp_path: Path) -> None:
    first = propose(WISH, tickets(tmp_path)).require_plan()
    document = new_document(first)
    document.save(tmp_path / "plan.yaml")
    assert load_plan(tmp_path / "plan.yaml").plan == first
    assert propose(WISH, tickets(tmp_path)).require_plan() == first


def test_json_is_the_contract(tmp_path: Path) -> None:
    values = json.loads(json.dumps(propose(WISH, tickets(tmp_path)).as_json()))
    assert set(values) == {"plan", "questions", "answer", "warnings", "reasons", "estimate"}
    assert Plan.model_validate(values["plan"]).task == "classification"
    assert all(set(warning) == {"code", "message", "field"} for warning in values["warnings"])
    assert {"memory_gib", "seconds", "cost_usd", "basis"} <= set(values["estimate"])


HEAVY = "torch transformers polars pyarrow sklearn sqlalchemy scipy numpy pandas litellm openai vllm peft trl datasets"


def test_planning_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from assistant.planner.planner import plan; "
        f"assert plan({WISH!r}, [Path(sys.argv[1])]).plan; "
        f"print(*[name for name in {HEAVY.split()!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tickets(tmp_path))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
