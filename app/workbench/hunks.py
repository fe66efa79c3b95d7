"""The changes of a proposal, field by field, with the lines of the plan that each would change."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.plan.document import new_document, parse_plan
from pipeline.plan.edit import with_all, with_each
from pipeline.plan.fields import parse_path
from pipeline.plan.model import Plan

_GROUPED = frozenset({"dataset.columns", "evaluation.gates"})  # maps whose keys are the user's
_NAMES = ("version",)  # never a change that somebody decides on


@dataclass(frozen=True)
class Hunk:
    """One change: the field, why, and the lines without and with it."""

    number: int
    field: str
    reason: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    is_ticked: bool = True


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any], here: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted fields whose values differ, with the new value; a group such as `dataset.columns` is one field."""
    for name in [*new, *(key for key in old if key not in new)]:
        path = f"{here}.{name}" if here else name
        before, after = old.get(name), new.get(name)
        if before == after or path in _NAMES:
            continue
        if isinstance(before, dict) and isinstance(after, dict) and path not in _GROUPED:
            yield from changed_fields(before, after, path)
        else:
            yield path, after


def make_hunks(text: str, plan: Plan, reasons: Mapping[str, str]) -> tuple[Hunk, ...]:
    """The changes from a plan's text to `plan`; an empty text gives one hunk for every part of the new plan.

    Raises:
        PlanErrors: the text can't be read as a plan.
    """
    if not text.strip():
        return _of_new(plan, reasons)
    old = parse_plan(text)
    changes = list(changed_fields(old.plan.model_dump(mode="json"), plan.model_dump(mode="json")))
    changed = with_each(old.text, [(parse_path(field), value) for field, value in changes])
    return tuple(
        Hunk(number, field, _reason(field, reasons), *_lines(old.text, after))
        for number, ((field, _value), after) in enumerate(zip(changes, changed, strict=True), 1)
    )


def with_hunks(text: str, plan: Plan, hunks: tuple[Hunk, ...]) -> str:
    """The text with the ticked changes.

    Raises:
        PlanErrors: the ticked changes alone make no valid plan.
    """
    chosen = {hunk.field for hunk in hunks if hunk.is_ticked}
    if not text.strip():
        whole = new_document(plan).text
        return "".join(part for name, part in _parts(whole) if not name or name in chosen or name in _NAMES)
    document = parse_plan(text)
    if len(chosen) == len(hunks):
        document.apply(plan)
        return document.text
    fields = changed_fields(document.plan.model_dump(mode="json"), plan.model_dump(mode="json"))
    changed = with_all(document.text, [(parse_path(field), value) for field, value in fields if field in chosen])
    return parse_plan(changed).text  # all at once: one change alone may break a rule that two together keep


def _of_new(plan: Plan, reasons: Mapping[str, str]) -> tuple[Hunk, ...]:
    parts = [(name, part) for name, part in _parts(new_document(plan).text) if name and name not in _NAMES]
    return tuple(
        Hunk(number, name, _reason(name, reasons), (), tuple(part.rstrip("\n").split("\n")))
        for number, (name, part) in enumerate(parts, 1)
    )


def _parts(text: str) -> list[tuple[str, str]]:
    """The text by its top-level keys; comments belong to the key that follows, the head has no key."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    waiting: list[str] = []
    for line in text.splitlines(keepends=True):
        if line[:1] in ("#", "\n"):
            waiting.append(line)
            continue
        if line[:1] not in (" ", "-"):
            parts.append((line.partition(":")[0], []))
        parts[-1][1].extend([*waiting, line])
        waiting = []
    parts[-1][1].extend(waiting)
    return [(name, "".join(lines)) for name, lines in parts]


def _lines(old: str, new: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = old.splitlines(), new.splitlines()
    removed, added = list[str](), list[str]()
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += before[i1:i2]
            added += after[j1:j2]
    return tuple(removed), tuple(added)


def _reason(field: str, reasons: Mapping[str, str]) -> str:
    """The reason for a field, else for what is in it, else for what it is in."""
    if field in reasons:
        return reasons[field]
    inside = [text for name, text in reasons.items() if name.startswith(field + ".")]
    if inside:
        return inside[0]
    parent = field.rpartition(".")[0]
    return _reason(parent, reasons) if parent else ""
