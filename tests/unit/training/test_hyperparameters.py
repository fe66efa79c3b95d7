"""Every `auto` becomes a number with a reason; what the user fixed stays; every number has a source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.bases.base import Base, read_base
from pipeline.datasets.facts import RowFacts, TokenLengths
from pipeline.errors import BadInput
from pipeline.plan.model import Plan
from pipeline.plan.overrides import set_field
from pipeline.processes.detached import module_environment
from pipeline.training.hyperparameters import resolve
from pipeline.training.recipe import choose, training_recipe
from tests.support.plans import small_plan
from tests.support.tiny_model import make_tiny_base

AUTO = {
    "training.max_length",
    "training.per_device_train_batch_size",
    "training.num_train_epochs",
    "training.adapter.r",
    "training.adapter.lora_alpha",
    "training.adapter.lora_dropout",
    "training.adapter.target_embeddings",
    "training.learning_rate",
    "training.save_steps",
}
POCKET_PARAMS = 6_300_000


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return replace(read_base(make_tiny_base(tmp_path_factory.mktemp("base"))), id="pocket", params=POCKET_PARAMS)


def facts(rows: int, labels: int | None = 10, prompt: int = 40, completion: int = 8) -> RowFacts:
    return RowFacts(rows, labels, TokenLengths(12, 30, prompt), TokenLengths(4, 6, completion))


def autos(value: Any, path: str = "") -> Iterator[str]:
    if value == "auto":
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from autos(item, f"{path}.{key}".removeprefix("."))


def test_every_open_number_is_chosen_and_explained(base: Base) -> None:
    plan = small_plan()
    assert set(autos(plan.model_dump())) == AUTO
    resolved = resolve(plan, facts(1357), base)
    assert list(autos(resolved.plan.model_dump())) == []
    assert set(resolved.reasons) == AUTO
    assert all(len(reason) > 15 and reason.endswith(".") for reason in resolved.reasons.values())
    assert Plan.model_validate(resolved.plan.model_dump()) == resolved.plan
    assert set(autos(plan.model_dump())) == AUTO, "the plan that was given is left alone"


def test_what_the_user_fixed_stays_and_the_rest_follows_it(base: Base) -> None:
    fixed = ["r=8", "lora_alpha=12", "lora_dropout=0.1", "target_embeddings=false", "type=lora"]
    plan = set_field(small_plan(), *(f"training.adapter.{one}" for one in fixed))
    plan = set_field(plan, "training.learning_rate=0.005", "training.num_train_epochs=1.5", "training.save_steps=7")
    plan = set_field(plan, "training.per_device_train_batch_size=2", "training.max_length=100")
    resolved = resolve(plan, facts(101), base)
    assert resolved.plan == plan
    assert (resolved.reasons, resolved.steps) == ({}, 77)  # 51 steps an epoch, one and a half epochs
    only_r = resolve(set_field(small_plan(), "training.adapter.r=8"), facts(101), base).plan.training.adapter
    assert (only_r.r, only_r.lora_alpha) == (8, 32)


@pytest.mark.parametrize(
    ("params", "low", "high"),
    [(6.3e6, 1e-3, 3e-3), (135e6, 2e-4, 5e-4), (600e6, 2e-4, 5e-4), (1.1e9, 2e-4, 2e-4), (7.6e9, 1e-4, 1e-4)],
)
def test_larger_bases_take_smaller_steps_and_full_training_smaller_ones_still(
    base: Base, params: float, low: float, high: float
) -> None:
    sized = replace(base, params=int(params))
    rate = resolve(small_plan(), facts(1000), sized).plan.training.learning_rate
    assert isinstance(rate, float)
    assert low <= rate <= high
    full = resolve(set_field(small_plan(), "training.adapter.type=full"), facts(1000), sized)
    assert full.plan.training.learning_rate == pytest.approx(rate / 10)
    assert "all weights" in full.reasons["training.learning_rate"]


def test_only_tiny_bases_get_dropout_and_learn_words(base: Base) -> None:
    tiny, small = (
        resolve(small_plan(), facts(1000), replace(base, params=params)).plan.training.adapter
        for params in (6_300_000, 135_000_000)
    )
    assert float(tiny.lora_dropout) > 0 == small.lora_dropout
    assert (tiny.target_embeddings, small.target_embeddings) == (True, False)
    named = set_field(small_plan(), "training.adapter.target_modules=[q_proj, v_proj]")
    resolved = resolve(named, facts(1000), base)
    assert resolved.plan.training.adapter.target_embeddings is False, "who names layers means these"
    assert "names the layers" in resolved.reasons["training.adapter.target_embeddings"]


def test_many_labels_or_many_rows_get_a_higher_rank_within_what_is_served(base: Base) -> None:
    def rank(plan: Plan, rows: RowFacts) -> int | str:
        return resolve(plan, rows, base).plan.training.adapter.r

    other = set_field(small_plan(), "task=instruction")
    assert [rank(small_plan(), facts(5000, labels)) for labels in (2, 20, 21, 77)] == [16, 16, 32, 32]
    assert [rank(other, facts(rows, None)) for rows in (50, 10_000, 50_000)] == [16, 16, 32]
    limited = set_field(small_plan(), "serving.max_lora_rank=8")
    resolved = resolve(limited, facts(5000, 77), base)
    assert resolved.plan.training.adapter.r == 8
    assert "would not be served" in resolved.reasons["training.adapter.r"]


@pytest.mark.parametrize("params", [POCKET_PARAMS, 600_000_000])
def test_few_rows_are_seen_more_often_and_the_steps_have_bounds(base: Base, params: int) -> None:
    sized, bounds = replace(base, params=params), training_recipe().steps[0]
    sizes = (1, 3, 20, 100, 500, 2_000, 20_000, 200_000, 5_000_000)
    found = [resolve(small_plan(), facts(rows), sized) for rows in sizes]
    epochs = [float(each.plan.training.num_train_epochs) for each in found]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[0] > epochs[4] > epochs[-1] == 1
    assert all(each.steps <= bounds.most or number == 1 for each, number in zip(found, epochs, strict=True))
    assert all(each.steps >= bounds.least for each in found[2:])
    for each in found:
        assert f"{each.steps:,} step" in each.reasons["training.num_train_epochs"]
        save = each.plan.training.save_steps
        assert isinstance(save, int)
        assert 1 <= save <= 500


def test_batches_are_small_and_smaller_for_few_rows(base: Base) -> None:
    def batch(rows: int, params: int = POCKET_PARAMS) -> int | str:
        resolved = resolve(small_plan(), facts(rows), replace(base, params=params))
        return resolved.plan.training.per_device_train_batch_size

    assert [batch(rows) for rows in (1, 8, 20, 63, 64, 10_000)] == [1, 1, 2, 4, 8, 8]
    assert batch(10_000, 7_600_000_000) == 4


def test_the_length_holds_the_longest_row_and_never_exceeds_the_context(base: Base) -> None:
    def length(prompt: int, completion: int) -> int | str:
        return resolve(small_plan(), facts(100, 10, prompt, completion), base).plan.training.max_length

    assert base.context == 2048
    assert (length(40, 8), length(41, 8), length(100, 100)) == (64, 128, 256)
    assert length(2000, 47) == length(1500, 1500) == 2048
    for prompt, completion, which in ((2048, 3, "question"), (10, 5000, "answer")):
        with pytest.raises(BadInput, match=f"longest {which} has {max(prompt, completion)} tokens") as refusal:
            length(prompt, completion)
        assert refusal.value.code == "training.row_too_long"
    with pytest.raises(BadInput, match="over the 2048 tokens") as over:
        resolve(set_field(small_plan(), "training.max_length=4096"), facts(100), base)
    assert over.value.code == "training.max_length"


def test_what_has_no_recipe_or_no_rows_is_refused(base: Base) -> None:
    for field in ("training.adapter.type=prefix", "training.method=dpo"):
        plan = set_field(small_plan(dataset={"sources": [{"path": "data/x.csv"}]}), field)
        with pytest.raises(BadInput) as refusal:
            resolve(plan, facts(100), base)
        assert refusal.value.code == "training.no_recipe"
        resolve(set_field(plan, "training.learning_rate=1e-5"), facts(100), base)
    with pytest.raises(BadInput) as empty:
        resolve(small_plan(), facts(0), base)
    assert empty.value.code == "data.no_training_rows"


def without_source(value: Any, path: str = "") -> Iterator[str]:
    """Paths of numbers whose own mapping names no source."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = f"{path}.{key}".removeprefix(".")
        if isinstance(item, int | float) and not (isinstance(value, dict) and len(str(value.get("source", ""))) > 9):
            yield here
        yield from without_source(item, here)


def test_every_number_of_the_recipe_has_a_source() -> None:
    assert list(without_source({"a": [{"value": 1, "source": "somebody 2026"}, {"value": 2}]})) == ["a.1.value"]
    text = resources.files("resources").joinpath("recipes/training.yaml").read_text(encoding="utf-8")
    recipe = YAML(typ="safe", pure=True).load(text)
    assert list(without_source(recipe)) == ["version"]
    assert text.count("source:") >= 25


def test_each_list_of_choices_rises_to_one_that_always_applies() -> None:
    recipe = training_recipe()
    lists = [recipe.learning_rate, recipe.batch_size, *recipe.rank.values(), *recipe.epochs.values()]
    assert len(lists) == 6
    for choices in lists:
        limits = [choice.limit for choice in choices]
        assert limits == sorted(set(limits))
        assert choose(choices, 1e15) is choices[-1]


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys, pipeline.training.hyperparameters as h; h.training_recipe()\n"
        "print(sorted({'torch', 'numpy', 'transformers', 'tokenizers', 'pyarrow'} & set(sys.modules)))"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, env=module_environment(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
