"""Everything that an evaluation works with, read from the run folder and checked before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.bases.base import Base
from pipeline.bases.run_base import run_base
from pipeline.datasets.row import Row
from pipeline.datasets.versions.version import DatasetVersion, load_version
from pipeline.errors import BadInput
from pipeline.evaluation.answers.predictions import Prediction
from pipeline.evaluation.answers.tokens import BaseTokens
from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.generation import normalise
from pipeline.evaluation.metrics.table import METRICS, Metric, chosen_metrics
from pipeline.plan.document import load_plan
from pipeline.plan.model import Plan
from pipeline.runs.layout import RunFolder
from pipeline.runs.manifest import AdapterManifest, read_manifest


@dataclass(frozen=True)
class Bench:
    """One run's test, ready to be asked.

    Attributes:
        rows: of the test split, each identity once.
        labels: all allowed answers of a classification; None for other tasks.
        metrics: the deciding one first; what the task is always measured by stands at the end.
        unmeasured: metrics of the plan that this version can't measure.
    """

    run: RunFolder
    plan: Plan
    dataset: DatasetVersion
    manifest: AdapterManifest
    base: Base
    tokens: BaseTokens
    rows: Sequence[Row]
    labels: list[str] | None
    metrics: list[Metric]
    unmeasured: list[str]

    @property
    def instruction(self) -> str:
        """What the base is told to do: the plan's system prompt, else its goal."""
        return (self.plan.dataset.system_prompt or self.plan.goal).strip()

    def prediction(self, row: Row, answer: str, logprob: float | None = None) -> Prediction:
        """An answer beside what was expected; for text, case and punctuation don't count."""
        expected = row.completion
        is_correct = answer == expected if self.labels else normalise(answer) == normalise(expected)
        return Prediction(row=row.id, answer=answer, expected=expected, correct=is_correct, logprob=logprob)

    def answers(self, rows: Sequence[Row], predictions: Mapping[str, Prediction]) -> Answers:
        """Predictions as metrics look at them, in the order of `rows`."""
        labels = frozenset(self.labels) if self.labels else None
        return Answers([row.completion for row in rows], [predictions[row.id].answer for row in rows], labels)


def open_bench(run: RunFolder) -> Bench:
    """Reads a finished run.

    Raises:
        BadInput: `evaluation.no_test_rows`, `evaluation.one_label`, `evaluation.other_base`, and those of the files.
    """
    plan, dataset, manifest = load_plan(run.plan).plan, load_version(run.dataset), read_manifest(run.adapter)
    base = run_base(run)
    if base.sha256 != manifest.base.sha256:
        raise BadInput(
            "evaluation.other_base",
            f"The adapter of {run.name} was trained on {manifest.base.id} with weights {manifest.base.sha256[:12]}; "
            f"{base.id} has {base.sha256[:12]}.",
            "Use the base that it was trained on, or train again.",
        )
    rows = list({row.id: row for row in dataset.rows("test")}.values())
    if not rows:
        raise BadInput(
            "evaluation.no_test_rows",
            f"{run.name} has no test row: nothing can be measured.",
            "Set `dataset.split.test: 0.1`, or give one source `split: test`, and run again.",
        )
    labels = _labels(plan, dataset, manifest, run) if plan.task == "classification" else None
    metrics, unmeasured = _metrics(plan)
    return Bench(run, plan, dataset, manifest, base, BaseTokens(base), rows, labels, metrics, unmeasured)


def _labels(plan: Plan, dataset: DatasetVersion, manifest: AdapterManifest, run: RunFolder) -> list[str]:
    labels = list(dict.fromkeys(manifest.labels or dataset.labels or ()))
    if len(labels) < 2:
        raise BadInput(
            "evaluation.one_label",
            f"{run.name} knows {len(labels)} label{'' if len(labels) == 1 else 's'}: there is nothing to tell apart.",
            "Give rows of at least two labels.",
        )
    return labels


def _metrics(plan: Plan) -> tuple[list[Metric], list[str]]:
    unmeasured = [name for name in plan.evaluation.metrics if name not in METRICS]
    chosen = chosen_metrics(plan.task, [name for name in plan.evaluation.metrics if name in METRICS])
    always = METRICS["invalid"] if plan.task == "classification" else METRICS["exact_match_strict"]
    return [*chosen, *([] if always in chosen else [always])], unmeasured
