"""Plain values → `Plan`, with every problem in words instead of the first one in pydantic's."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.plan.errors import Problem
from pipeline.plan.fields import PlanField, all_fields, choices, closest, find_field, unknown_field_hint
from pipeline.plan.model import VERSION, Plan
from pipeline.plan.tree import Entry, FieldPath, path_text

_RANGE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number", "too_short"}
_SHOWN = 60  # characters of a wrong value


def as_typed(values: Any, entries: dict[FieldPath, Entry], path: FieldPath = ()) -> Any:
    """Values with each text field as its letters were typed, and without fields that were left empty.

    `revision: 12e4567` is a commit, not infinity; `languages: [no]` is Norwegian in every YAML version.
    """
    if isinstance(values, dict):
        typed = {key: as_typed(value, entries, (*path, key)) for key, value in values.items()}
        return {key: value for key, value in typed.items() if value is not None or _may_be_empty((*path, key))}
    if isinstance(values, list):
        return [as_typed(value, entries, (*path, index)) for index, value in enumerate(values)]
    if values is None or isinstance(values, str):
        return values
    field, entry = find_field(path), entries.get(path)
    if field and entry and entry.text is not None and (field.takes_text or field.takes_text_list):
        return entry.text
    return values


def _may_be_empty(path: FieldPath) -> bool:
    field = find_field(path)
    return field is None or field.takes_nothing


def validate(values: dict[str, Any]) -> tuple[Plan | None, list[Problem]]:
    """The plan that `values` describe, or all reasons why they describe none."""
    if problem := _version_problem(values.get("version", VERSION)):
        return None, [problem]
    try:
        return Plan.model_validate(values), []
    except ValidationError as error:
        return None, list(_in_words(error.errors(include_url=False)))


def value_problem(field: str, value: Any) -> Problem | None:
    """What is wrong with a value for one field, whatever the rest of the plan says; None where nothing is."""
    values: dict[str, Any] = {"name": "plan", "task": "chat", "dataset": {"sources": [{"path": "data"}]}}
    *parents, last = field.split(".")
    place = values
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return next((problem for problem in validate(values)[1] if problem.field.startswith(field)), None)


def in_plan_order(by_field: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept by field, in the order in which a plan has its fields."""
    order = {name: rank for rank, name in enumerate(all_fields())}
    return dict(sorted(by_field.items(), key=lambda item: order.get(item[0], len(order))))


def _version_problem(version: Any) -> Problem | None:
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        message = f"The plan is of version {version}; this Vibetune knows versions up to {VERSION}."
        return Problem("plan.version_newer", message, "Update Vibetune.", "version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        message = f"`version` is {shown(version)}; it must be a whole number from 1 to {VERSION}."
        return Problem("plan.version", message, f"Write `version: {VERSION}`.", "version")
    return None


def _in_words(errors: Iterable[ErrorDetails]) -> Iterable[Problem]:
    by_path: dict[FieldPath, list[ErrorDetails]] = {}
    for error in errors:
        by_path.setdefault(_plan_path(error), []).append(error)
    for path, found in by_path.items():
        yield _problem(path, found)


def _plan_path(error: ErrorDetails) -> FieldPath:
    """pydantic's location without what it adds for unions and keys."""
    path: FieldPath = ()
    for step in error["loc"]:
        if find_field((*path, step)) is None:
            named = error["type"] in {"extra_forbidden", "missing"} or error["loc"][-1] == "[key]"
            return (*path, step) if named else path
        path = (*path, step)
    return path


def _problem(path: FieldPath, errors: list[ErrorDetails]) -> Problem:
    kinds = {error["type"] for error in errors}
    field, text = find_field(path), path_text(path)
    if field is None:
        return Problem("plan.unknown_field", f"The plan has no field `{text}`.", unknown_field_hint(path), text)
    if "missing" in kinds:
        return Problem("plan.missing", f"`{text}` is missing.", f"It must be {field.expected}.", text)
    value = errors[0]["input"]
    message = f"`{text}` is {shown(value)}; it must be {field.expected}."
    if kinds & _RANGE:
        return Problem("plan.range", message, _about(text), text)
    words = choices(field.annotation)
    near = closest(str(value), words)
    if kinds <= {"literal_error", "enum"} or near:
        return Problem("plan.choice", message, f"Did you mean `{near}`?" if near else _about(text), text)
    return _type_problem(field, message, value, kinds)


def _type_problem(field: PlanField, message: str, value: Any, kinds: set[str]) -> Problem:
    text = path_text(field.path)
    if "string_pattern_mismatch" in kinds and (name := name_from(str(value))):
        return Problem("plan.name", message, f"For example `{name}`.", text)
    if field.model and isinstance(value, str):
        return Problem("plan.type", message, f"Write `{{{next(iter(field.model.model_fields))}: {value}}}`.", text)
    return Problem("plan.type", message, _about(text), text)


def name_from(text: str) -> str:
    """A plan's or alias's name made of the letters and digits of `text`; empty where it has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-._")[:64].rstrip("-._")


def shown(value: Any) -> str:
    """A wrong value as it looks in a plan, cut to a readable length."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a part with fields of its own"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}`"


def _about(text: str) -> str:
    field = all_fields().get(text)
    return f"Meaning: {field.description}." if field and field.description else ""
