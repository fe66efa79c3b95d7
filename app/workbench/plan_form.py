"""The plan as a form: which fields it asks for, in whose words, and how an answer becomes a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from app.workbench.plan_fields import default_text, words_for
from app.workbench.plan_store import PlanStore
from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.fields import find_field, parse_path
from pipeline.plan.overrides import parse_override
from pipeline.plan.rendering import scalar
from pipeline.plan.tree import read_tree

Kind = Literal["text", "words", "switch", "long"]
GATES = {"base": "> base", "base+prompt": "> base+prompt", "nothing": ""}


@dataclass(frozen=True)
class FormField:
    """One line of the form.

    Args:
        label: the plain words; the field's own name stands small below.
        kind: text; words: a list to choose from or write into; switch: few words side by side; long: several lines.
        unit: stands in the field.
        note: what is usual.
    """

    group: str
    label: str
    field: str
    kind: Kind = "text"
    unit: str = ""
    note: str = ""
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last two parts of the path, which say enough."""
        return ".".join(self.field.split(".")[-2:]) if self.field.count(".") > 1 else self.field


FIELDS = (
    FormField("What", "Name", "name"),
    FormField("What", "Goal", "goal", "long"),
    FormField("What", "Kind of work", "task", "words"),
    FormField("Data", "The text", "dataset.columns.prompt", note="Columns, with commas between them."),
    FormField("Data", "The answer", "dataset.columns.completion"),
    FormField("Data", "What it is told", "dataset.system_prompt", "long"),
    FormField(
        "Data", "Personal data", "dataset.checks.personal_data", "switch", options=("off", "warn", "mask", "drop")
    ),
    FormField("Data", "Kept for the test", "dataset.split.test", unit="share of rows", note="Usual: 0.1 to 0.2"),
    FormField("Model", "Base model", "model.base", "words"),
    FormField("Model", "Adapter size", "training.adapter.r", unit="rank", note="Usual: 8 to 64"),
    FormField("Model", "Weights while training", "training.quantization", "switch", options=("none", "nf4", "int8")),
    FormField("Training", "Passes over the data", "training.num_train_epochs", unit="times"),
    FormField("Training", "Learning speed", "training.learning_rate", unit="per step"),
    FormField("Training", "Length limit", "training.max_length", unit="tokens", note="Longer rows are refused."),
    FormField("Training", "DoRA", "training.adapter.use_dora", "switch", options=("false", "true")),
    FormField("Money", "Never spend over", "compute.max_cost_usd", unit="US dollars"),
    FormField("Money", "Never run over", "compute.max_hours", unit="hours"),
    FormField("Verdict", "Measured by", "evaluation.metrics", "words"),
    FormField("Verdict", "Must beat", "evaluation.gates", "switch", options=tuple(GATES)),
    FormField("Verdict", "May forget", "evaluation.gates.forgetting", unit="at most"),
)
SWITCH_NAMES = {"false": "off", "true": "on"}


@lru_cache(2)  # each field of the form looks at the same text
def values(text: str) -> Mapping[str, Any] | None:
    """The plain values that stand in a plan's text; None where it is no YAML."""
    try:
        return read_tree(text, "plan").values
    except PlanErrors:
        return None


def shown_value(field: FormField, values: Mapping[str, Any]) -> str:
    """What stands in the form: the text's value, else the default."""
    if field.field == "evaluation.gates":
        gate = str(_at(values, f"evaluation.gates.{_deciding(values)}") or "")
        return next((word for word, rule in GATES.items() if rule == gate), gate)
    value = _at(values, field.field)
    if field.field == "evaluation.gates.forgetting" and value is not None:
        return str(value).removeprefix("<=").strip()
    if value is None:
        default = default_text(parse_path(field.field))
        return "" if default in ("null", "[]") else default.strip('"')
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return value if isinstance(value, str) else scalar(value)


def fill(store: PlanStore, field: FormField, answer: str) -> Problem | None:
    """Writes an answer into the plan's text; gives back why it can't be.

    A wrong value is written as well: it is the user's, and its problem then shows in the editor and in the form.
    """
    answer = answer.strip()
    try:
        if field.field == "evaluation.gates":
            _fill_gate(store, answer)
        elif not answer:
            store.unset_field(field.field)
        elif field.field == "evaluation.gates.forgetting":
            store.set_field(field.field, answer if answer[:1] in "<>" else f"<= {answer}")
        else:
            store.set_field(field.field, _value(field.field, answer))
    except PlanErrors as error:
        return error.problems[0]
    return None


def _value(field: str, answer: str) -> Any:
    about = find_field(parse_path(field))
    if about is not None and about.takes_text and not about.takes_text_list:
        return answer  # as it was typed: a prompt may begin with a bracket
    return parse_override(f"{field}={answer}")[1]


def _fill_gate(store: PlanStore, answer: str) -> None:
    there = values(store.text) or {}
    metric, rule = _deciding(there), GATES.get(answer, answer)
    if not rule:
        store.unset_field(f"evaluation.gates.{metric}")
        return
    if not _at(there, "evaluation.metrics"):
        store.set_field("evaluation.metrics", [metric])
    store.set_field(f"evaluation.gates.{metric}", rule)


def _deciding(values: Mapping[str, Any]) -> str:
    metrics = _at(values, "evaluation.metrics") or []
    first = metrics if isinstance(metrics, str) else metrics[0] if isinstance(metrics, list) and metrics else ""
    return str(first) or ("accuracy" if values.get("task") == "classification" else "exact_match")


def _at(values: Any, field: str) -> Any:
    for step in parse_path(field):
        if not isinstance(values, dict):
            return None
        values = values.get(str(step))
    return values


def words(field: FormField) -> list[str]:
    """The words of a list."""
    return [word for word in words_for(parse_path(field.field)) if word not in ("null", "[]")]


def problem_of(field: FormField, problems: tuple[Problem, ...]) -> Problem | None:
    """The first problem of a field."""
    if field.field == "evaluation.gates":
        found = [each for each in problems if each.field.startswith("evaluation.gates.")]
        return next((each for each in found if not each.field.endswith(".forgetting")), None)
    return next((each for each in problems if re.match(rf"{re.escape(field.field)}(\[|$)", each.field)), None)
