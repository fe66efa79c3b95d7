"""What can be done at once about a plan's problems: each fix is one small edit of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotated_types import Ge, Le

from app.workbench.plan_fields import default_text
from pipeline.plan.edit import remove_value, set_value
from pipeline.plan.errors import PlanErrors, Problem
from pipeline.plan.fields import find_field, parse_path
from pipeline.plan.model import METRICS
from pipeline.plan.rendering import flow
from pipeline.plan.rules import SERVED_RANKS
from pipeline.plan.tree import FieldPath, path_text, plain_scalar, read_tree

_MEANT = re.compile(r"Did you mean `([^`]+)`\?")
_EXAMPLE = re.compile(r"(?:For example|Write) `?([^`]+?)`?\.$")
_QUOTED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True)
class QuickFix:
    """One way out of a problem.

    Args:
        title: a verb with its object, as its button says.
        apply: the plan's text → the text with the fix.
    """

    title: str
    apply: Callable[[str], str]


def fixes(problem: Problem, text: str) -> tuple[QuickFix, ...]:
    """The fixes of a problem, the likeliest first; empty where a person must decide."""
    kind = problem.code.removeprefix("plan.")
    maker = _MAKERS.get(kind)
    found = list(maker(problem, text)) if maker is not None else []
    return tuple(found)


def fixed(fix: QuickFix, text: str) -> str:
    """The text with a fix; the text itself where it can't be edited in place."""
    try:
        return fix.apply(text)
    except PlanErrors:
        return text


def _set(field: str, value: Any, verb: str = "Set") -> QuickFix:
    path = parse_path(field)
    name = field.rpartition(".")[2]
    return QuickFix(f"{verb} {name}: {flow(value)}", lambda text: set_value(text, path, value))


def _remove(field: str) -> QuickFix:
    return QuickFix(f"Remove {field.rpartition('.')[2]}", lambda text: remove_value(text, parse_path(field)))


def _fixed_values(**values: Any) -> Callable[[Problem, str], Iterator[QuickFix]]:
    def make(problem: Problem, _text: str) -> Iterator[QuickFix]:
        for value in values.values():
            yield _set(problem.field, value)

    return make


def _rank(problem: Problem, _text: str) -> Iterator[QuickFix]:
    rank, limit = (int(number) for number in re.findall(r"\d+", problem.message)[:2])
    yield _set(problem.field, limit)
    larger = next((served for served in SERVED_RANKS if served >= rank), None)
    if larger is not None:
        yield _set("serving.max_lora_rank", larger)


def _written(problem: Problem, _text: str) -> Iterator[QuickFix]:
    found = _EXAMPLE.search(problem.hint)
    if found:
        yield _set(problem.field, plain_scalar(found[1].removeprefix("version: ")))


def _choice(problem: Problem, _text: str) -> Iterator[QuickFix]:
    found = _MEANT.search(problem.hint)
    if found:
        yield _set(problem.field, plain_scalar(found[1]))
    else:
        yield from _back_to_default(problem)


def _range(problem: Problem, text: str) -> Iterator[QuickFix]:
    field, value = find_field(parse_path(problem.field)), _value(text, problem.field)
    if field is not None and isinstance(value, int | float):
        bounds = [each for each in field.constraints if isinstance(each, Ge | Le)] + _bounds(field.annotation)
        for bound in bounds:
            limit = bound.ge if isinstance(bound, Ge) else bound.le
            if isinstance(limit, int | float) and (value < limit if isinstance(bound, Ge) else value > limit):
                yield _set(problem.field, limit)
    yield from _back_to_default(problem)


def _bounds(annotation: Any) -> list[Ge | Le]:
    """Bounds that stand inside of a union, as in `Annotated[int, ge=1] | "auto"`."""
    found: list[Ge | Le] = []
    for inner in getattr(annotation, "__args__", ()):
        for item in getattr(inner, "__metadata__", ()):
            found += [each for each in getattr(item, "metadata", [item]) if isinstance(each, Ge | Le)]
        found += _bounds(inner) if not isinstance(inner, type) else []
    return found


def _back_to_default(problem: Problem) -> Iterator[QuickFix]:
    default = default_text(parse_path(problem.field))
    if default not in ("", "null"):
        value = plain_scalar(default)
        yield QuickFix(
            f"Set {problem.field.rpartition('.')[2]}: {default}",
            lambda text: set_value(text, parse_path(problem.field), value),
        )


def _unknown(problem: Problem, text: str) -> Iterator[QuickFix]:
    found = _MEANT.search(problem.hint)
    path = parse_path(problem.field)
    if found and (target := parse_path(found[1])):
        if target[:-1] == path[:-1]:
            yield _rename(path, str(target[-1]))
        else:
            yield QuickFix(f"Move it to {found[1]}", lambda text: _moved(text, path, target))
    if path and _value(text, problem.field) is not _MISSING:
        yield _remove(problem.field)


def _rename(path: FieldPath, name: str) -> QuickFix:
    def apply(text: str) -> str:
        start = read_tree(text, "plan").entries[path].key_start
        return text[:start] + name + text[start + len(str(path[-1])) :]

    return QuickFix(f"Write {name}", apply)


def _moved(text: str, path: FieldPath, target: FieldPath) -> str:
    value = _value(text, path_text(path))
    return set_value(remove_value(text, path), target, value)


def _gate(problem: Problem, text: str) -> Iterator[QuickFix]:
    found = _MEANT.search(problem.hint)
    metric = problem.field.rpartition(".")[2]
    if found:
        yield _rename(parse_path(problem.field), found[1])
    elif problem.hint.startswith("Add it to evaluation.metrics") and metric in METRICS:
        yield _append("evaluation.metrics", metric, text)
    elif missing := re.match(r"Add `([^`]+)` to evaluation\.baselines", problem.hint):
        yield _append("evaluation.baselines", missing[1], text)
    elif problem.hint.startswith("For example"):
        yield _set(problem.field, "> base")
    yield _remove(problem.field)


def _append(field: str, item: str, text: str) -> QuickFix:
    value = _value(text, field)
    there = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    path, wanted = parse_path(field), [*there, item]
    return QuickFix(f"Add {item} to {field.rpartition('.')[2]}", lambda text: set_value(text, path, wanted))


def _columns(problem: Problem, text: str) -> Iterator[QuickFix]:
    if problem.field != "dataset.columns.completion":
        return
    column = _QUOTED.findall(problem.message)[0]
    for role in ("prompt", "completion"):
        value = _value(text, f"dataset.columns.{role}")
        rest = [each for each in value if each != column] if isinstance(value, list) else []
        if rest:
            yield QuickFix(f"Take {column} out of {role}", _setter(f"dataset.columns.{role}", rest))


def _setter(field: str, value: Any) -> Callable[[str], str]:
    return lambda text: set_value(text, parse_path(field), value)


def _split(problem: Problem, _text: str) -> Iterator[QuickFix]:
    def apply(text: str) -> str:
        text = set_value(text, ("dataset", "split", "validation"), 0.1)
        return set_value(text, ("dataset", "split", "test"), 0.1)

    yield QuickFix("Set both to 0.1", apply)


def _tabs(problem: Problem, _text: str) -> Iterator[QuickFix]:
    yield QuickFix("Replace tabs by spaces", lambda text: text.replace("\t", "  "))


def _twice(problem: Problem, _text: str) -> Iterator[QuickFix]:
    def apply(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(line for number, line in enumerate(lines, 1) if number != problem.line)

    yield QuickFix("Remove this line", apply)


_MISSING = object()


def _value(text: str, field: str) -> Any:
    """The plain value of a field as it stands in the text; `_MISSING` where it doesn't."""
    try:
        value: Any = read_tree(text, "plan").values
        for step in parse_path(field):
            value = value[step]
    except (PlanErrors, KeyError, IndexError, TypeError):
        return _MISSING
    return value


def _quantization(problem: Problem, _text: str) -> Iterator[QuickFix]:
    yield _set(problem.field, "none")
    yield _set("training.adapter.type", "lora")


_MAKERS: dict[str, Callable[[Problem, str], Iterator[QuickFix]]] = {
    "unservable_dora": _fixed_values(off=False),
    "unservable_init": _fixed_values(usual=True, other="gaussian"),
    "unservable_type": _fixed_values(usual="lora"),
    "unservable_modules": _fixed_values(usual="all-linear"),
    "target_modules": _fixed_values(usual="all-linear"),
    "no_test": _fixed_values(usual=0.1),
    "target": _fixed_values(usual="local"),
    "quantization": _quantization,
    "unservable_rank": _rank,
    "max_lora_rank": _written,
    "name": _written,
    "version": _written,
    "choice": _choice,
    "metric": _choice,
    "benchmark": _choice,
    "range": _range,
    "type": lambda problem, _text: _back_to_default(problem),
    "unknown_field": _unknown,
    "gate": _gate,
    "columns": _columns,
    "split": _split,
    "tab": _tabs,
    "duplicate_field": _twice,
}
