"""`--set FIELD=VALUE`: typed as in a file, all errors at once."""

from __future__ import annotations

import pytest

from pipeline.plan.errors import PlanErrors
from pipeline.plan.fields import all_fields, closest, find_field, parse_path
from pipeline.plan.model import Plan
from pipeline.plan.overrides import override_values, set_field
from pipeline.plan.tree import path_text
from tests.support.plans import small_plan


@pytest.mark.parametrize(
    ("override", "field", "value"),
    [
        ("model.base=Qwen/Qwen3-0.6B", "model.base", "Qwen/Qwen3-0.6B"),
        ("model.revision=12e4567", "model.revision", "12e4567"),
        ("model.revision=null", "model.revision", None),
        ("training.learning_rate=2e-4", "training.learning_rate", 2e-4),
        ("training.learning_rate=auto", "training.learning_rate", "auto"),
        ("training.adapter.use_rslora=true", "training.adapter.use_rslora", True),
        ("evaluation.metrics=accuracy,macro_f1", "evaluation.metrics", ["accuracy", "macro_f1"]),
        ("dataset.columns={prompt: [subject, body], completion: [team]}", "dataset.columns",
         {"prompt": ["subject", "body"], "completion": ["team"]}),
        ("dataset.columns.prompt=subject, body", "dataset.columns",
         {"prompt": ["subject", "body"], "completion": ["queue"]}),
        ("dataset.sources[0].split=train", "dataset.sources[0].split", "train"),
        ("dataset.sources.1.path=data/test.csv", "dataset.sources[1].path", "data/test.csv"),
        ("goal=no", "goal", "no"),
        ('goal="a = b"', "goal", "a = b"),
        ("name = other", "name", "other"),
    ],
)  # fmt: skip
def test_values_are_typed(override: str, field: str, value: object) -> None:
    found: object = set_field(small_plan(), override)
    for step in parse_path(field):
        found = found[step] if isinstance(step, int) else getattr(found, step)  # type: ignore[index]
    assert found == value


def test_the_plan_itself_is_left_alone() -> None:
    plan = small_plan()
    assert set_field(plan, "name=other").name == "other"
    assert plan == small_plan()


def test_all_errors_at_once() -> None:
    with pytest.raises(PlanErrors) as caught:
        override_values(
            {}, ["model.bse=pocket", "no equals sign", "training.adapter.rank=8", "dataset.sources[3].path=x"]
        )
    assert [problem.hint for problem in caught.value.problems] == [
        "Did you mean `model.base`?",
        "For example `--set training.num_train_epochs=3`.",
        "Did you mean `training.adapter.r`?",
        "Write [0] to add one.",
    ]
    with pytest.raises(PlanErrors, match="whole number of at least 1"):
        set_field(small_plan(), "training.adapter.r=0")


def test_every_field_can_be_named_and_says_what_it_takes() -> None:
    fields = all_fields()
    assert len(fields) > 60
    for name, field in fields.items():
        found = find_field(parse_path(name))
        assert found is not None, name
        assert path_text(parse_path(name)) == name
        assert field.expected, name
        assert field.description or field.model, f"{name} has no description"
    assert [name for name in fields if "." not in name] == list(Plan.model_fields)


def test_closest() -> None:
    assert closest("Learning_rat", ["learning_rate", "seed"]) == "learning_rate"
    assert closest("zzz", ["learning_rate", "seed"]) is None
