"""A plan in the making: plain values, with a reason for each and what else is to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.planner.comparisons import Factor
from assistant.planner.proposal import Import, Question, Warned


@dataclass
class Draft:
    """Values by path, in the order in which they were decided; what is fixed already is never decided again."""

    fixed: dict[str, Any] = field(default_factory=dict)  # nested values that the user's overrides give
    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    usual: dict[str, tuple[Any, str]] = field(default_factory=dict)  # what was decided against, with its reason
    overridden: frozenset[str] = frozenset()  # fields that no wish of the sentence moves
    decided: set[str] = field(default_factory=set)  # fields that the user decided, by a wish or an override
    factors: dict[str, Factor] = field(default_factory=dict)  # what chosen numbers are multiplied by
    because: dict[str, str] = field(default_factory=dict)  # reasons of overrides
    avoid: Any = None  # columns that are not wanted any more
    kind: str = ""  # of rows: labels, pair, messages, preference, votes, text

    def set(self, path: str, value: Any, reason: str) -> None:
        """Decides a field, unless it is decided already."""
        if path in self.reasons:
            self.usual.setdefault(path, (value, reason))
            return
        *parents, last = path.split(".")
        place = self.values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        self.reasons[path] = reason

    def drop(self, path: str) -> None:
        """Takes a field back."""
        *parents, last = path.split(".")
        place = self.values
        for parent in parents:
            place = place.get(parent, {})
        place.pop(last, None)
        self.reasons.pop(path, None)
        self.decided.discard(path)

    def fixed_value(self, path: str) -> Any:
        """What an override says about a field; None where it says nothing."""
        return value_at(self.fixed, path)

    def warn(self, code: str, message: str, field: str = "") -> None:
        """Adds a warning."""
        self.warnings.append(Warned(code=code, message=message, field=field))


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    place: Any = values
    for part in path.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return None
        place = place[part]
    return place
