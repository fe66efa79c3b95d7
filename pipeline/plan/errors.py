"""What is wrong with a plan: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.errors import BadInput


@dataclass(frozen=True)
class Problem:
    """One thing that a plan's author should know.

    Attributes:
        code: stable dotted name such as `plan.unknown_field`.
        message: what is wrong, with the value.
        hint: what to do.
        field: dotted path such as `training.adapter.r`; empty where the whole document is meant.
        file: where the plan came from, as shown to people.
        line: counted from 1; 0 where the problem has no place in a text.
        column: counted from 1; 0 where the problem has no place in a text.
        severity: an error stops; a warning is shown.
    """

    code: str
    message: str
    hint: str = ""
    field: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.message} {self.hint}".strip()

    def as_json(self) -> dict[str, Any]:
        """The form for `--json` and for other processes."""
        return asdict(self)


class PlanErrors(BadInput):
    """All that is wrong with one plan, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.column))
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(first.code, str(first).removesuffix(first.hint).strip(), first.hint, **self._details())
            return
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        name = first.file or "The plan"
        super().__init__(
            "plan.invalid",
            f"{name} has {len(self.problems)} problems:\n{listed}",
            "Correct them and try again; nothing was changed.",
            **self._details(),
        )

    def _details(self) -> dict[str, Any]:
        return {"problems": [problem.as_json() for problem in self.problems]}
