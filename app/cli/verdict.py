"""A verdict for people: the sentence, then the table."""

from __future__ import annotations

from typing import Any

from app.cli.output import people

COLOURS = {"better": "green", "worse": "red", "no difference": "default", "cannot tell": "yellow"}


def print_verdict(value: dict[str, Any], *, title: str = "") -> None:
    """Prints `verdict.json`'s content."""
    from rich.table import Table
    from rich.text import Text

    from pipeline.evaluation.report.table import verdict_table
    from pipeline.evaluation.verdict import Verdict

    verdict = Verdict.model_validate(value)
    content = verdict_table(verdict)
    table = Table(title=title or None, title_justify="left")
    for number, column in enumerate(content.columns):
        table.add_column(column, justify="left" if number in (0, len(content.columns) - 1) else "right")
    for row in content.rows:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "default")) for cell in row))
    out = people()
    out.print(table)
    out.print(verdict.text, markup=False)
