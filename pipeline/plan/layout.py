"""A plan as a whole text: short and commented for people, complete for a run folder."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from pipeline.plan.fields import all_fields
from pipeline.plan.model import Plan
from pipeline.plan.rendering import field_lines, part_lines

_HEAD = """\
# What the model should learn, from which rows, and how that is proven. `vibetune run` executes this file.
# What is not written here has its default.
"""
_PARTS = {
    "dataset": "the rows: which files, which columns, split how",
    "model": "the base that the adapter depends on",
    "training": "how the adapter is made",
    "evaluation": "measured on rows that training never sees; the first metric decides",
    "serving": "how the adapter answers",
    "compute": "where this runs, and what it may use",
}
# What one wants to see, whether or not it is the default.
_ALWAYS = {
    "version",
    "name",
    "goal",
    "task",
    "dataset.split.validation",
    "dataset.split.test",
    "dataset.split.seed",
    "model.base",
    "training.method",
    "training.adapter.type",
    "training.adapter.r",
    "training.adapter.lora_alpha",
    "training.learning_rate",
    "training.num_train_epochs",
    "training.per_device_train_batch_size",
    "training.max_length",
    "evaluation.baselines",
    "serving.alias",
    "compute.target",
}
# Words of the field: their meaning stands beside them.
_EXPLAINED = ("learning_rate", "num_train_epochs", "per_device_train_batch_size", "max_length")
_COMMENT_COLUMN = 40


def dump_plan(plan: Plan) -> str:
    """The frozen form: every field, no comments, always the same text for the same plan."""
    return "\n".join(_text_lines(plan.model_dump(mode="json"))) + "\n"


def new_plan_text(plan: Plan) -> str:
    """The text of a new `plan.yaml`: what matters and what differs from the defaults, in the plan's order."""
    shown = _shown(plan)
    lines: list[str] = []
    for name, value in shown.items():
        if name in _PARTS:
            lines += ["", f"# {_PARTS[name]}"]
        lines += part_lines(name, value, 0) if name in _PARTS else field_lines(name, value, 0)
    return _HEAD + "\n".join(_explained(line) for line in lines) + "\n"


def _text_lines(values: dict[str, Any]) -> list[str]:
    return [
        line
        for name, value in values.items()
        for line in (part_lines(name, value, 0) if isinstance(value, dict) else field_lines(name, value, 0))
    ]


def _shown(part: BaseModel, path: str = "") -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, info in type(part).model_fields.items():
        value, here = getattr(part, name), f"{path}{name}"
        if isinstance(value, BaseModel):
            if fields := _shown(value, f"{here}."):
                values[name] = fields
        elif isinstance(value, list) and any(isinstance(item, BaseModel) for item in value):
            values[name] = [item.model_dump(mode="json", exclude_defaults=True) for item in value]
        elif here in _ALWAYS or value != info.get_default(call_default_factory=True, validated_data={}):
            values[name] = value
    return values


def _explained(line: str) -> str:
    name = line.strip().partition(":")[0]
    if line.startswith("  ") and name in _EXPLAINED:
        return f"{line:<{_COMMENT_COLUMN}}  # {all_fields()[f'training.{name}'].description}"
    return line
