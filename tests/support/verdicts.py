"""A measured run without a model: real rows, planted answers, and the verdict that the evaluation makes of them."""

from __future__ import annotations

import csv
import shutil

from pipeline.datasets.versions.build import build_version
from pipeline.evaluation.answers.predictions import Prediction, Predictions
from pipeline.evaluation.comparators import majority_answers
from pipeline.evaluation.comparison import Comparison
from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import chosen_metrics
from pipeline.evaluation.questions import file_name
from pipeline.evaluation.report.words import verdict_text
from pipeline.evaluation.verdict import GateResult, Verdict, write_verdict
from pipeline.runs.events import Finished, Metrics, Progress, Started
from pipeline.runs.layout import ProjectFolder, RunFolder
from tests.support.projects import rows, tiny_plan
from tests.support.runs import planted_run

WRONG_EVERY = 5  # every fifth test row is given another label


def measured_run(project: ProjectFolder, name: str) -> RunFolder:
    """A finished run with dataset, predictions of three models, and a verdict of outcome `better`."""
    metrics = [Metrics(step=step, values={"loss": 2 / step, "validation_loss": 2.2 / step}) for step in range(1, 9)]
    end = [Progress(stage="training", done=8, total=8), Finished(step=8, seconds={"training": 3.0})]
    run = planted_run(project, name, [Started(pid=1), *metrics, *end])
    data = project.path / "data"
    data.mkdir(exist_ok=True)
    with (data / "messages.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "queue"), *rows()])
    dataset = build_version(tiny_plan(), project.path)
    shutil.copytree(dataset.folder, run.dataset)
    test, train = list(dataset.rows("test")), list(dataset.rows("train"))
    labels = dataset.labels or []
    wrong = {label: labels[(place + 1) % len(labels)] for place, label in enumerate(labels)}
    adapter = [wrong[row.completion] if not place % WRONG_EVERY else row.completion for place, row in enumerate(test)]
    said = {"adapter": adapter, "base": [labels[0]] * len(test), "majority": majority_answers(train, test)}
    for model, given in said.items():
        with Predictions(run.evaluation / file_name(model), model, {}) as predictions:
            for row, answer in zip(test, given, strict=True):
                is_right = answer == row.completion
                predictions.add(
                    Prediction(row=row.id, answer=answer, expected=row.completion, correct=is_right, logprob=-0.1)
                )
    expected = [row.completion for row in test]
    answers = {model: Answers(expected, given, frozenset(labels)) for model, given in said.items()}
    comparison = Comparison(answers, chosen_metrics("classification", ()))
    differences = comparison.differences()
    deciding = next(each for each in differences if each.against == comparison.best_base())
    verdict = Verdict(
        run=name,
        task="classification",
        n=len(test),
        metrics=comparison.values(),
        intervals=comparison.intervals(),
        difference=deciding,
        differences=differences,
        outcome=deciding.outcome,
        gates=[GateResult(metric="accuracy", rule="> base", measured=deciding.value, passed=True)],
        labels=comparison.labels(),
        confusions=comparison.confusions(),
    )
    write_verdict(run.verdict, verdict.model_copy(update={"text": verdict_text(verdict)}))
    (run.evaluation / "report.md").write_text("# Report\n")
    return run
