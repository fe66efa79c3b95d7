"""A plan's fields for people: their plain names, what they take, their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pipeline.plan.fields import all_fields, choices, find_field, names_at, part_of
from pipeline.plan.model import BENCHMARKS, METRICS, Plan
from pipeline.plan.rendering import flow
from pipeline.plan.tree import FieldPath, path_text

# Where a field's name and meaning come from, by the part that it stands in.
_SOURCES = {
    "training.adapter": "PEFT's LoraConfig",
    "training": "TRL's SFTConfig",
    "serving": "vLLM",
}


@dataclass(frozen=True)
class FieldHelp:
    """What a hover says of a field."""

    name: str
    path: str
    expected: str
    default: str
    description: str
    source: str
    note: str = ""  # of the knowledge base, with its sources

    @property
    def facts(self) -> str:
        """The small line: type, default, where it comes from."""
        parts = [self.expected, f"default {self.default}" if self.default else "", self.source]
        return " · ".join(part for part in parts if part)


def field_help(path: FieldPath) -> FieldHelp | None:
    """What is known about the field at `path`; None where the plan has none."""
    field = find_field(path)
    if field is None:
        return None
    text = path_text(path)
    part = ".".join(str(step) for step in path[:-1])
    source = next((words for prefix, words in _SOURCES.items() if part == prefix), "")
    described = all_fields().get(text)
    about = field.description or (described.description if described else "")
    if not about and (model := part_of(field.annotation)) is not None:
        about = (model.__doc__ or "").strip().splitlines()[0].rstrip(".")
    expected = "a part with fields of its own" if field.model is not None else field.expected
    return FieldHelp(str(path[-1]), text, expected, default_text(path), about, source, _note(text))


def _note(path: str) -> str:
    from assistant.planner.field_notes import field_note

    found = field_note(path) if path.count(".") else None
    return f"{found.text} ({'; '.join(found.sources)})" if found is not None and found.sources else ""


def default_text(path: FieldPath) -> str:
    """A field's default as it is written in a plan; empty where it has none, or is a part."""
    annotation: Any = Plan
    for step in path[:-1]:
        found = part_of(annotation)
        info = found.model_fields.get(str(step)) if found is not None else None
        if info is None:
            return ""
        annotation = info.annotation
        if get_origin(annotation) is list:
            return ""
    found = part_of(annotation)
    info = found.model_fields.get(str(path[-1])) if found is not None and path else None
    if info is None:
        return ""
    default = info.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined or isinstance(default, BaseModel):
        return ""
    return flow(default)


def words_for(path: FieldPath) -> list[str]:
    """The fixed words that a field takes, the default first."""
    field = find_field(path)
    if field is None:
        return []
    text = path_text(path)
    if text.startswith("evaluation.metrics"):
        return list(METRICS)
    if text.startswith("evaluation.benchmarks"):
        return list(BENCHMARKS)
    words = choices(field.annotation)
    words += [word for inner in _items(field.annotation) for word in choices(inner)]
    if _takes(field.annotation, bool):
        words += ["true", "false"]
    if field.takes_nothing and not field.model:
        words.append("null")
    default = default_text(path)
    if default and default not in words and not default.startswith(("[", "{", '"')):
        words.append(default)
    return sorted(dict.fromkeys(str(word) for word in words), key=lambda word: word != default)


def fields_under(path: FieldPath) -> list[str]:
    """The names that may stand under a part; a gate's are the metrics."""
    if path == ("evaluation", "gates"):
        return [*METRICS, "forgetting"]
    return names_at(path)


def is_part(path: FieldPath) -> bool:
    """Whether a field is written on lines of its own below its name."""
    field = find_field(path)
    return field is not None and field.model is not None


def _items(annotation: Any) -> list[Any]:
    return [get_args(annotation)[0]] if get_origin(annotation) is list else []


def _takes(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_takes(inner, kind) for inner in get_args(annotation) if inner is not annotation)
