"""Plan text: what is read, what an edit touches, what survives it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.plan.document import load_plan, new_document, parse_plan
from pipeline.plan.errors import PlanErrors
from pipeline.plan.layout import dump_plan, new_plan_text
from pipeline.plan.model import Plan
from tests.support.plans import plans, small_plan

COMMENTED = """\
# Our first plan. Ask Mina before changing the split.
version: 1
task: classification   # out of order on purpose
name: support-triage

dataset:
    # last year's export
    sources:
      - path: data/tickets.csv   # from the help desk
        split: train
      # the frozen test set
      - {path: data/test.csv, split: test}
    columns: { prompt: [ text ],   completion: category }
    system_prompt: >-   # agreed with the team
        Answer with the queue
        of the message.
    # nothing below this line is ours
    split: {validation: 0.2}

model:

training:
  adapter:
    type: lora
    r: 16     # small is enough
    # alpha follows r
    lora_alpha: 32
  learning_rate: 2e-4

# what must hold
evaluation:
  metrics: accuracy
  gates:
    accuracy: '> base'
"""


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_reads_what_the_text_says() -> None:
    document = parse_plan(COMMENTED)
    plan = document.plan
    assert (plan.name, plan.training.adapter.r, plan.training.learning_rate) == ("support-triage", 16, 2e-4)
    assert plan.dataset.system_prompt == "Answer with the queue of the message."
    assert plan.dataset.columns == {"prompt": ["text"], "completion": ["category"]}
    assert document.place("training.adapter.r") == (25, 5)
    assert document.place("model.base") == (20, 1)


@pytest.mark.parametrize(
    ("field", "value", "before", "after"),
    [
        ("training.learning_rate", 1e-3, "learning_rate: 2e-4", "learning_rate: 1.0e-3"),
        ("training.adapter.r", 32, "r: 16     # small", "r: 32     # small"),
        ("dataset.columns.completion", ["queue"], "completion: category }", "completion: [queue] }"),
        ("evaluation.gates.accuracy", ">= 0.9", "accuracy: '> base'", 'accuracy: ">= 0.9"'),
        ("dataset.sources[1].path", "data/t.csv", "{path: data/test.csv,", "{path: data/t.csv,"),
        ("dataset.sources[0].split", "test", "split: train", "split: test"),
        ("evaluation.metrics", ["accuracy", "macro_f1"], "metrics: accuracy", "metrics: [accuracy, macro_f1]"),
    ],
)
def test_an_edit_changes_its_characters_only(field: str, value: object, before: str, after: str) -> None:
    document = parse_plan(COMMENTED)
    assert COMMENTED.count(before) == 1
    document.set(field, value)
    assert document.text == COMMENTED.replace(before, after)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("goal", "Sort messages.", "goal: Sort messages."),
        ("model.base", "Qwen/Qwen3-0.6B", "  base: Qwen/Qwen3-0.6B"),
        ("training.method", "sft", "  method: sft"),
        ("training.adapter.lora_dropout", 0.05, "    lora_dropout: 0.05"),
        ("training.num_train_epochs", 3, "  num_train_epochs: 3"),
        ("compute.max_cost_usd", 10, "  max_cost_usd: 10"),
        ("evaluation.judge", {"model": "openai/gpt-5"}, "  judge: {model: openai/gpt-5}"),
        ("dataset.sources[2]", {"path": "data/more.csv"}, "      - {path: data/more.csv}"),
    ],
)
def test_a_new_field_gets_a_line_of_its_own(field: str, value: object, line: str) -> None:
    document = parse_plan(COMMENTED)
    document.set(field, value)
    added = [new for new in document.text.splitlines() if new not in COMMENTED.splitlines()]
    assert line in added
    assert [text for text in added if text not in (line, "compute:")] == []
    assert comments(document.text) == comments(COMMENTED)


def test_a_long_prompt_becomes_a_paragraph_and_its_comment_stays() -> None:
    document = parse_plan(COMMENTED)
    prompt = "Answer with one of the queues. " * 8 + "Nothing else."
    document.set("dataset.system_prompt", prompt)
    assert document.plan.dataset.system_prompt == prompt
    assert comments(document.text) == comments(COMMENTED)
    document.set("goal", prompt)
    assert "goal: >-\n" in document.text


def test_apply_changes_the_differences_only() -> None:
    document = parse_plan(COMMENTED)
    plan = document.plan.model_copy(deep=True)
    plan.training.adapter.r = 8
    plan.dataset.sources = plan.dataset.sources[:1]
    plan.evaluation.gates = {}
    document.apply(plan)
    assert document.plan == plan
    changed = [line for line in COMMENTED.splitlines() if line not in document.text.splitlines()]
    assert [line.strip() for line in changed] == [
        "- {path: data/test.csv, split: test}",
        "r: 16     # small is enough",
        "gates:",
        "accuracy: '> base'",
    ]


def test_a_refused_edit_leaves_the_document_as_it_was() -> None:
    document = parse_plan(COMMENTED)
    with pytest.raises(PlanErrors, match="whole number of at least 1"):
        document.set("training.adapter.r", 0)
    with pytest.raises(PlanErrors, match=r"no field `training\.adaptor\.r`"):
        document.set("training.adaptor.r", 8)
    assert document.text == COMMENTED
    assert document.plan.training.adapter.r == 16


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode())
    document = load_plan(path)
    document.set("name", "other")
    document.save(path)
    assert path.read_bytes() == COMMENTED.replace("support-triage", "other").replace("\n", "\r\n").encode()


def test_files_that_are_no_plans(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as missing:
        load_plan(tmp_path / "plan.yaml")
    assert missing.value.code == "plan.missing_file"
    with pytest.raises(BadInput) as folder:
        load_plan(tmp_path)
    assert folder.value.code == "plan.unreadable"
    (tmp_path / "plan.yaml").write_bytes(b"version: 1\nname: caf\xe9\n")
    with pytest.raises(BadInput, match="byte 0xe9 in line 2"):
        load_plan(tmp_path / "plan.yaml")


def test_a_new_plan_is_short_and_complete() -> None:
    text = new_plan_text(small_plan())
    assert len(text.splitlines()) < 45
    assert "learning_rate: auto" in text
    assert "weight_decay" not in text
    assert parse_plan(text).plan == small_plan()


@settings(deadline=None, max_examples=60)
@given(plans())
def test_dumped_plans_are_read_back_equal_by_every_yaml_version(plan: Plan) -> None:
    for text in (dump_plan(plan), new_plan_text(plan)):
        assert parse_plan(text).plan == plan
        # PyYAML reads YAML 1.1: `no`, `1e-4` and `12:30` mean other things there.
        assert (
            Plan.model_validate({key: value for key, value in yaml.safe_load(text).items() if value is not None})
            == plan
        )


@settings(deadline=None, max_examples=40)
@given(plans(), plans())
def test_any_plan_can_become_any_other(old: Plan, new: Plan) -> None:
    document = new_document(old)
    document.apply(new)
    assert document.plan == new


def _with_comments(text: str, picks: list[bool]) -> str:
    """The text with a comment line above some of its lines, outside of texts of several lines."""
    lines: list[str] = []
    text_indent: int | None = None
    for number, line in enumerate(text.splitlines()):
        indent = len(line) - len(line.lstrip())
        if text_indent is not None and line and indent <= text_indent:
            text_indent = None
        if picks[number % len(picks)] and text_indent is None and line and not line.startswith("#"):
            lines.append(f"{' ' * indent}# note {number}")
        if text_indent is None and line.endswith((">-", "|", "|-")):
            text_indent = indent
        lines.append(line)
    return "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=40)
@given(
    plans(), st.lists(st.booleans(), min_size=5, max_size=11), st.floats(1e-9, 1), st.integers(1, 512), st.booleans()
)
def test_edits_keep_every_comment(plan: Plan, picks: list[bool], rate: float, rank: int, is_frozen: bool) -> None:
    text = _with_comments(dump_plan(plan) if is_frozen else new_plan_text(plan), picks)
    document = parse_plan(text)
    changed = plan.model_copy(deep=True)
    changed.training.learning_rate = rate
    changed.training.adapter.r = rank
    changed.goal = f"other: {rank}"
    changed.compute.max_hours = rate
    document.apply(changed)
    assert document.plan == changed
    assert [line for line in document.text.splitlines() if "# note" in line] == [
        line for line in text.splitlines() if "# note" in line
    ]
