"""The exported JSON schema, and plans of other versions."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings

from pipeline.plan.layout import dump_plan
from pipeline.plan.migrations import migrate
from pipeline.plan.model import Plan
from pipeline.plan.schema import SCHEMA_FILE, plan_schema, schema_text
from pipeline.plan.tree import read_tree
from tests.support.plans import plans, small_plan

VALIDATOR = jsonschema.Draft202012Validator(plan_schema())


def test_the_exported_file_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


@settings(deadline=None, max_examples=40)
@given(plans())
def test_every_valid_plan_fits_the_schema(plan: Plan) -> None:
    assert list(VALIDATOR.iter_errors(plan.model_dump(mode="json"))) == []


@pytest.mark.parametrize(
    "values",
    [{"metrics": "accuracy"}, {"metrics": ["accuracy"]}],
)
def test_the_schema_takes_a_name_in_place_of_a_list(values: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(small_plan().model_dump(mode="json") | {"evaluation": values})) == []


@pytest.mark.parametrize(
    "values",
    [
        {"training": {"lr": 1}},
        {"training": {"adapter": {"r": 0}}},
        {"training": {"learning_rate": "fast"}},
        {"evaluation": {"metrics": ["acuracy"]}},
        {"task": "sorting"},
        {"name": "a b"},
    ],
)
def test_editors_see_what_is_wrong(values: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(small_plan().model_dump(mode="json") | values)


def test_every_field_is_described() -> None:
    parts = plan_schema()["$defs"].values()
    fields = [(part["title"], name, field) for part in parts for name, field in part["properties"].items()]
    assert len(fields) > 50
    assert [
        f"{title}.{name}" for title, name, field in fields if "description" not in field and "$ref" not in field
    ] == []


def test_frozen_text_is_the_same_for_the_same_plan() -> None:
    plan = small_plan()
    assert dump_plan(plan) == dump_plan(Plan.model_validate(json.loads(plan.model_dump_json())))
    assert read_tree(dump_plan(plan), "plan").values == plan.model_dump(mode="json")


def test_older_plans_are_migrated_step_by_step() -> None:
    steps = {
        1: lambda values: {"version": 1, "task": values["kind"], "goal": values["goal"]},
        2: lambda values: {**values, "goal": values["goal"].strip()},
    }
    old = {"version": 1, "kind": "chat", "goal": " hi "}
    assert migrate(old, steps=steps, newest=3) == {"version": 3, "task": "chat", "goal": "hi"}
    assert migrate({"version": 7}, steps=steps, newest=3) == {"version": 7}
