"""From runs' curves to the lines of a chart."""

from __future__ import annotations

from collections.abc import Sequence

from app.desktop.widgets.curve import CurveView, Line, Mark
from app.workbench.bench import Workbench
from app.workbench.run_curve import Curve
from app.workbench.run_row import RunRow
from app.workbench.run_words import time_left

CHOICES = {
    "loss": "loss",
    "speed": "tokens_per_s",
    "memory": "memory_gib",
    "step size": "learning_rate",
    "gradient": "grad_norm",
}
COLOURS = ("num", "cyan", "kw", "str_", "faint")


def run_lines(curve: Curve, choice: str) -> list[Line]:
    """The lines of one run."""
    if choice != "loss":
        return [Line(choice, curve.series(CHOICES[choice]), "accent", "noisy", CHOICES[choice])]
    return [
        Line("training rows", curve.series("loss"), "accent", "noisy", "loss"),
        Line("unseen rows", curve.validation, "num", "dots", "eval_loss"),
    ]


def compared_lines(bench: Workbench, names: Sequence[str], choice: str) -> list[Line]:
    """One dashed line for each compared run: of the unseen rows, or of the chosen series."""
    made = []
    for place, name in enumerate(names):
        row = bench.runs.get(name)
        curve = bench.runs.curve(name)
        points = curve.validation if choice == "loss" else curve.series(CHOICES[choice])
        title = row.short_name if row is not None else name
        colour = "faint" if len(names) == 1 else COLOURS[place % len(COLOURS)]
        made.append(Line(title, points, colour, "dashed", "unseen rows" if choice == "loss" else ""))
    return made


def show_run(view: CurveView, bench: Workbench, row: RunRow, curve: Curve, choice: str) -> None:
    """Shows a run and what it is compared with."""
    others = [name for name in bench.selection.compared if name != row.name]
    view.show_lines(
        run_lines(curve, choice) + compared_lines(bench, others, choice),
        marks=run_marks(curve),
        total=curve.total or row.total,
        now=row.step if row.state == "training" else None,
        note=time_left(row),
    )


def run_marks(curve: Curve) -> list[Mark]:
    """Passes over the data and saved points."""
    shown = curve.passes[-1:] if len(curve.passes) > 12 else curve.passes
    passes = [Mark(step, f"pass {number}") for number, step in enumerate(shown, len(curve.passes) - len(shown) + 1)]
    return [*passes, *(Mark(step, icon="save") for step in curve.checkpoints)]
