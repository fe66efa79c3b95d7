"""A verdict as a table of texts: one row per model, for the terminal and for Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evaluation.metrics.table import METRICS
from pipeline.evaluation.report.words import percent, points, range_text
from pipeline.evaluation.verdict import ADAPTER, Verdict

_NONE = "–"


@dataclass(frozen=True)
class VerdictTable:
    """Columns and cells, all texts; the first column names the model."""

    columns: list[str]
    rows: list[list[str]]


def verdict_table(verdict: Verdict) -> VerdictTable:
    """Models by metrics, and the adapter's lead over each in the deciding metric."""
    metrics = list(verdict.metrics[ADAPTER])
    deciding = verdict.differences[0].metric if verdict.differences else metrics[0]
    lead = {each.against: each for each in verdict.differences if each.metric == deciding}
    rows = []
    for model, values in verdict.metrics.items():
        difference = lead.get(model)
        interval = f"{points(difference, signed=True)} ({range_text(difference)})" if difference else _NONE
        outcome = difference.outcome if difference else _NONE
        rows.append([model, *(percent(values[name]) for name in metrics), interval, outcome])
    titles = [METRICS[name].title for name in metrics]
    return VerdictTable(["model", *titles, "adapter's lead, points (95 % CI)", "adapter is"], rows)
