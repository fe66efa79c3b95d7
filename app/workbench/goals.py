"""The goals that the welcome page offers, each with the sentence that it starts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from pathlib import Path


@dataclass(frozen=True)
class Goal:
    """One goal.

    Args:
        icon: name of a codicon.
        example: what goes in → what comes out.
        needs: how much data it takes, in words; `source` says where that comes from.
        sentence: put into the sentence field, for the user to finish.
    """

    id: str
    icon: str
    title: str
    text: str
    example: str
    needs: str
    sentence: str
    source: str


def goals() -> tuple[Goal, ...]:
    """All goals, in the order of the page; a small file."""
    path = Path(str(resources.files("resources"))) / "goals.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Goal(**row) for row in csv.DictReader(file))
