"""Every field of a plan by its path: what it takes, in words, and what was probably meant by a wrong name."""

from __future__ import annotations

import difflib
import functools
import re
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pipeline.plan.model import Plan
from pipeline.plan.tree import FieldPath, path_text

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_BOUNDS = {Ge: ("of at least", "ge"), Gt: ("above", "gt"), Le: ("at most", "le"), Lt: ("below", "lt")}

# Names that people bring from other tools, and ours.
_KNOWN_ELSEWHERE = {
    "lr": "learning_rate",
    "epochs": "num_train_epochs",
    "batch_size": "per_device_train_batch_size",
    "micro_batch_size": "per_device_train_batch_size",
    "train_batch_size": "per_device_train_batch_size",
    "rank": "r",
    "lora_r": "r",
    "lora_rank": "r",
    "alpha": "lora_alpha",
    "dropout": "lora_dropout",
    "max_seq_length": "max_length",
    "sequence_len": "max_length",
    "cutoff_len": "max_length",
    "scheduler": "lr_scheduler_type",
    "warmup_ratio": "warmup_steps",
    "base_model": "base",
    "model_name_or_path": "base",
    "input": "prompt",
    "instruction": "prompt",
    "output": "completion",
    "response": "completion",
    "answer": "completion",
}


@dataclass(frozen=True)
class PlanField:
    """What the plan's types say about one path."""

    path: FieldPath
    annotation: Any
    constraints: tuple[Any, ...] = ()
    description: str = ""

    @property
    def model(self) -> type[BaseModel] | None:
        """The part of the plan that this field is, if it has fields of its own."""
        return part_of(self.annotation)

    @property
    def takes_text(self) -> bool:
        """Whether a text is among the values, so that a number typed here means its letters."""
        return str in _alternatives(self.annotation)

    @property
    def takes_text_list(self) -> bool:
        """Whether a list of texts is among the values."""
        lists = [option for option in _alternatives(self.annotation) if get_origin(option) is list]
        return any(str in _alternatives(get_args(option)[0]) for option in lists)

    @property
    def takes_nothing(self) -> bool:
        """Whether the field may be empty."""
        return type(None) in _alternatives(self.annotation)

    @property
    def expected(self) -> str:
        """What the field takes, to be read after "must be"."""
        return expectation(self.annotation, self.constraints)


def _unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        deeper, more = _unwrap(inner)
        constraints = [
            bound for item in metadata for bound in (item.metadata if isinstance(item, FieldInfo) else [item])
        ]
        return deeper, (*more, *constraints)
    return annotation, ()


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    annotation, _ = _unwrap(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(deeper for option in get_args(annotation) for deeper in _alternatives(option))
    return (annotation,)


def part_of(annotation: Any) -> type[BaseModel] | None:
    """The model class that `annotation` is or may be."""
    for option in _alternatives(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def choices(annotation: Any) -> list[str]:
    """All fixed words that `annotation` takes."""
    return [word for option in _alternatives(annotation) if get_origin(option) is Literal for word in get_args(option)]


def expectation(annotation: Any, constraints: Iterable[Any] = ()) -> str:
    """What values an annotation takes, in words."""
    inner, own = _unwrap(annotation)
    constraints = (*constraints, *own)
    if get_origin(inner) in (Union, types.UnionType):
        options = [option for option in get_args(inner) if option is not type(None)]
        texts = [expectation(option, constraints) for option in options]
        return " or ".join(texts) + (" or empty" if type(None) in get_args(inner) else "")
    if get_origin(inner) is Literal:
        words = [f"`{word}`" for word in get_args(inner)]
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    if get_origin(inner) is list:
        return f"a list of {_plural(get_args(inner)[0])}"
    if get_origin(inner) is dict or (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return "fields of its own, indented below it"
    return _scalar_expectation(inner, constraints)


def _plural(item: Any) -> str:
    return "texts" if str in _alternatives(item) else expectation(item)


def _scalar_expectation(kind: Any, constraints: Iterable[Any]) -> str:
    if kind is str and any(getattr(bound, "pattern", None) for bound in constraints):
        return "a name of at most 64 letters, digits, dots, dashes and underscores"
    noun = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}.get(kind, "a value")
    if kind not in (int, float):
        return noun
    bounds = [
        f"{words} {getattr(bound, attribute):g}"
        for bound in constraints
        for kind_of_bound, (words, attribute) in _BOUNDS.items()
        if isinstance(bound, kind_of_bound)
    ]
    return f"{noun} {' and '.join(bounds)}".strip()


@functools.cache
def all_fields() -> dict[str, PlanField]:
    """Every field of the plan in the order of `plan.yaml`; list items are written `[0]`."""
    return {path_text(field.path): field for field in _walk(Plan, ())}


def _walk(model: type[BaseModel], path: FieldPath) -> Iterable[PlanField]:
    for name, info in model.model_fields.items():
        yield PlanField((*path, name), info.annotation, tuple(info.metadata), info.description or "")
        inner, _ = _unwrap(info.annotation)
        item = get_args(inner)[0] if get_origin(inner) is list else None
        if item is not None and part_of(item):
            yield from _walk(part_of(item), (*path, name, 0))  # type: ignore[arg-type]
        elif part := part_of(info.annotation):
            yield from _walk(part, (*path, name))


def default_of(name: str) -> Any:
    """The value that a field has where the plan doesn't name it; None where it has none."""
    place: Any = Plan
    for step in name.split("."):
        info = place.model_fields.get(step)
        if info is None:
            return None
        default = info.get_default(call_default_factory=True, validated_data={})
        place = part_of(info.annotation) or Plan
    return None if default is PydanticUndefined else default


def find_field(path: FieldPath) -> PlanField | None:
    """The field at `path`; entries of `columns` and `gates` and items of lists are fields too."""
    annotation: Any = Plan
    field: PlanField | None = None
    for index, step in enumerate(path):
        field = _step(annotation, step, path[: index + 1])
        if field is None:
            return None
        annotation = field.annotation
    return field


def _step(annotation: Any, step: str | int, path: FieldPath) -> PlanField | None:
    part = part_of(annotation)
    if part is not None:
        info = part.model_fields.get(str(step))
        if info is None:
            return None
        return PlanField(path, info.annotation, tuple(info.metadata), info.description or "")
    for option in _alternatives(annotation):
        if get_origin(option) is list and isinstance(step, int):
            return PlanField(path, get_args(option)[0])
        if get_origin(option) is dict and isinstance(step, str):
            allowed = choices(get_args(option)[0])
            return PlanField(path, get_args(option)[1]) if not allowed or step in allowed else None
    return None


def names_at(path: FieldPath) -> list[str]:
    """The names that may stand under `path`; empty where any may."""
    field = find_field(path)
    annotation = field.annotation if field else Plan
    if path and field is None:
        return []
    if part := part_of(annotation):
        return list(part.model_fields)
    return [
        name
        for option in _alternatives(annotation)
        if get_origin(option) is dict
        for name in choices(get_args(option)[0])
    ]


def parse_path(text: str) -> FieldPath:
    """`dataset.sources[0].path` or `dataset.sources.0.path` as a path; empty where it is neither."""
    steps = _STEP.findall(text)
    joined = "".join(f"[{index}]" if index else f".{name}" for name, index in steps).removeprefix(".")
    if joined != text:
        return ()
    return tuple(int(index or name) if index or name.isdigit() else name for name, index in steps)


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was probably meant to be."""
    by_folded = {option.casefold(): option for option in options}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def unknown_field_hint(path: FieldPath) -> str:
    """What was probably meant by a field that the plan doesn't have."""
    name, parent = str(path[-1]), path[:-1]
    siblings = names_at(parent)
    meant = _KNOWN_ELSEWHERE.get(name.casefold(), name)
    if meant in siblings:
        return f"Did you mean `{path_text((*parent, meant))}`?"
    elsewhere = [text for text, field in all_fields().items() if field.path[-1] == meant and "[" not in text]
    if len(elsewhere) == 1:
        return f"Did you mean `{elsewhere[0]}`?"
    if near := closest(name, siblings):
        return f"Did you mean `{path_text((*parent, near))}`?"
    if near := closest(name, {str(field.path[-1]) for field in all_fields().values()}):
        places = [text for text, field in all_fields().items() if field.path[-1] == near]
        return f"Did you mean `{places[0]}`?"
    listed = ", ".join(f"`{sibling}`" for sibling in siblings)
    return f"Known here: {listed}." if listed else ""
