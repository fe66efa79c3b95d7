"""What an import has to say about a file or a dataset."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

EXAMPLE_LENGTH = 120
EXAMPLES = 3


class Problem(BaseModel):
    """One kind of flaw, how often it occurs, and what to do about it."""

    code: str = Field(description="stable dotted name")
    severity: Literal["note", "warning", "block"] = Field(description="block: no version can be built like this")
    count: int = Field(description="rows, lines or values that have it")
    message: str
    hint: str = ""
    examples: list[str] = Field(default_factory=list, description="at most three, shortened, with their place")


def excerpt(text: str, length: int = EXAMPLE_LENGTH) -> str:
    """`text` on one line, cut to `length` characters."""
    flat = " ".join(text[: length * 4].split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`, with thousands separated."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
