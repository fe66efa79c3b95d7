"""Quick fixes: each leaves a text in which its problem is gone."""

from __future__ import annotations

import pytest

from app.workbench.plan_problems import fixed, fixes
from pipeline.plan.document import new_document, parse_plan
from pipeline.plan.errors import PlanErrors, Problem
from tests.support.projects import tiny_plan

PLAN = new_document(tiny_plan()).text


def problems_of(text: str) -> list[Problem]:
    try:
        return list(parse_plan(text).warnings)
    except PlanErrors as errors:
        return list(errors.problems)


@pytest.mark.parametrize(
    ("old", "new", "code", "title"),
    [
        ("lora_alpha: 16", "lora_alpha: 16, use_dora: true", "plan.unservable_dora", "Set use_dora: false"),
        ("lora_alpha: 16", "init_lora_weights: pissa", "plan.unservable_init", "Set init_lora_weights: true"),
        ("type: lora", "type: prefix", "plan.unservable_type", "Set type: lora"),
        ("r: 8", "r: 100", "plan.unservable_rank", "Set r: 64"),
        ("r: 8", "r: 900", "plan.range", "Set r: 512"),
        ("r: 8", "r: wide", "plan.type", "Set r: auto"),
        ("method: sft", "method: sfft", "plan.choice", "Set method: sft"),
        ("num_train_epochs", "epochs", "plan.unknown_field", "Write num_train_epochs"),
        ("  method: sft", "  method: sft\n  rank: 4", "plan.unknown_field", "Move it to training.adapter.r"),
        ("test: 0.2", "test: 0", "plan.no_test", "Set test: 0.1"),
        ("test: 0.2", "test: 0.95", "plan.split", "Set both to 0.1"),
        ("target: local", "target: moon", "plan.target", "Set target: local"),
        ("  alias: candidate", "  max_lora_rank: 60", "plan.max_lora_rank", "Set max_lora_rank: 64"),
        ("  baselines", "  metrics: [acuracy]\n  baselines", "plan.metric", "Set metrics[0]: accuracy"),
        ("  baselines", '  gates: {accuracy: "> base"}\n  baselines', "plan.gate", "Add accuracy to metrics"),
        ("name: queues", "name: our queues!", "plan.name", "Set name: our-queues"),
        ("  method: sft", "\tmethod: sft", "plan.tab", "Replace tabs by spaces"),
        ("  save_steps: 5", "  save_steps: 5\n  save_steps: 6", "plan.duplicate_field", "Remove this line"),
        ("prompt: [text]", "prompt: [text, queue]", "plan.columns", "Take queue out of prompt"),
    ],
)
def test_a_fix_ends_its_problem_and_keeps_the_comments(old: str, new: str, code: str, title: str) -> None:
    text = PLAN.replace(old, new, 1)
    problem = next(each for each in problems_of(text) if each.code == code)
    fix = next(each for each in fixes(problem, text) if each.title == title)
    after = fixed(fix, text)
    assert code not in {each.code for each in problems_of(after)}
    assert "# the rows: which files" in after


def test_what_a_person_must_decide_has_no_fix() -> None:
    text = PLAN.replace("task: classification\n", "")
    problem = next(each for each in problems_of(text) if each.code == "plan.missing")
    assert fixes(problem, text) == ()


def test_a_text_that_can_not_be_edited_stays() -> None:
    text = PLAN.replace("type: lora", "type: prefix")
    fix = fixes(problems_of(text)[0], text)[0]
    assert fixed(fix, "a: [") == "a: ["
