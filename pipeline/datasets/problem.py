"""What an import has to say about a file or a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

EXAMPLE_LENGTH = 120
EXAMPLES = 3


class Fix(BaseModel):
    """A change of the plan that settles a problem: one field gets one value, and nothing else happens."""

    title: str = Field(description="what it does, as a button says it")
    field: str = Field(description="dotted name in the plan, e.g. dataset.checks.leakage")
    value: Any = Field(description="plain value that the field gets")


class Problem(BaseModel):
    """One kind of flaw, how often it occurs, and what to do about it."""

    code: str = Field(description="stable dotted name")
    severity: Literal["note", "warning", "block"] = Field(description="block: no version can be built like this")
    count: int = Field(description="rows, lines or values that have it")
    message: str
    hint: str = ""
    examples: list[str] = Field(default_factory=list, description="at most three, shortened, with their place")
    fixes: list[Fix] = Field(default_factory=list, description="changes of the plan, the usual one first")


def excerpt(text: str, length: int = EXAMPLE_LENGTH) -> str:
    """`text` on one line, cut to `length` characters."""
    flat = " ".join(text[: length * 4].split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`, with thousands separated."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
