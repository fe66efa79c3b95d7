"""`--set FIELD=VALUE`: fixes fields of a plan from the command line, with the same errors as in a file."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.fields import PlanField, find_field, parse_path, unknown_field_hint
from pipeline.plan.model import Plan
from pipeline.plan.rules import check
from pipeline.plan.tree import FieldPath, plain_scalar, read_tree
from pipeline.plan.validation import as_typed, validate

NAME = "--set"


def parse_override(text: str) -> tuple[FieldPath, Any]:
    """`model.base=pocket` as a path and a plain value.

    Raises:
        PlanErrors: no `=`, an unknown field, or a value that is no YAML.
    """
    name, separator, raw = text.partition("=")
    path = parse_path(name.strip())
    if not separator or not path:
        message = f"`{text}` is not FIELD=VALUE."
        raise PlanErrors(
            [Problem("plan.override", message, "For example `--set training.num_train_epochs=3`.", file=NAME)]
        )
    field = find_field(path)
    if field is None:
        message = f"The plan has no field `{name.strip()}`."
        raise PlanErrors([Problem("plan.unknown_field", message, unknown_field_hint(path), name.strip(), NAME)])
    return path, _value(field, raw.strip())


def _value(field: PlanField, raw: str) -> Any:
    if raw.startswith(("[", "{", '"', "'")):
        tree = read_tree(f"value: {raw}", NAME)
        return as_typed(tree.values, {}).get("value")
    if field.takes_text_list and raw != "null":
        return [item.strip() for item in raw.split(",") if item.strip()]
    value = plain_scalar(raw)
    return value if value is None or not field.takes_text else raw


def override_values(values: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of plain plan values with the overrides in place.

    Raises:
        PlanErrors: every override that can't be read.
    """
    changed, problems = deepcopy(values), []
    for text in overrides:
        try:
            path, value = parse_override(text)
            _put(changed, path, value)
        except PlanErrors as error:
            problems += error.problems
    if problems:
        raise PlanErrors(problems)
    return changed


def set_field(plan: Plan, *overrides: str) -> Plan:
    """A copy of `plan` with fields fixed as `FIELD=VALUE`.

    Raises:
        PlanErrors: every override that can't be read, or what the changed plan breaks.
    """
    changed, problems = validate(override_values(plan.model_dump(mode="json"), overrides))
    errors = [*problems, *(check(changed) if changed else [])]
    errors = [problem for problem in errors if problem.severity == "error"]
    if changed is None or errors:
        raise PlanErrors(errors)
    return changed


def _put(values: Any, path: FieldPath, value: Any) -> None:
    """Sets a value deep inside dicts and lists; a list grows by one item at most."""
    for step, following in pairwise(path):
        _put_step(values, step, [] if isinstance(following, int) else {}, path, only_if_absent=True)
        values = values[step]
    _put_step(values, path[-1], value, path, only_if_absent=False)


def _put_step(values: Any, step: str | int, value: Any, path: FieldPath, *, only_if_absent: bool) -> None:
    if isinstance(step, int):
        if step > len(values):
            message = f"There is no item {step}: the list has {len(values)}."
            raise PlanErrors([Problem("plan.override", message, f"Write [{len(values)}] to add one.", file=NAME)])
        if step == len(values):
            values.append(value)
        elif not only_if_absent:
            values[step] = value
    elif not only_if_absent or values.get(step) is None:
        values[step] = value
