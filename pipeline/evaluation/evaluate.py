"""One run, measured: adapter and base over the same test rows through a served endpoint, and what that says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

from pipeline.datasets.row import Row
from pipeline.errors import BadInput, VibetuneError
from pipeline.evaluation.answers.examples import message_text
from pipeline.evaluation.answers.predictions import Prediction, Predictions
from pipeline.evaluation.bench import Bench, open_bench
from pipeline.evaluation.comparators import LINEAR, MAJORITY, linear_answers, majority_answers
from pipeline.evaluation.comparison import Comparison, check_gate
from pipeline.evaluation.meter import Meter, OnProgress
from pipeline.evaluation.questions import Questions, file_name
from pipeline.evaluation.report.markdown import Answered, markdown_report
from pipeline.evaluation.report.words import count, verdict_text
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, PromptChoice, Verdict, write_verdict
from pipeline.files import write_text
from pipeline.plan.gates import parse_gate
from pipeline.providers.endpoint import Endpoint
from pipeline.runs.events import EventLog, Failure, Finished, Started
from pipeline.runs.layout import RunFolder

Found = Mapping[str, Mapping[str, Prediction]]

EVENTS = "events.jsonl"
REPORT = "report.md"


def evaluate(
    run: RunFolder,
    endpoint: Endpoint,
    *,
    adapter_model: str,
    base_model: str,
    on_progress: OnProgress | None = None,
) -> Verdict:
    """Measures a finished run on its test rows and writes `verdict.json` and `evaluation/`.

    What an interrupted evaluation has already heard is not asked again.

    Args:
        run: with plan, dataset and adapter.
        endpoint: a vLLM server that serves both models; not open yet.
        adapter_model, base_model: what the server calls them.
        on_progress: called about twice a second.

    Raises:
        BadInput: nothing to measure (`evaluation.no_test_rows`, `evaluation.one_label`), or `evaluation.not_served`.
        Failed: the endpoint fails (`endpoint.*`).
    """
    with EventLog(run.evaluation / EVENTS) as log:
        log.write(Started(pid=os.getpid()))
        try:
            bench = open_bench(run)
            verdict = asyncio.run(_measure(bench, endpoint, adapter_model, base_model, Meter(log, on_progress)))
        except VibetuneError as error:
            log.write(Failure(code=error.code, message=error.message, hint=error.hint))
            raise
        log.write(Finished(step=verdict.n, seconds=verdict.seconds))
    return verdict


async def _measure(bench: Bench, endpoint: Endpoint, adapter_model: str, base_model: str, meter: Meter) -> Verdict:
    async with endpoint:
        context = min(bench.base.context, await _served_context(endpoint, adapter_model, base_model))
        questions = Questions(bench, endpoint, adapter_model, base_model, context, meter)
        _refuse_nothing(questions)
        opponents: list[str] = [*bench.plan.evaluation.baselines] or [PROMPTED_BASE]
        questions.expect([ADAPTER, *opponents])
        found: dict[str, Mapping[str, Prediction]] = {ADAPTER: await questions.adapter()}
        choice: PromptChoice | None = None
        if BASE in opponents:
            found[BASE] = await questions.base()
        if PROMPTED_BASE in opponents:
            found[PROMPTED_BASE], choice = await questions.prompted_base()
    found |= _comparators(bench, questions.rows)
    verdict = _verdict(bench, questions, found, choice)
    write_text(bench.run.evaluation / REPORT, markdown_report(verdict, _answered(questions.rows, found)))
    write_verdict(bench.run.verdict, verdict)
    return verdict


async def _served_context(endpoint: Endpoint, *models: str) -> int:
    """Tokens that the server takes; refuses where it doesn't serve the models."""
    served = {entry["id"]: entry.get("max_model_len") for entry in (await endpoint.get("/v1/models"))["data"]}
    if missing := [model for model in models if model not in served]:
        raise BadInput(
            "evaluation.not_served",
            f"{endpoint.url} doesn't serve {', '.join(missing)}; it serves {', '.join(served) or 'nothing'}.",
            "Serve the run's adapter on its base, or give the names that the server knows.",
        )
    return min((length for length in served.values() if length), default=2**31)


def _refuse_nothing(questions: Questions) -> None:
    if not questions.rows:
        raise BadInput(
            "evaluation.too_long",
            f"All {len(questions.bench.rows)} test rows are longer than the base's context of {questions.context} "
            "tokens.",
            "Use a base with a longer context, or shorten the rows.",
        )


def _comparators(bench: Bench, rows: Sequence[Row]) -> dict[str, dict[str, Prediction]]:
    train = [row for row in bench.dataset.rows("train") if row.completion in (bench.labels or ())]
    if len({row.completion for row in train}) < 2:
        return {}
    given = {MAJORITY: majority_answers(train, rows), LINEAR: linear_answers(train, rows)}
    return {model: _kept(bench, model, rows, answers) for model, answers in given.items()}


def _kept(bench: Bench, model: str, rows: Sequence[Row], answers: Sequence[str]) -> dict[str, Prediction]:
    path = bench.run.evaluation / file_name(model)
    path.unlink(missing_ok=True)  # cheap to make, so never taken over from an older version of the code
    with Predictions(path, model, {"dataset": bench.dataset.id}) as predictions:
        for row, answer in zip(rows, answers, strict=True):
            predictions.add(bench.prediction(row, answer))
        return predictions.done


def _verdict(bench: Bench, questions: Questions, found: Found, choice: PromptChoice | None) -> Verdict:
    answers = {model: bench.answers(questions.rows, predictions) for model, predictions in found.items()}
    comparison = Comparison(answers, bench.metrics)
    differences, best = comparison.differences(), comparison.best_base()
    deciding = next((each for each in differences if each.against == best), None)
    values = comparison.values()
    gates = [parse_gate(metric, rule) for metric, rule in bench.plan.evaluation.gates.items()]
    verdict = Verdict(
        run=bench.run.name,
        task=bench.plan.task,
        n=len(questions.rows),
        left_out=len(bench.rows) - len(questions.rows),
        metrics=values,
        intervals=comparison.intervals(),
        difference=deciding,
        differences=differences,
        outcome=deciding.outcome if deciding else "cannot tell",
        more_rows=deciding.more_rows if deciding else None,
        gates=[check_gate(gate, values, differences) for gate in gates],
        prompt=choice,
        labels=comparison.labels() if bench.labels else [],
        confusions=comparison.confusions() if bench.labels else [],
        notes=_notes(bench, questions),
        seconds=questions.seconds,
    )
    return verdict.model_copy(update={"text": verdict_text(verdict)})


def _notes(bench: Bench, questions: Questions) -> list[str]:
    notes = []
    if bench.unmeasured:
        notes.append(f"Not measured, since this version can't: {', '.join(bench.unmeasured)}.")
    if unlisted := questions.without_label_list:
        notes.append(
            f"Beside {count(unlisted, 'test row')} the label list doesn't fit into {questions.context} tokens; "
            "the base was asked without it there."
        )
    return notes


def _answered(rows: Sequence[Row], found: Found) -> list[Answered]:
    return [
        Answered(
            message_text(row),
            row.completion,
            {model: predictions[row.id].answer for model, predictions in found.items()},
            {model: predictions[row.id].correct for model, predictions in found.items()},
        )
        for row in rows
    ]
