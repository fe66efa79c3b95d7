"""The parts of a verdict as a face shows them: plain values, and which answers are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Change = Literal["fixed", "broken", "both wrong", "both right", "closer", "further off", "as close"]
LABEL_CHANGES: tuple[Change, ...] = ("fixed", "broken", "both wrong", "both right")
TEXT_CHANGES: tuple[Change, ...] = ("closer", "further off", "as close")
ADAPTER = "adapter"  # as in verdict.json
OUTSIDE = "outside the list"


@dataclass(frozen=True)
class Lead:
    """The adapter's value less an opponent's, with its 95 % interval."""

    value: float
    low: float
    high: float
    outcome: str


@dataclass(frozen=True)
class Contender:
    """One measured model.

    Args:
        values: metric → value, low, high; the interval may be missing: then both ends are the value.
        leads: metric → the adapter's lead over it; empty for the adapter itself.
    """

    model: str
    title: str
    term: str
    values: dict[str, tuple[float, float, float]]
    leads: dict[str, Lead]


@dataclass(frozen=True)
class Gate:
    """A condition of the plan."""

    text: str
    measured: str
    passed: bool | None


@dataclass(frozen=True)
class Matrix:
    """How often each label was given for each expected one: counts [expected][given]."""

    expected: tuple[str, ...]
    given: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def right(self, row: int) -> tuple[int, int]:
        """Rows of one expected label that were given right, and all of them."""
        label = self.expected[row]
        right = self.counts[row][self.given.index(label)] if label in self.given else 0
        return right, sum(self.counts[row])


@dataclass(frozen=True)
class Place:
    """A part of the test rows, and how well the adapter does there (95 % interval)."""

    title: str
    note: str
    right: int
    rows: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.right / self.rows


@dataclass(frozen=True)
class Answered:
    """One test row and what the models said.

    Args:
        given: model → answer and whether it is right.
        surety: probability that the adapter gave its own answer, 0 to 1; None where unknown.
        change: against the reference.
    """

    row: str
    message: str
    expected: str
    given: dict[str, tuple[str, bool]]
    surety: float | None
    change: Change
    source: str = ""

    @property
    def answer(self) -> str:
        """The adapter's."""
        return self.given[ADAPTER][0]


@dataclass(frozen=True)
class Advice:
    """One thing to do.

    Args:
        title: what to do.
        why: what was measured, and what it could gain.
        button: text of the button.
        command: that the button runs.
        cell: expected and given label that it is about.
    """

    title: str
    why: str
    button: str
    command: str
    cell: tuple[str, str] | None = None


@dataclass(frozen=True)
class VerdictReading:
    """What an evaluation found."""

    run: str
    task: str
    outcome: str
    headline: str
    rest: str
    text: str
    n: int
    metrics: tuple[str, ...]  # the deciding one first
    metric_titles: dict[str, str]
    contenders: tuple[Contender, ...]  # adapter first, then the best
    reference: str  # the model that answers are compared with
    gates: tuple[Gate, ...]
    matrix: Matrix | None
    places: tuple[Place, ...]  # the weakest first
    answers: tuple[Answered, ...]
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]
    more_rows: int | None
    power: str
    report: Path
    seconds: float = 0.0

    @property
    def changes(self) -> tuple[Change, ...]:
        """The kinds of change that this task knows."""
        return LABEL_CHANGES if self.matrix is not None else TEXT_CHANGES

    def count(self, change: str) -> int:
        """How many answers changed so."""
        return sum(answer.change == change for answer in self.answers)


def shown_answers(
    reading: VerdictReading, changes: Iterable[str] = (), cell: tuple[str, str] | None = None
) -> tuple[Answered, ...]:
    """The answers of some kinds of change (none: all), or of one cell of the matrix: expected and given."""
    if cell is not None:
        return tuple(
            answer
            for answer in reading.answers
            if answer.expected == cell[0] and _column(answer.answer, reading) == cell[1]
        )
    wanted = set(changes)
    return tuple(answer for answer in reading.answers if not wanted or answer.change in wanted)


def _column(answer: str, reading: VerdictReading) -> str:
    return answer if reading.matrix is not None and answer in reading.matrix.given else OUTSIDE
