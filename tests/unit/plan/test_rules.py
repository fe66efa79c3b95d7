"""Rules between fields, gates, and what can't be served."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.metrics.table import METRICS as MEASURED
from pipeline.plan.document import new_document
from pipeline.plan.errors import PlanErrors
from pipeline.plan.gates import Gate, parse_gate
from pipeline.plan.model import METRICS
from pipeline.plan.overrides import set_field
from pipeline.plan.rules import check
from pipeline.plan.servable import unservable
from tests.support.plans import small_plan


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        (["dataset.columns={prompt: [text]}"], "plan.columns"),
        (["dataset.columns={prompt: [text], completion: [text]}"], "plan.columns"),
        (["training.method=dpo"], "plan.columns"),
        (["task=preference"], "plan.method"),
        (["training.adapter.type=full", "training.quantization=nf4"], "plan.quantization"),
        (["training.adapter.target_modules=[]"], "plan.target_modules"),
        (["dataset.labels=[billing]"], "plan.labels"),
        (["serving.max_lora_rank=48"], "plan.max_lora_rank"),
        (["evaluation.baselines=[base]", 'evaluation.gates={accuracy: "> base+prompt"}'], "plan.gate"),
        (["evaluation.benchmarks=[gsm8]"], "plan.benchmark"),
    ],
)
def test_fields_that_contradict_each_other(overrides: list[str], code: str) -> None:
    with pytest.raises(PlanErrors) as caught:
        set_field(small_plan(), *overrides)
    assert code in {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("override", "code", "alternative"),
    [
        ("training.adapter.use_dora=true", "plan.unservable_dora", "use_dora: false"),
        ("training.adapter.init_lora_weights=pissa", "plan.unservable_init", "init_lora_weights: true"),
        ("training.adapter.init_lora_weights=olora", "plan.unservable_init", "init_lora_weights: true"),
        ("training.adapter.init_lora_weights=loftq", "plan.unservable_init", "init_lora_weights: true"),
        ("training.adapter.init_lora_weights=corda", "plan.unservable_init", "init_lora_weights: true"),
        ("training.adapter.type=prefix", "plan.unservable_type", "type: lora"),
        ("training.adapter.type=full", "plan.unservable_type", "type: lora"),
        ("training.adapter.r=128", "plan.unservable_rank", "r: 64"),
        ("training.adapter.target_modules=[q_proj, lm_head]", "plan.unservable_modules", "all-linear"),
        ("training.adapter.target_modules=wte", "plan.unservable_modules", "all-linear"),
    ],
)
def test_what_cannot_be_served_is_said_with_the_alternative(override: str, code: str, alternative: str) -> None:
    plan = set_field(small_plan(), override)
    found = unservable(plan)
    assert [(problem.code, problem.severity) for problem in found] == [(code, "warning")]
    assert alternative in found[0].hint
    warned = new_document(plan).warnings
    assert [problem.code for problem in warned] == [code]
    assert warned[0].line > 0


@pytest.mark.parametrize(
    "override", ["training.adapter.init_lora_weights=gaussian", "training.adapter.use_rslora=true"]
)
def test_what_can_be_served_is_not_warned_of(override: str) -> None:
    assert unservable(set_field(small_plan(), override)) == []


def test_warnings_of_plans_that_work_badly() -> None:
    no_test: dict[str, Any] = {"sources": [{"path": "data/a.csv"}], "split": {"test": 0}}
    assert [problem.code for problem in check(small_plan(dataset=no_test))] == ["plan.no_test"]
    assert [problem.code for problem in check(small_plan(model={"base": "/models/llama"}))] == ["plan.machine_path"]
    own_test = {"sources": [{"path": "data/a.csv"}, {"path": "data/b.csv", "split": "test"}], "split": {"test": 0}}
    assert check(small_plan(dataset=own_test)) == []


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("> base", Gate("m", ">", "base")),
        (">=0.9", Gate("m", ">=", 0.9)),
        (" <= 2e-2 ", Gate("m", "<=", 0.02)),
        (">= base+prompt + 0.05", Gate("m", ">=", "base+prompt", 0.05)),
        ("> base + .1", Gate("m", ">", "base", 0.1)),
        ("< tone@stable", Gate("m", "<", "tone@stable")),
    ],
)
def test_gates(text: str, gate: Gate) -> None:
    assert parse_gate("m", text) == gate
    assert parse_gate("m", str(gate)) == gate


@pytest.mark.parametrize(
    "text", ["", "better", "base", "= 0.9", "=> 0.9", "> 0.9 + 0.1", "> basis", "> base + x", "> base base"]
)
def test_no_gates(text: str) -> None:
    with pytest.raises(ValueError, match="a rule is one of"):
        parse_gate("m", text)


@given(st.text(max_size=12))
def test_any_text_is_a_gate_or_refused(text: str) -> None:
    try:
        gate = parse_gate("m", text)
    except ValueError:
        return
    assert parse_gate("m", str(gate)).operator == gate.operator


def test_what_is_measured_is_known_to_the_plan() -> None:
    assert len(MEASURED) >= 5
    assert set(MEASURED) <= set(METRICS)
