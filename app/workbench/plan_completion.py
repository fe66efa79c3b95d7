"""What can be written at the caret of a plan, and what the field under the pointer means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.workbench.fuzzy import match
from app.workbench.plan_fields import FieldHelp, default_text, field_help, fields_under, is_part, words_for
from app.workbench.plan_place import CaretPlace, caret_place
from pipeline.plan.errors import PlanErrors
from pipeline.plan.tree import FieldPath, path_text, read_tree

_NAME = re.compile(r"([\w.+-]+) *:")


@dataclass(frozen=True)
class Suggestion:
    """One thing that can be written.

    Args:
        text: as it is listed.
        insert: what replaces the typed letters.
        detail: what it means, small beside it.
        kind: `field` or `value`.
    """

    text: str
    insert: str
    detail: str
    kind: str


@dataclass(frozen=True)
class Suggestions:
    """What fits at the caret; the letters from `start` on are replaced."""

    start: int
    items: tuple[Suggestion, ...]


def suggest(text: str, offset: int, known: Mapping[str, Sequence[str]] | None = None) -> Suggestions:
    """What can be written at a character.

    Args:
        known: further values by field, such as the project's files for `dataset.sources[0].path`.
    """
    place = caret_place(text, offset)
    if place is None:
        return Suggestions(offset, ())
    if not place.is_value and place.path and isinstance(place.path[-1], int) and not fields_under(place.path):
        place = replace(place, is_value=True)  # an item of a list of words
    items = _values(place, known or {}) if place.is_value else _names(place, _siblings(text, offset, place))
    scored = [(found[0], item) for item in items if (found := match(place.prefix, item.text)) is not None]
    order = sorted(scored, key=lambda pair: -pair[0]) if place.prefix else scored
    start = offset - len(place.prefix)
    return Suggestions(start, tuple(item for _, item in order if item.insert.strip() != place.prefix))


def _names(place: CaretPlace, taken: set[str]) -> list[Suggestion]:
    found = []
    for name in fields_under(place.path):
        if name in taken and name != place.prefix:
            continue
        path = (*place.path, name)
        about = field_help(path)
        below = "\n" + " " * (place.indent + 2)
        insert = f"{name}:{below}" if is_part(path) and not place.in_flow else f"{name}: "
        detail = about.description if about is not None else ""
        found.append(Suggestion(name, insert, detail, "field"))
    return found


def _values(place: CaretPlace, known: Mapping[str, Sequence[str]]) -> list[Suggestion]:
    default = default_text(place.path)
    more = list(known.get(path_text(place.path), ()))
    words = dict.fromkeys([*more, *words_for(place.path)])
    if not words and is_part(place.path) and not place.in_flow:
        return []
    return [Suggestion(word, word, "default" if word == default else "", "value") for word in words]


def _siblings(text: str, offset: int, place: CaretPlace) -> set[str]:
    """Names that stand already in the same part, by their indentation."""
    if place.in_flow:
        line = text[text.rfind("\n", 0, offset) + 1 : (text + "\n").find("\n", offset)]
        return set(_NAME.findall(line))
    lines = text.split("\n")
    here = text.count("\n", 0, offset)
    found: set[str] = set()
    for step, span in ((-1, range(here - 1, -1, -1)), (1, range(here + 1, len(lines)))):
        del step
        for number in span:
            line = lines[number]
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            margin = len(line) - len(line.lstrip(" -"))
            if margin < place.indent:
                break
            named = _NAME.match(line.lstrip(" -"))
            if margin == place.indent and named:
                found.add(named[1])
    return found


def help_at(text: str, offset: int) -> FieldHelp | None:
    """What the field under a character means; None on comments and blank places."""
    path = _path_at(text, offset)
    while path:
        about = field_help(path)
        if about is not None and not isinstance(path[-1], int):
            return about
        path = path[:-1]
    return None


def _path_at(text: str, offset: int) -> FieldPath:
    try:
        entries = read_tree(text, "plan").entries
    except PlanErrors:
        end = re.compile(r"[\w.+-]*").match(text, offset)
        place = caret_place(text, end.end() if end else offset)
        if place is None:
            return ()
        return place.path if place.is_value else (*place.path, place.prefix)
    inside = [
        (entry.key_start, path) for path, entry in entries.items() if entry.key_start <= offset <= entry.end and path
    ]
    return max(inside, default=(0, ()), key=lambda pair: (pair[0], len(pair[1])))[1]
